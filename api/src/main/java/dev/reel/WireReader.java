package dev.reel;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads one object of the wire form. Members that are not requested are ignored, so that a later version can add
 * members.
 */
final class WireReader {

    private final String what;
    private final Map<String, Json> members;

    /** Reads an object from {@code json}; messages name it {@code what}. */
    WireReader(String what, Json json) {
        if (!json.isObject()) {
            throw new InvalidInputException(what + ": expected a JSON object, not " + json.kind());
        }
        this.what = what;
        this.members = json.members();
    }

    String text(String name) {
        String text = textOrNull(name);
        if (text == null) {
            throw expected(name, "a string");
        }
        return text;
    }

    @Nullable
    String textOrNull(String name) {
        Json value = valueOrNull(name);
        if (value == null) {
            return null;
        }
        if (value.kind() != Json.Kind.STRING) {
            throw expected(name, "a string");
        }
        return value.text();
    }

    long number(String name, long lowest, long highest) {
        Long number = numberOrNull(name);
        if (number == null || number < lowest || number > highest) {
            throw expected(
                    name,
                    highest == Long.MAX_VALUE
                            ? "an integer from " + lowest
                            : "an integer from " + lowest + " to " + highest);
        }
        return number;
    }

    int count(String name) {
        return (int) number(name, 0, Integer.MAX_VALUE);
    }

    @Nullable
    Long numberOrNull(String name) {
        Json value = valueOrNull(name);
        if (value == null) {
            return null;
        }
        Long number = value.kind() == Json.Kind.NUMBER ? value.longOrNull() : null;
        if (number == null) {
            throw expected(name, "an integer");
        }
        return number;
    }

    boolean flag(String name) {
        Json value = valueOrNull(name);
        if (value == null || value.kind() != Json.Kind.BOOLEAN) {
            throw expected(name, "true or false");
        }
        return value.asBoolean();
    }

    @Nullable
    Instant instantOrNull(String name) {
        return textOrNull(name) == null ? null : instant(name);
    }

    Instant instant(String name) {
        try {
            return Instant.parse(text(name));
        } catch (DateTimeException e) {
            throw new InvalidInputException(what + ": '" + name + "' must be an ISO 8601 instant", e);
        }
    }

    /** Any JSON including {@code null}, but the member must be present. */
    Json any(String name) {
        Json value = members.get(name);
        if (value == null) {
            throw expected(name, "present");
        }
        return value;
    }

    Json object(String name) {
        Json value = objectOrNull(name);
        if (value == null) {
            throw expected(name, "an object");
        }
        return value;
    }

    @Nullable
    Json objectOrNull(String name) {
        Json value = valueOrNull(name);
        if (value != null && !value.isObject()) {
            throw expected(name, "an object");
        }
        return value;
    }

    /** Reads an array, element by element. */
    <T> List<T> list(String name, Function<Json, T> fromJson) {
        Json value = valueOrNull(name);
        if (value == null || value.kind() != Json.Kind.ARRAY) {
            throw expected(name, "an array");
        }
        return value.elements().stream().map(fromJson).toList();
    }

    boolean has(String name) {
        return members.containsKey(name);
    }

    private @Nullable Json valueOrNull(String name) {
        Json value = members.get(name);
        return value == null || value.isNull() ? null : value;
    }

    InvalidInputException expected(String name, String form) {
        return new InvalidInputException(what + ": '" + name + "' must be " + form);
    }
}
