package dev.reel;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A cursor over single-line JSON in UTF-8. It reads what the store itself wrote, or what {@link JsonCheck} accepted. It
 * builds nothing: values that are not requested are skipped, and requested values are slices.
 *
 * <p>It still checks the grammar of RFC 8259, because a line with a correct checksum can come from another program:
 * whatever the bytes, it ends with a value or with a {@link MalformedJsonException}. It does not check UTF-8 or
 * duplicate names. Line breaks do not count as blanks here: a value with a line break inside could forge a line of a
 * log.
 */
final class JsonScanner {

    private final byte[] bytes;
    private final int base;
    private final int to;
    private int at;

    /** Whether the last bracket read was an opening one, so that no comma is expected. */
    private boolean first;

    private int nameFrom;
    private int nameTo;

    /** Scans {@code bytes} from {@code from} to before {@code to}; offsets in errors count from {@code from}. */
    JsonScanner(byte[] bytes, int from, int to) {
        this.bytes = bytes;
        this.base = from;
        this.at = from;
        this.to = to;
    }

    /** The position of the cursor, as an index of the array. */
    int at() {
        return at;
    }

    boolean atEnd() {
        return at == to;
    }

    /** Moves the cursor to an index of the array, which the caller knows to be the end of a token or value. */
    void passTo(int index) {
        at = index;
    }

    /** The kind of the value at the cursor, by its first byte. */
    Json.Kind kind() {
        return switch (peek()) {
            case '{' -> Json.Kind.OBJECT;
            case '[' -> Json.Kind.ARRAY;
            case '"' -> Json.Kind.STRING;
            case 't', 'f' -> Json.Kind.BOOLEAN;
            case 'n' -> Json.Kind.NULL;
            case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9' -> Json.Kind.NUMBER;
            default -> throw malformed("a value was expected");
        };
    }

    /** Moves past {@code text}, which is ASCII, if it is at the cursor. */
    boolean accept(String text) {
        int end = at + text.length();
        if (end > to) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            if (bytes[at + i] != text.charAt(i)) {
                return false;
            }
        }
        at = end;
        return true;
    }

    /** Enters the object or array at the cursor; continue with {@link #nextMember} or {@link #nextElement}. */
    void enter() {
        at++;
        first = true;
    }

    /** Moves to the value of the next member, or past the end of the object if there is none. */
    boolean nextMember() {
        if (!next('}')) {
            return false;
        }
        nameFrom = at;
        skipString();
        nameTo = at;
        skipBlanks();
        if (peek() != ':') {
            throw malformed("':' was expected");
        }
        at++;
        skipBlanks();
        return true;
    }

    /** Moves to the next element, or past the end of the array if there is none. */
    boolean nextElement() {
        return next(']');
    }

    private boolean next(char close) {
        skipBlanks();
        if (peek() == close) {
            at++;
            first = false;
            return false;
        }
        if (first) {
            first = false;
            return true;
        }
        if (peek() != ',') {
            throw malformed("',' or '" + close + "' was expected");
        }
        at++;
        skipBlanks();
        return true;
    }

    /** The name of the member whose value is at the cursor. */
    String name() {
        return text(nameFrom, nameTo);
    }

    /** Appends the name of the member whose value is at the cursor, with its quotes and escapes. */
    void copyName(JsonWriter out) {
        out.raw(bytes, nameFrom, nameTo);
    }

    /** Whether the member whose value is at the cursor has this name, compared unescaped. */
    boolean nameIs(String name) {
        int start = nameFrom + 1;
        int length = nameTo - 1 - start;
        for (int i = 0; i < length; i++) {
            byte b = bytes[start + i];
            if (b < 0 || b == '\\') {
                return name().equals(name);
            }
            if (i >= name.length() || b != name.charAt(i)) {
                return false;
            }
        }
        return length == name.length();
    }

    /** Reads the value at the cursor as a slice, and moves past it. */
    Json value() {
        return value(JsonLimits.HIGHEST_DEPTH);
    }

    /** Reads the value at the cursor as a slice, and moves past it; fails if it is nested more deeply than that. */
    Json value(int maxDepth) {
        int from = at;
        skip(maxDepth);
        return Json.trusted(bytes, from, at);
    }

    /** Moves past the value at the cursor. */
    void skip() {
        skip(JsonLimits.HIGHEST_DEPTH);
    }

    private void skip(int depthLeft) {
        switch (kind()) {
            case OBJECT -> {
                checkDepth(depthLeft);
                enter();
                while (nextMember()) {
                    skip(depthLeft - 1);
                }
            }
            case ARRAY -> {
                checkDepth(depthLeft);
                enter();
                while (nextElement()) {
                    skip(depthLeft - 1);
                }
            }
            case STRING -> skipString();
            case NUMBER -> skipNumber();
            case BOOLEAN -> skipWord(peek() == 't' ? "true" : "false");
            case NULL -> skipWord("null");
        }
    }

    /**
     * Reads the value at the cursor as Java values: maps in the order of the members, lists, strings, booleans, null,
     * and for numbers what {@code number} returns for their text.
     */
    @Nullable
    Object tree(Function<String, Object> number) {
        return tree(number, JsonLimits.HIGHEST_DEPTH);
    }

    private @Nullable Object tree(Function<String, Object> number, int depthLeft) {
        int from = at;
        switch (kind()) {
            case OBJECT -> {
                checkDepth(depthLeft);
                Map<String, @Nullable Object> members = new LinkedHashMap<>();
                enter();
                while (nextMember()) {
                    members.put(name(), tree(number, depthLeft - 1));
                }
                return Collections.unmodifiableMap(members);
            }
            case ARRAY -> {
                checkDepth(depthLeft);
                List<@Nullable Object> elements = new ArrayList<>();
                enter();
                while (nextElement()) {
                    elements.add(tree(number, depthLeft - 1));
                }
                return Collections.unmodifiableList(elements);
            }
            case STRING -> {
                return text();
            }
            case NUMBER -> {
                skipNumber();
                return number.apply(new String(bytes, from, at - from, StandardCharsets.ISO_8859_1));
            }
            case BOOLEAN -> {
                skip();
                return bytes[from] == 't';
            }
            default -> {
                skip();
                return null;
            }
        }
    }

    /** Reads the string at the cursor, unescaped, and moves past it. */
    String text() {
        int from = at;
        skipString();
        return text(from, at);
    }

    /** The text of a string token that was skipped, quotes included. */
    private String text(int from, int end) {
        int start = from + 1;
        int stop = end - 1;
        for (int i = start; i < stop; i++) {
            if (bytes[i] == '\\') {
                return unescaped(start, i, stop);
            }
        }
        return new String(bytes, start, stop - start, StandardCharsets.UTF_8);
    }

    private String unescaped(int start, int firstEscape, int stop) {
        StringBuilder text = new StringBuilder(stop - start);
        int from = start;
        int i = firstEscape;
        while (i < stop) {
            if (bytes[i] != '\\') {
                i++;
                continue;
            }
            text.append(new String(bytes, from, i - from, StandardCharsets.UTF_8));
            byte mark = bytes[i + 1];
            if (mark == 'u') {
                int unit = 0;
                for (int k = i + 2; k < i + 6; k++) {
                    unit = (unit << 4) | Character.digit(bytes[k], 16);
                }
                text.append((char) unit);
                i += 6;
            } else {
                text.append(escaped(mark));
                i += 2;
            }
            from = i;
        }
        return text.append(new String(bytes, from, stop - from, StandardCharsets.UTF_8))
                .toString();
    }

    private static char escaped(byte mark) {
        return switch (mark) {
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            default -> (char) mark;
        };
    }

    private void skipString() {
        if (peek() != '"') {
            throw malformed("a string was expected");
        }
        at++;
        while (at < to) {
            byte b = bytes[at];
            if (b == '"') {
                at++;
                return;
            }
            if (b == '\\') {
                skipEscape();
            } else if (b >= 0 && b < 0x20) {
                throw malformed("a control character in a string");
            } else {
                at++;
            }
        }
        throw malformed("unterminated string");
    }

    private void skipEscape() {
        at++;
        switch (peek()) {
            case '"', '\\', '/', 'b', 'f', 'n', 'r', 't' -> at++;
            case 'u' -> {
                at++;
                for (int i = 0; i < 4; i++) {
                    if (Character.digit(peek(), 16) < 0) {
                        throw malformed("four hexadecimal digits were expected");
                    }
                    at++;
                }
            }
            default -> throw malformed("invalid escape in a string");
        }
    }

    private void skipNumber() {
        int from = at;
        if (peek() == '-') {
            at++;
        }
        if (peek() == '0') {
            at++;
        } else {
            skipDigits();
        }
        if (at < to && bytes[at] == '.') {
            at++;
            skipDigits();
        }
        if (at < to && (bytes[at] | 0x20) == 'e') {
            at++;
            if (peek() == '+' || peek() == '-') {
                at++;
            }
            skipDigits();
        }
        if (at - from > JsonLimits.HIGHEST_NUMBER_LENGTH) {
            throw malformed("number longer than " + JsonLimits.HIGHEST_NUMBER_LENGTH);
        }
    }

    private void skipDigits() {
        int from = at;
        while (at < to && bytes[at] >= '0' && bytes[at] <= '9') {
            at++;
        }
        if (at == from) {
            throw malformed("a digit was expected");
        }
    }

    private void skipWord(String word) {
        if (!accept(word)) {
            throw malformed("'" + word + "' was expected");
        }
    }

    private void skipBlanks() {
        while (at < to && (bytes[at] == ' ' || bytes[at] == '\t')) {
            at++;
        }
    }

    private void checkDepth(int depthLeft) {
        if (depthLeft == 0) {
            throw malformed("nested too deeply");
        }
    }

    /** The byte at the cursor; at the end, a byte that no JSON token contains. */
    private byte peek() {
        return at < to ? bytes[at] : 0;
    }

    /** Creates an exception for an error at the cursor. */
    MalformedJsonException malformed(String reason) {
        return new MalformedJsonException(reason, at - base);
    }
}
