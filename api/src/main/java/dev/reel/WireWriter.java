package dev.reel;

import java.time.Instant;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Writes one object of the wire form, member by member. It has no limits of its own: the parts were within the limits
 * when they were written, and stored data must be shown as it is.
 */
final class WireWriter {

    private static final JsonLimits UNBOUNDED =
            new JsonLimits(Integer.MAX_VALUE, JsonLimits.HIGHEST_DEPTH, JsonLimits.HIGHEST_NUMBER_LENGTH);

    private final JsonWriter out = new JsonWriter(UNBOUNDED, 256);
    private char before = '{';

    WireWriter text(String name, @Nullable String value) {
        if (value == null) {
            return none(name);
        }
        begin(name).string(value);
        return this;
    }

    WireWriter number(String name, long value) {
        begin(name).number(value);
        return this;
    }

    WireWriter numberOrNull(String name, @Nullable Long value) {
        return value == null ? none(name) : number(name, value);
    }

    WireWriter flag(String name, boolean value) {
        begin(name).raw(value ? "true" : "false");
        return this;
    }

    /** Writes ISO 8601 in UTC, with the fewest decimals (in groups of three) that are exact. */
    WireWriter instant(String name, @Nullable Instant value) {
        return text(name, value == null ? null : value.toString());
    }

    /** Writes the text unchanged, so that numbers keep their digits. */
    WireWriter json(String name, @Nullable Json value) {
        if (value == null) {
            return none(name);
        }
        value.appendTo(begin(name));
        return this;
    }

    <T> WireWriter list(String name, List<T> values, Function<T, Json> toJson) {
        JsonWriter list = begin(name);
        char next = '[';
        for (T value : values) {
            toJson.apply(value).appendTo(list.raw(next));
            next = ',';
        }
        list.raw(next == '[' ? "[]" : "]");
        return this;
    }

    private WireWriter none(String name) {
        begin(name).raw("null");
        return this;
    }

    private JsonWriter begin(String name) {
        JsonWriter member = out.raw(before).name(name);
        before = ',';
        return member;
    }

    /** The object; nothing may be written after the call. */
    Json toJson() {
        return out.raw(before == '{' ? "{}" : "}").toJson();
    }
}
