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
 * A JSON value (RFC 8259): immutable, held as the UTF-8 text in which it came, on one line.
 *
 * <p>{@link #parse} checks text from outside as a whole; {@link #of} and {@link #object} make values out of Java ones.
 * Reading a value parses nothing ahead: {@link #get} walks the text up to the member that was asked for and returns a
 * slice of it, which keeps the whole text in memory.
 *
 * <pre>{@code
 * Json call = Json.object("name", "grep", "lines", List.of(3, 14));
 * String name = call.textOf("name");      // "grep"
 * Long limit = call.longOf("limit");      // null: there is none
 * Json longer = call.with("path", "src"); // a copy with one member more
 * Json read = Json.parse(textFromTheServer);
 * }</pre>
 *
 * <p>Two values are equal if they mean the same: objects without order, numbers by value ({@code 1.0}, {@code 1} and
 * {@code 1e0} are equal, {@code -0} and {@code 0} too), strings by UTF-16 code units once unescaped. Equality and hash
 * code take time linear in the text, whatever the exponents.
 *
 * <p>Jackson 2 and Jackson 3 write a value as the text that it has. Neither needs a module for that.
 *
 * <p>It is no tree to be edited and knows no paths: for that, give {@link #toString()} or {@link #toBytes()} to the JSON
 * library of your choice.
 */
public final class Json {

    /** What a value can be. */
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

    /** The hash code once it was asked for; every thread would store the same. */
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
     * A slice of {@code bytes}, neither copied nor checked: for own output, and for lines whose checksum held.
     *
     * @param from the first byte of the value, which is no blank
     * @param to the index behind its last byte
     */
    static Json trusted(byte[] bytes, int from, int to) {
        return new Json(bytes, from, to);
    }

    /**
     * Takes JSON from outside, within {@link JsonLimits#DEFAULT}. Blanks around the value are dropped, line breaks
     * between its parts become spaces; all else stays as it came.
     *
     * @param text one JSON value
     * @return the value
     * @throws MalformedJsonException if the text is not exactly one value, names a member twice (names are compared
     *     unescaped), holds half of a surrogate pair unescaped or in a name, or is beyond a limit
     */
    public static Json parse(String text) {
        checkLength(text.length(), JsonLimits.DEFAULT);
        int unpaired = firstUnpaired(text);
        if (unpaired >= 0) {
            int offset = text.substring(0, unpaired).getBytes(StandardCharsets.UTF_8).length;
            throw new MalformedJsonException("half of a surrogate pair, not escaped", offset);
        }
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        checkLength(utf8.length, JsonLimits.DEFAULT);
        return checked(utf8, JsonLimits.DEFAULT.maxDepth(), JsonLimits.DEFAULT.maxNumberLength());
    }

    /**
     * Takes JSON from outside, within {@link JsonLimits#DEFAULT}; see {@link #parse(byte[], JsonLimits)}.
     *
     * @param utf8 one JSON value; copied
     * @return the value
     * @throws MalformedJsonException if the bytes are not exactly one value, or are beyond a limit
     */
    public static Json parse(byte[] utf8) {
        return parse(utf8, JsonLimits.DEFAULT);
    }

    /**
     * Takes JSON from outside. Blanks around the value are dropped, line breaks between its parts become spaces; all
     * else stays as it came. No other encoding is guessed: bytes that are not UTF-8 by the letter (overlong forms,
     * surrogates), a byte order mark and NUL are refused.
     *
     * @param utf8 one JSON value; copied
     * @param limits the bounds to hold
     * @return the value
     * @throws MalformedJsonException if the bytes are not exactly one value, name a member twice (names are compared
     *     unescaped), hold an escaped half of a surrogate pair in a name, or are beyond a limit
     */
    public static Json parse(byte[] utf8, JsonLimits limits) {
        checkLength(utf8.length, limits);
        return checked(utf8.clone(), limits.maxDepth(), limits.maxNumberLength());
    }

    /** The index of the first surrogate without its other half, or -1. */
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

    /** Takes the array over. */
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
            // never inside a string: there the check has refused them
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
     * A value made of a Java value: null, Json, CharSequence, Boolean, Byte, Short, Integer, Long, BigInteger,
     * BigDecimal, a finite Float or Double, a Map with String names, or an Iterable; the last two of such values again.
     * Members and elements come in the order in which they are iterated. Strings are escaped only where they must be; a
     * surrogate without its other half becomes an escape in a text, and is refused in a name, since Jackson 3 would not
     * read it. For types of your own, see {@link #from}.
     *
     * @param value the Java value
     * @return the value
     * @throws IllegalArgumentException if the value, or one inside it, is of another class, or not finite
     * @throws MalformedJsonException if the outcome is beyond {@link JsonLimits#DEFAULT}
     */
    public static Json of(@Nullable Object value) {
        if (value instanceof Json json) {
            return json;
        }
        return new JsonWriter(JsonLimits.DEFAULT, 64).value(value, 0).toJson();
    }

    /**
     * An object of the members given, in that order.
     *
     * @param namesAndValues name, value, name, value …; names are Strings, values as {@link #of} takes them
     * @return the object
     * @throws IllegalArgumentException if a name is no String or comes twice, the last value is missing, or no JSON can
     *     be made of a value
     * @throws MalformedJsonException if the outcome is beyond {@link JsonLimits#DEFAULT}
     */
    public static Json object(@Nullable Object... namesAndValues) {
        if (namesAndValues.length % 2 != 0) {
            throw new IllegalArgumentException("the last name has no value");
        }
        Map<String, @Nullable Object> members = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            if (!(namesAndValues[i] instanceof String name)) {
                throw new IllegalArgumentException("the name of a member must be a String");
            }
            if (members.containsKey(name)) {
                throw new IllegalArgumentException("the name '" + name + "' occurs twice");
            }
            members.put(name, namesAndValues[i + 1]);
        }
        return of(members);
    }

    /**
     * A value made of one of the application's own types: a record, an {@code Instant}, a {@code UUID}.
     *
     * <pre>{@code
     * Json data = Json.from(new Booking("Madrid", departure), codec);
     * }</pre>
     *
     * @param value the Java value
     * @param codec what knows its type
     * @return the value
     * @throws InvalidInputException if the codec can't write the value
     */
    public static Json from(@Nullable Object value, JsonCodec codec) {
        return codec.write(value);
    }

    /**
     * This value as one of the application's own types.
     *
     * <pre>{@code
     * Booking booking = event.data().as(Booking.class, codec);
     * }</pre>
     *
     * @param <T> the type
     * @param type the class of the Java value
     * @param codec what knows the type
     * @return the Java value, never null
     * @throws InvalidInputException if the codec can't read this value as that type; {@code null} is read as none
     */
    public <T> T as(Class<T> type, JsonCodec codec) {
        return codec.read(this, Objects.requireNonNull(type, "type"));
    }

    private JsonScanner scanner() {
        return new JsonScanner(bytes, from, to);
    }

    /**
     * What this value is.
     *
     * @return the kind
     */
    public Kind kind() {
        return scanner().kind();
    }

    /**
     * Whether this is an object.
     *
     * @return true for {@link Kind#OBJECT}
     */
    public boolean isObject() {
        return bytes[from] == '{';
    }

    /**
     * Whether this is {@code null}.
     *
     * @return true for {@link Kind#NULL}
     */
    public boolean isNull() {
        return bytes[from] == 'n';
    }

    /**
     * The member of that name. The time it takes grows with the text before the member.
     *
     * @param name a member's name, unescaped
     * @return its value, which may be {@link Kind#NULL}; null if there is no such member, or this is no object
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
     * The members in their order.
     *
     * @return names, unescaped, and values; empty if this is no object; unmodifiable
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
     * The elements in their order.
     *
     * @return the elements; empty if this is no array; unmodifiable
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
     * This string, unescaped.
     *
     * @return the text; it may hold unpaired surrogates, where the JSON has them as escapes
     * @throws IllegalStateException if this is no string
     */
    public String text() {
        require(Kind.STRING);
        return scanner().text();
    }

    /**
     * This number, if it is integral by value: {@code 12}, {@code 12.0} and {@code 1.2e1} are.
     *
     * @return the number
     * @throws IllegalStateException if this is no number
     * @throws ArithmeticException if it has a fraction, or does not fit
     */
    public long asLong() {
        require(Kind.NUMBER);
        return integral().orElseThrow(() -> new ArithmeticException("no integer within the range of long"));
    }

    /**
     * This number, with the scale in which it is written.
     *
     * @return the number
     * @throws IllegalStateException if this is no number
     * @throws ArithmeticException if its exponent is beyond what BigDecimal holds, about ±2 × 10⁹
     */
    public BigDecimal asDecimal() {
        require(Kind.NUMBER);
        return JsonNumber.toDecimal(toString());
    }

    /**
     * This truth value.
     *
     * @return true or false
     * @throws IllegalStateException if this is neither
     */
    public boolean asBoolean() {
        require(Kind.BOOLEAN);
        return bytes[from] == 't';
    }

    /**
     * The text of a string member.
     *
     * @param name the member's name, unescaped
     * @return its text, unescaped; null if there is no such member, it is no string, or this is no object
     */
    public @Nullable String textOf(String name) {
        Json member = get(name);
        return member != null && member.kind() == Kind.STRING ? member.text() : null;
    }

    /**
     * The value of a member that is an integer by value: {@code 12}, {@code 12.0} and {@code 1.2e1} are.
     *
     * @param name the member's name, unescaped
     * @return the number; null if there is no such member, it is no such number, does not fit, or this is no object
     */
    public @Nullable Long longOf(String name) {
        Json member = get(name);
        if (member == null || member.kind() != Kind.NUMBER) {
            return null;
        }
        return member.longOrNull();
    }

    /** This number, if it is an integer that fits; only for numbers. */
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
     * The value in plain Java: a Map in the order of the members, a List, a String, a Long (a BigInteger beyond its
     * range, a BigDecimal if it is written with a fraction or an exponent), a Boolean, or null. Maps and lists are
     * unmodifiable and may hold nulls.
     *
     * @return the Java value
     * @throws ArithmeticException if an exponent is beyond what BigDecimal holds
     */
    public @Nullable Object toJava() {
        return scanner().tree(JsonNumber::toJava);
    }

    /**
     * A copy of this object with that member: in the place of the one of that name, or else at the end.
     *
     * @param name the member's name, unescaped
     * @param value its value, as {@link #of} takes it
     * @return the copy; blanks between members are not kept, the other members' text is
     * @throws IllegalStateException if this is no object
     * @throws IllegalArgumentException if no JSON can be made of the value
     * @throws MalformedJsonException if the outcome is beyond {@link JsonLimits#DEFAULT}
     */
    public Json with(String name, @Nullable Object value) {
        return edited(Objects.requireNonNull(name, "name"), of(value));
    }

    /**
     * A copy of this object without the member of that name.
     *
     * @param name the member's name, unescaped
     * @return the copy; blanks between members are not kept, the other members' text is
     * @throws IllegalStateException if this is no object
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
     * How many objects and arrays lie inside each other.
     *
     * @return 0 for a value that is neither, 1 for one without another inside
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
     * The length of the text.
     *
     * @return bytes of UTF-8, from 1
     */
    public int size() {
        return to - from;
    }

    /**
     * The text in UTF-8.
     *
     * @return a new array
     */
    public byte[] toBytes() {
        return Arrays.copyOfRange(bytes, from, to);
    }

    /** Appends the text as it is. */
    JsonWriter appendTo(JsonWriter out) {
        return out.raw(bytes, from, to);
    }

    /**
     * The JSON text, on one line.
     *
     * @return the text as it came, line breaks replaced by spaces
     */
    @JsonValue
    @JsonRawValue
    @Override
    public String toString() {
        return new String(bytes, from, to - from, StandardCharsets.UTF_8);
    }

    /**
     * Whether the other is a JSON value that means the same; the page of this class says how that is judged.
     *
     * @param other what to compare with
     * @return whether it is equal
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
     * A hash code that agrees with {@link #equals}. Worked out at the first call.
     *
     * @return the hash code
     */
    @Override
    public int hashCode() {
        int known = hash;
        if (known == 0) {
            known = Objects.hashCode(canonical());
            hash = known;
        }
        return known;
    }

    /** Java values whose own equality is that of JSON values. Built once for each comparison, so that time is linear. */
    private @Nullable Object canonical() {
        return scanner().tree(JsonNumber::of);
    }
}
