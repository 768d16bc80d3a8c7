package dev.reel.server;

import dev.reel.Json;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The members of a request's body. A member that the route did not read is refused by {@linkplain #end end}: otherwise
 * a misspelt name would have no effect and report no error.
 */
final class Members {

    private final Map<String, Json> members;
    private final Set<String> asked = new HashSet<>();

    /**
     * Reads the members of an object.
     *
     * @throws HttpProblem 400 if the value is not an object
     */
    Members(Json body) {
        if (!body.isObject()) {
            throw HttpProblem.malformed("the body must be a JSON object");
        }
        this.members = body.members();
    }

    boolean has(String name) {
        asked.add(name);
        return members.containsKey(name);
    }

    /** Returns null if the member is missing, or is JSON's null. */
    @Nullable
    Json json(String name) {
        asked.add(name);
        Json value = members.get(name);
        return value == null || value.isNull() ? null : value;
    }

    /** Returns any JSON value, including null, of a member that is present. */
    Json value(String name) {
        asked.add(name);
        return members.getOrDefault(name, Json.NULL);
    }

    /** Returns all members, whatever their names. */
    Map<String, Json> all() {
        return members;
    }

    @Nullable
    String text(String name) {
        Json value = json(name);
        if (value == null) {
            return null;
        }
        if (value.kind() != Json.Kind.STRING) {
            throw expected(name, "a string");
        }
        return value.text();
    }

    String textOf(String name) {
        String text = text(name);
        if (text == null) {
            throw expected(name, "a string");
        }
        return text;
    }

    boolean flag(String name) {
        Json value = json(name);
        if (value == null) {
            return false;
        }
        if (value.kind() != Json.Kind.BOOLEAN) {
            throw expected(name, "true or false");
        }
        return value.asBoolean();
    }

    long number(String name) {
        Json value = json(name);
        try {
            if (value != null && value.kind() == Json.Kind.NUMBER) {
                return value.asLong();
            }
        } catch (IllegalArgumentException | ArithmeticException e) {
            // Not a whole number: fails below with the same error.
        }
        throw expected(name, "a whole number");
    }

    @Nullable
    Instant instant(String name) {
        String text = text(name);
        try {
            return text == null ? null : Instant.parse(text);
        } catch (DateTimeParseException e) {
            throw expected(name, "an instant such as 2026-04-26T12:34:56.789Z");
        }
    }

    @Nullable
    Json object(String name) {
        Json value = json(name);
        if (value != null && !value.isObject()) {
            throw expected(name, "an object");
        }
        return value;
    }

    static HttpProblem expected(String name, String form) {
        return HttpProblem.malformed("member '" + name + "' of the body must be " + form);
    }

    /** Refuses members that were not read. */
    void end() {
        for (String name : members.keySet()) {
            if (!asked.contains(name)) {
                throw HttpProblem.malformed("unknown member '" + name + "' of the body; expected one of: "
                        + (asked.isEmpty()
                                ? "none"
                                : String.join(", ", asked.stream().sorted().toList())));
            }
        }
    }
}
