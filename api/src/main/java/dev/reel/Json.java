package dev.reel;

import com.fasterxml.jackson.annotation.JsonRawValue;
import com.fasterxml.jackson.annotation.JsonValue;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A JSON value (RFC 8259). It is immutable, and stored on one line as the UTF-8 text from which it was read.
 *
 * <p>{@link #parse} checks the whole of a text from outside; {@link #of} and {@link #object} convert Java values.
 * Reading a value parses nothing in advance: {@link #get} scans the text up to the requested member and returns a slice
 * of it, which keeps the whole text in memory.
 *
 * <pre>{@code
 * Json call = Json.object("name", "grep", "lines", List.of(3, 14));
 * String name = call.textOf("name");      // "grep"
 * Long limit = call.longOf("limit");      // null: there is none
 * Json longer = call.with("path", "src"); // a copy with one member more
 * Json read = Json.parse(textFromTheServer);
 * }</pre>
 *
 * <p>Two values are equal if they mean the same: objects regardless of the order of their members, numbers by value
 * ({@code 1.0}, {@code 1} and {@code 1e0} are equal, and so are {@code -0} and {@code 0}), strings by UTF-16 code units
 * after unescaping. Equality and hash code take time linear in the length of the text, whatever the exponents.
 *
 * <p>Jackson 2 and Jackson 3 write a value as its text; no Jackson module is needed.
 *
 * <p>The class is not an editable tree and has no path expressions. For those, pass {@link #toString()} or {@link
 * #toBytes()} to a JSON library.
 */
public final class Json {

    /** The kinds of values. */
    public enum Kind {
        /** Members, each with a name. */
        OBJECT,
        /** Elements in an order. */
        ARRAY,
        /** A text. */
        STRING,
        /** A decimal number of any size. */
        NUMBER,
        /** {@code true} or {@code false}. */
        BOOLEAN,
        /** {@code null}. */
        NULL
    }

    /** The value {@code null}. */
    public static final Json NULL = constant("null");

    /** The object without members. */
    public static final Json EMPTY_OBJECT = constant("{}");

    private final byte[] bytes;
    private final int from;
    private final int to;

    /** The hash code after the first call; every thread would store the same. */
    private int hash;

    private Json(byte[] bytes, int from, int to) {
        this.bytes = bytes;
        this.from = from;
        this.to = to;
    }

    private static Json constant(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return new Json(bytes, 0, bytes.length);
    }

    /**
     * Creates a value from a slice of {@code bytes}, which is neither copied nor checked: for JSON that Reel wrote, and
     * for lines whose checksum matched.
     *
     * @param from the index of the first byte of the value, which is not a blank
     * @param to the index after its last byte
     */
    static Json trusted(byte[] bytes, int from, int to) {
        return new Json(bytes, from, to);
    }

    /**
     * Parses JSON from outside, within {@link JsonLimits#DEFAULT}. Blanks around the value are dropped, and line breaks
     * between its parts become spaces; the text is otherwise unchanged.
     *
     * @param text one JSON value
     * @return the value
     * @throws MalformedJsonException if the text is not exactly one value, has a duplicate member name (names are
     *     compared unescaped), contains an unpaired surrogate unescaped or in a name, or exceeds a limit
     */
    public static Json parse(String text) {
        checkLength(text.length(), JsonLimits.DEFAULT);
        int unpaired = firstUnpaired(text);
        if (unpaired >= 0) {
            int offset = text.substring(0, unpaired).getBytes(StandardCharsets.UTF_8).length;
            throw new MalformedJsonException("an unescaped unpaired surrogate", offset);
        }
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        checkLength(utf8.length, JsonLimits.DEFAULT);
        return checked(utf8, JsonLimits.DEFAULT.maxDepth(), JsonLimits.DEFAULT.maxNumberLength());
    }

    /**
     * Parses JSON from outside, within {@link JsonLimits#DEFAULT}; see {@link #parse(byte[], JsonLimits)}.
     *
     * @param utf8 one JSON value; copied
     * @return the value
     * @throws MalformedJsonException if the bytes are not exactly one value, or exceed a limit
     */
    public static Json parse(byte[] utf8) {
        return parse(utf8, JsonLimits.DEFAULT);
    }

    /**
     * Parses JSON from outside. Blanks around the value are dropped, and line breaks between its parts become spaces;
     * the text is otherwise unchanged. No other encoding is detected: bytes that are not strictly valid UTF-8 (overlong
     * forms, surrogates), a byte order mark and NUL are rejected.
     *
     * @param utf8 one JSON value; copied
     * @param limits the limits
     * @return the value
     * @throws MalformedJsonException if the bytes are not exactly one value, have a duplicate member name (names are
     *     compared unescaped), contain an escaped unpaired surrogate in a name, or exceed a limit
     */
    public static Json parse(byte[] utf8, JsonLimits limits) {
        checkLength(utf8.length, limits);
        return checked(utf8.clone(), limits.maxDepth(), limits.maxNumberLength());
    }

    /** The index of the first unpaired surrogate, or -1. */
    static int firstUnpaired(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))) {
                if (Character.charCount(text.codePointAt(i)) == 1) {
                    return i;
                }
                i++;
            }
        }
        return -1;
    }

    private static void checkLength(int length, JsonLimits limits) {
        if (length > limits.maxBytes()) {
            throw new MalformedJsonException("longer than maxBytes " + limits.maxBytes(), limits.maxBytes());
        }
    }

    /** Parses an array without copying it; the caller must not modify it afterwards. */
    static Json checked(byte[] own, int maxDepth, int maxNumberLength) {
        JsonCheck.check(own, maxDepth, maxNumberLength);
        int from = 0;
        int to = own.length;
        while (isBlank(own[from])) {
            from++;
        }
        while (isBlank(own[to - 1])) {
            to--;
        }
        for (int i = from; i < to; i++) {
            // Never inside a string: the check rejects line breaks there.
            if (own[i] == '\n' || own[i] == '\r') {
                own[i] = ' ';
            }
        }
        return new Json(own, from, to);
    }

    private static boolean isBlank(byte b) {
        return b == ' ' || b == '\n' || b == '\r' || b == '\t';
    }

    /**
     * Converts a Java value: null, Json, CharSequence, Boolean, Byte, Short, Integer, Long, BigInteger, BigDecimal, a
     * finite Float or Double, a Map with String names, or an Iterable; maps and iterables may contain the same types.
     * Members and elements keep their iteration order. Strings are escaped only as far as JSON requires. An unpaired
     * surrogate becomes an escape in a string, and is rejected in a name, because Jackson 3 could not read it. For your
     * own types, see {@link #from}.
     *
     * @param value the Java value
     * @return the value
     * @throws IllegalArgumentException if the value, or a value inside it, has another class or is not finite
     * @throws MalformedJsonException if the result exceeds {@link JsonLimits#DEFAULT}
     */
    public static Json of(@Nullable Object value) {
        if (value instanceof Json json) {
            return json;
        }
        return new JsonWriter(JsonLimits.DEFAULT, 64).value(value, 0).toJson();
    }

    /**
     * Creates an object with the given members, in that order.
     *
     * @param namesAndValues name, value, name, value …; names are Strings, values are as for {@link #of}
     * @return the object
     * @throws IllegalArgumentException if a name is not a String or occurs twice, the last value is missing, or a value
     *     cannot be converted
     * @throws MalformedJsonException if the result exceeds {@link JsonLimits#DEFAULT}
     */
    public static Json object(@Nullable Object... namesAndValues) {
        if (namesAndValues.length % 2 != 0) {
            throw new IllegalArgumentException("the last name has no value");
        }
        Map<String, @Nullable Object> members = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            if (!(namesAndValues[i] instanceof String name)) {
                throw new IllegalArgumentException("a member name must be a String");
            }
            if (members.containsKey(name)) {
                throw new IllegalArgumentException("the name '" + name + "' occurs twice");
            }
            members.put(name, namesAndValues[i + 1]);
        }
        return of(members);
    }

    /**
     * Converts a value of an application's own type: a record, an {@code Instant}, a {@code UUID}.
     *
     * <pre>{@code
     * Json data = Json.from(new Booking("Madrid", departure), codec);
     * }</pre>
     *
     * @param value the Java value
     * @param codec the codec that writes its type
     * @return the value
     * @throws InvalidInputException if the codec cannot write the value
     */
    public static Json from(@Nullable Object value, JsonCodec codec) {
        return codec.write(value);
    }

    /**
     * Converts this value to an application's own type.
     *
     * <pre>{@code
     * Booking booking = event.data().as(Booking.class, codec);
     * }</pre>
     *
     * @param <T> the type
     * @param type the class of the Java value
     * @param codec the codec that reads the type
     * @return the Java value, never null
     * @throws InvalidInputException if the codec cannot read this value as that type, or reads it as null
     */
    public <T> T as(Class<T> type, JsonCodec codec) {
        return codec.read(this, Objects.requireNonNull(type, "type"));
    }

    private JsonScanner scanner() {
        return new JsonScanner(bytes, from, to);
    }

    /**
     * Returns the kind of this value.
     *
     * @return the kind
     */
    public Kind kind() {
        return scanner().kind();
    }

    /**
     * Returns whether this is an object.
     *
     * @return true for {@link Kind#OBJECT}
     */
    public boolean isObject() {
        return bytes[from] == '{';
    }

    /**
     * Returns whether this is {@code null}.
     *
     * @return true for {@link Kind#NULL}
     */
    public boolean isNull() {
        return bytes[from] == 'n';
    }

    /**
     * Returns the member with a name. The time grows with the length of the text before the member.
     *
     * @param name a member's name, unescaped
     * @return its value, possibly of {@link Kind#NULL}; null if the member is missing, or this is not an object
     */
    public @Nullable Json get(String name) {
        Objects.requireNonNull(name, "name");
        if (!isObject()) {
            return null;
        }
        JsonScanner scanner = scanner();
        scanner.enter();
        while (scanner.nextMember()) {
            if (scanner.nameIs(name)) {
                return scanner.value();
            }
            scanner.skip();
        }
        return null;
    }

    /**
     * Returns the members in their order.
     *
     * @return names, unescaped, and values; empty if this is not an object; unmodifiable
     */
    public Map<String, Json> members() {
        if (!isObject()) {
            return Map.of();
        }
        Map<String, Json> members = new LinkedHashMap<>();
        JsonScanner scanner = scanner();
        scanner.enter();
        while (scanner.nextMember()) {
            members.put(scanner.name(), scanner.value());
        }
        return Collections.unmodifiableMap(members);
    }

    /**
     * Returns the elements in their order.
     *
     * @return the elements; empty if this is not an array; unmodifiable
     */
    public List<Json> elements() {
        if (kind() != Kind.ARRAY) {
            return List.of();
        }
        List<Json> elements = new ArrayList<>();
        JsonScanner scanner = scanner();
        scanner.enter();
        while (scanner.nextElement()) {
            elements.add(scanner.value());
        }
        return Collections.unmodifiableList(elements);
    }

    /**
     * Returns this string, unescaped.
     *
     * @return the text; it contains unpaired surrogates if the JSON has them as escapes
     * @throws IllegalStateException if this is not a string
     */
    public String text() {
        require(Kind.STRING);
        return scanner().text();
    }

    /**
     * Returns this number if its value is an integer, as for {@code 12}, {@code 12.0} and {@code 1.2e1}.
     *
     * @return the number
     * @throws IllegalStateException if this is not a number
     * @throws ArithmeticException if it has a fraction, or is outside the range of long
     */
    public long asLong() {
        require(Kind.NUMBER);
        return integral().orElseThrow(() -> new ArithmeticException("not an integer in the range of long"));
    }

    /**
     * Returns this number, with the scale in which it is written.
     *
     * @return the number
     * @throws IllegalStateException if this is not a number
     * @throws ArithmeticException if its exponent is outside the range of BigDecimal, about ±2 × 10⁹
     */
    public BigDecimal asDecimal() {
        require(Kind.NUMBER);
        return JsonNumber.toDecimal(toString());
    }

    /**
     * Returns this truth value.
     *
     * @return true or false
     * @throws IllegalStateException if this is neither
     */
    public boolean asBoolean() {
        require(Kind.BOOLEAN);
        return bytes[from] == 't';
    }

    /**
     * Returns the text of a string member.
     *
     * @param name the member's name, unescaped
     * @return its text, unescaped; null if the member is missing, it is not a string, or this is not an object
     */
    public @Nullable String textOf(String name) {
        Json member = get(name);
        return member != null && member.kind() == Kind.STRING ? member.text() : null;
    }

    /**
     * Returns the value of a member whose value is an integer, as for {@code 12}, {@code 12.0} and {@code 1.2e1}.
     *
     * @param name the member's name, unescaped
     * @return the number; null if the member is missing, it is not an integer in the range of long, or this is not an
     *     object
     */
    public @Nullable Long longOf(String name) {
        Json member = get(name);
        if (member == null || member.kind() != Kind.NUMBER) {
            return null;
        }
        return member.longOrNull();
    }

    /** This number if it is an integer in the range of long, otherwise null; only for numbers. */
    @Nullable
    Long longOrNull() {
        OptionalLong value = integral();
        return value.isPresent() ? (Long) value.getAsLong() : null;
    }

    private OptionalLong integral() {
        return JsonNumber.of(toString()).toLong();
    }

    private void require(Kind kind) {
        Kind actual = kind();
        if (actual != kind) {
            throw new IllegalStateException("not " + kind + " but " + actual);
        }
    }

    /**
     * Converts this value to plain Java: a Map in the order of the members, a List, a String, a Long (a BigInteger
     * outside its range, a BigDecimal if the number is written with a fraction or an exponent), a Boolean, or null.
     * Maps and lists are unmodifiable and may contain nulls.
     *
     * @return the Java value
     * @throws ArithmeticException if an exponent is outside the range of BigDecimal
     */
    public @Nullable Object toJava() {
        return scanner().tree(JsonNumber::toJava);
    }

    /**
     * Returns a copy of this object with a member: it replaces the member with the same name, or is added at the end.
     *
     * @param name the member's name, unescaped
     * @param value its value, as for {@link #of}
     * @return the copy; the other members keep their text, but blanks between members are dropped
     * @throws IllegalStateException if this is not an object
     * @throws IllegalArgumentException if the value cannot be converted
     * @throws MalformedJsonException if the result exceeds {@link JsonLimits#DEFAULT}
     */
    public Json with(String name, @Nullable Object value) {
        return edited(Objects.requireNonNull(name, "name"), of(value));
    }

    /**
     * Returns a copy of this object without the member with a name.
     *
     * @param name the member's name, unescaped
     * @return the copy; the other members keep their text, but blanks between members are dropped
     * @throws IllegalStateException if this is not an object
     */
    public Json without(String name) {
        return edited(Objects.requireNonNull(name, "name"), null);
    }

    private Json edited(String name, @Nullable Json value) {
        require(Kind.OBJECT);
        JsonWriter out =
                new JsonWriter(JsonLimits.DEFAULT, size() + name.length() + (value == null ? 16 : value.size()));
        char before = '{';
        boolean due = value != null;
        JsonScanner scanner = scanner();
        scanner.enter();
        while (scanner.nextMember()) {
            boolean named = scanner.nameIs(name);
            if (named && value == null) {
                scanner.skip();
                continue;
            }
            out.raw(before);
            before = ',';
            scanner.copyName(out);
            out.raw(':');
            Json kept = scanner.value();
            if (named) {
                out.value(value, 1);
                due = false;
            } else {
                kept.appendTo(out);
            }
        }
        if (due) {
            out.raw(before).name(name).value(value, 1);
            before = ',';
        }
        return out.raw(before == '{' ? "{}" : "}").toJson();
    }

    /**
     * Returns how deeply objects and arrays are nested.
     *
     * @return 0 for a value that is neither, 1 for an object or array that contains neither
     */
    public int depth() {
        int depth = 0;
        int deepest = 0;
        boolean inString = false;
        for (int i = from; i < to; i++) {
            byte b = bytes[i];
            if (inString) {
                if (b == '\\') {
                    i++;
                } else if (b == '"') {
                    inString = false;
                }
            } else if (b == '"') {
                inString = true;
            } else if (b == '{' || b == '[') {
                deepest = Math.max(deepest, ++depth);
            } else if (b == '}' || b == ']') {
                depth--;
            }
        }
        return deepest;
    }

    /**
     * Returns the length of the text.
     *
     * @return the number of bytes in UTF-8, from 1
     */
    public int size() {
        return to - from;
    }

    /**
     * Returns the text in UTF-8.
     *
     * @return a new array
     */
    public byte[] toBytes() {
        return Arrays.copyOfRange(bytes, from, to);
    }

    /** Appends the text unchanged. */
    JsonWriter appendTo(JsonWriter out) {
        return out.raw(bytes, from, to);
    }

    /**
     * Returns the JSON text, on one line.
     *
     * @return the text from which the value was read, with line breaks replaced by spaces
     */
    @JsonValue
    @JsonRawValue
    @Override
    public String toString() {
        return new String(bytes, from, to - from, StandardCharsets.UTF_8);
    }

    /**
     * Returns whether another value means the same, as defined in the documentation of this class.
     *
     * @param other the object to compare with
     * @return whether it is an equal JSON value
     */
    @Override
    public boolean equals(@Nullable Object other) {
        if (this == other) {
            return true;
        }
        if (!(other instanceof Json that)) {
            return false;
        }
        if (Arrays.equals(bytes, from, to, that.bytes, that.from, that.to)) {
            return true;
        }
        return kind() == that.kind() && Objects.equals(canonical(), that.canonical());
    }

    /**
     * Returns a hash code that is consistent with {@link #equals}. It is computed at the first call.
     *
     * @return the hash code
     */
    @Override
    public int hashCode() {
        int cached = hash;
        if (cached == 0) {
            cached = Objects.hashCode(canonical());
            hash = cached;
        }
        return cached;
    }

    /** Java values whose equality is that of JSON values. They are built once per comparison, so its time is linear. */
    private @Nullable Object canonical() {
        return scanner().tree(JsonNumber::of);
    }
}
