package dev.reel;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.zip.Checksum;
import org.jspecify.annotations.Nullable;

/** A growing buffer into which JSON is written, compact, in UTF-8, within {@link JsonLimits}. Not for several threads. */
final class JsonWriter {

    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    /** Bytes of {@code \\u001f}, the longest form of one character. */
    private static final int LONGEST_CHARACTER = 6;

    /** What every virtual machine gives. */
    private static final int LARGEST_ARRAY = Integer.MAX_VALUE - 8;

    private final JsonLimits limits;
    private byte[] buffer;
    private int size;

    JsonWriter(JsonLimits limits, int capacity) {
        this.limits = limits;
        this.buffer = new byte[Math.max(16, Math.min(capacity, limits.maxBytes()))];
    }

    int size() {
        return size;
    }

    JsonWriter raw(char ascii) {
        reserve(1);
        buffer[size++] = (byte) ascii;
        return this;
    }

    JsonWriter raw(String ascii) {
        int length = ascii.length();
        reserve(length);
        for (int i = 0; i < length; i++) {
            buffer[size + i] = (byte) ascii.charAt(i);
        }
        size += length;
        return this;
    }

    JsonWriter raw(byte[] bytes, int from, int to) {
        reserve(to - from);
        System.arraycopy(bytes, from, buffer, size, to - from);
        size += to - from;
        return this;
    }

    JsonWriter number(long value) {
        return raw(Long.toString(value));
    }

    /** Eight lower-case hexadecimal digits. */
    JsonWriter hex(int value) {
        for (int shift = 28; shift >= 0; shift -= 4) {
            raw((char) HEX[(value >>> shift) & 0xF]);
        }
        return this;
    }

    /** That many digits, with zeros in front. */
    JsonWriter digits(int value, int count) {
        reserve(count);
        int rest = value;
        for (int i = size + count - 1; i >= size; i--) {
            buffer[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        size += count;
        return this;
    }

    /**
     * A string with the escapes that must be, and no others. A surrogate without its other half has no UTF-8, so it
     * becomes an escape, and the value survives.
     */
    JsonWriter string(String text) {
        raw('"');
        int length = text.length();
        int i = 0;
        while (i < length) {
            reserve(LONGEST_CHARACTER);
            char c = text.charAt(i++);
            if (c < 0x80) {
                ascii(c);
            } else if (c < 0x800) {
                put(0xC0 | (c >> 6)).continuation(c);
            } else if (!Character.isSurrogate(c)) {
                put(0xE0 | (c >> 12)).continuation(c >> 6).continuation(c);
            } else if (Character.isHighSurrogate(c) && i < length && Character.isLowSurrogate(text.charAt(i))) {
                int point = Character.toCodePoint(c, text.charAt(i++));
                put(0xF0 | (point >> 18))
                        .continuation(point >> 12)
                        .continuation(point >> 6)
                        .continuation(point);
            } else {
                unit(c);
            }
        }
        return raw('"');
    }

    /**
     * The name of a member and the colon behind it.
     *
     * @throws IllegalArgumentException if it holds half of a surrogate pair, which {@link JsonCheck} would refuse
     */
    JsonWriter name(String name) {
        if (Json.firstUnpaired(name) >= 0) {
            throw new IllegalArgumentException("half of a surrogate pair in the name of a member");
        }
        return string(name).raw(':');
    }

    /** The room is there: {@link #string} reserves what one character takes at most. */
    private void ascii(char c) {
        switch (c) {
            case '"', '\\' -> put('\\').put(c);
            case '\b' -> put('\\').put('b');
            case '\f' -> put('\\').put('f');
            case '\n' -> put('\\').put('n');
            case '\r' -> put('\\').put('r');
            case '\t' -> put('\\').put('t');
            default -> {
                if (c < 0x20) {
                    unit(c);
                } else {
                    put(c);
                }
            }
        }
    }

    private void unit(char c) {
        put('\\').put('u');
        for (int shift = 12; shift >= 0; shift -= 4) {
            put(HEX[(c >> shift) & 0xF]);
        }
    }

    /** The six low bits, as a byte of UTF-8 that is not the first of its character. */
    private JsonWriter continuation(int bits) {
        return put(0x80 | (bits & 0x3F));
    }

    private JsonWriter put(int b) {
        buffer[size++] = (byte) b;
        return this;
    }

    /** A value of Java, as {@link Json#of} says, itself {@code depth} levels down. */
    JsonWriter value(@Nullable Object value, int depth) {
        if (value == null) {
            return raw("null");
        } else if (value instanceof Json json) {
            if (depth + json.depth() > limits.maxDepth()) {
                throw tooDeep();
            }
            return json.appendTo(this);
        } else if (value instanceof CharSequence text) {
            return string(text.toString());
        } else if (value instanceof Boolean
                || value instanceof Integer
                || value instanceof Long
                || value instanceof Short
                || value instanceof Byte) {
            return raw(value.toString());
        } else if (value instanceof BigInteger || value instanceof BigDecimal) {
            return bigNumber(value.toString());
        } else if (value instanceof Double || value instanceof Float) {
            if (!Double.isFinite(((Number) value).doubleValue())) {
                throw new IllegalArgumentException("JSON has no " + value);
            }
            return raw(value.toString());
        } else if (value instanceof Map<?, ?> map) {
            return object(map, depth + 1);
        } else if (value instanceof Iterable<?> iterable) {
            return array(iterable, depth + 1);
        }
        throw new IllegalArgumentException("no JSON value can be made of a "
                + value.getClass().getName() + "; for types of your own, use Json.from(value, codec)");
    }

    private JsonWriter bigNumber(String text) {
        if (text.length() > limits.maxNumberLength()) {
            throw new MalformedJsonException("number longer than maxNumberLength " + limits.maxNumberLength(), size);
        }
        return raw(text);
    }

    private JsonWriter object(Map<?, ?> map, int depth) {
        if (depth > limits.maxDepth()) {
            throw tooDeep();
        }
        char before = '{';
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            if (!(entry.getKey() instanceof String name)) {
                throw new IllegalArgumentException("the name of a member must be a String");
            }
            raw(before).name(name).value(entry.getValue(), depth);
            before = ',';
        }
        return raw(before == '{' ? "{}" : "}");
    }

    private JsonWriter array(Iterable<?> iterable, int depth) {
        if (depth > limits.maxDepth()) {
            throw tooDeep();
        }
        char before = '[';
        for (Object element : iterable) {
            raw(before).value(element, depth);
            before = ',';
        }
        return raw(before == '[' ? "[]" : "]");
    }

    private MalformedJsonException tooDeep() {
        return new MalformedJsonException("nested deeper than maxDepth " + limits.maxDepth(), size);
    }

    /** Gives all that was written so far to {@code checksum}. */
    void update(Checksum checksum) {
        checksum.update(buffer, 0, size);
    }

    /** A copy of what was written. */
    byte[] toBytes() {
        checkSize();
        return Arrays.copyOf(buffer, size);
    }

    /** What was written, as a value; nothing may be written after it. */
    Json toJson() {
        checkSize();
        return Json.trusted(size == buffer.length ? buffer : Arrays.copyOf(buffer, size), 0, size);
    }

    private void checkSize() {
        if (size > limits.maxBytes()) {
            throw new MalformedJsonException("longer than maxBytes " + limits.maxBytes(), limits.maxBytes());
        }
    }

    private void reserve(int more) {
        if (more > buffer.length - size) {
            checkSize();
            // one character reserves what any character may take, so there must be room for that beyond the limit
            long highest = Math.min(limits.maxBytes() + (long) LONGEST_CHARACTER, LARGEST_ARRAY);
            long needed = (long) size + more;
            if (needed > highest) {
                throw new MalformedJsonException("longer than maxBytes " + limits.maxBytes(), size);
            }
            buffer = Arrays.copyOf(buffer, (int) Math.min(highest, Math.max(needed, 2L * buffer.length)));
        }
    }
}
