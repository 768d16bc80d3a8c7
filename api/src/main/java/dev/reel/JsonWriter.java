package dev.reel;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.zip.Checksum;
import org.jspecify.annotations.Nullable;

/** A growing buffer for compact JSON in UTF-8, within {@link JsonLimits}. Not thread-safe. */
final class JsonWriter {

    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    /** The length in bytes of {@code \\u001f}, the longest form of one character. */
    private static final int LONGEST_CHARACTER = 6;

    /** The array length that every virtual machine supports. */
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

    /** Writes eight lower-case hexadecimal digits. */
    JsonWriter hex(int value) {
        for (int shift = 28; shift >= 0; shift -= 4) {
            raw((char) HEX[(value >>> shift) & 0xF]);
        }
        return this;
    }

    /** Writes this many digits, padded with leading zeros. */
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
     * Writes a string with only the escapes that JSON requires. An unpaired surrogate has no UTF-8 form, so it is
     * written as an escape, which preserves the value.
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
     * Writes a member's name and the colon after it.
     *
     * @throws IllegalArgumentException if the name contains an unpaired surrogate, which {@link JsonCheck} would reject
     */
    JsonWriter name(String name) {
        if (Json.firstUnpaired(name) >= 0) {
            throw new IllegalArgumentException("unpaired surrogate in a member name");
        }
        return string(name).raw(':');
    }

    /** Needs no check of the capacity: {@link #string} reserves the maximum that one character needs. */
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

    /** The six low bits, as a continuation byte of UTF-8. */
    private JsonWriter continuation(int bits) {
        return put(0x80 | (bits & 0x3F));
    }

    private JsonWriter put(int b) {
        buffer[size++] = (byte) b;
        return this;
    }

    /** Writes a Java value as {@link Json#of} describes, at nesting depth {@code depth}. */
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
                throw new IllegalArgumentException("JSON cannot represent " + value);
            }
            return raw(value.toString());
        } else if (value instanceof Map<?, ?> map) {
            return object(map, depth + 1);
        } else if (value instanceof Iterable<?> iterable) {
            return array(iterable, depth + 1);
        }
        throw new IllegalArgumentException("cannot convert to JSON: "
                + value.getClass().getName() + "; for your own types, use Json.from(value, codec)");
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
                throw new IllegalArgumentException("a member name must be a String");
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

    /** Updates {@code checksum} with everything written so far. */
    void update(Checksum checksum) {
        checksum.update(buffer, 0, size);
    }

    /** A copy of the written bytes. */
    byte[] toBytes() {
        checkSize();
        return Arrays.copyOf(buffer, size);
    }

    /** The written bytes as a value; nothing may be written after the call. */
    Json toJson() {
        checkSize();
        return Json.trusted(size == buffer.length ? buffer : Arrays.copyOf(buffer, size), 0, size);
    }

    private void checkSize() {
        if (size > limits.maxBytes()) {
            throw new MalformedJsonException("longer than maxBytes " + limits.maxBytes(), limits.maxBytes());
        }
    }

    private void reserve(int bytes) {
        if (bytes > buffer.length - size) {
            checkSize();
            // Writing a character reserves room for the longest one, so the buffer may need that much room beyond the
            // limit.
            long highest = Math.min(limits.maxBytes() + (long) LONGEST_CHARACTER, LARGEST_ARRAY);
            long needed = (long) size + bytes;
            if (needed > highest) {
                throw new MalformedJsonException("longer than maxBytes " + limits.maxBytes(), size);
            }
            buffer = Arrays.copyOf(buffer, (int) Math.min(highest, Math.max(needed, 2L * buffer.length)));
        }
    }
}
