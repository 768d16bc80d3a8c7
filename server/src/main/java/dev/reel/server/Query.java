package dev.reel.server;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The parameters of a request. An unknown parameter is refused: otherwise a misspelt filter would be ignored.
 */
final class Query {

    private final Map<String, String> values;

    /** The values, not yet percent-decoded. */
    private final Map<String, String> raws;

    private Query(Map<String, String> values, Map<String, String> raws) {
        this.values = values;
        this.raws = raws;
    }

    /**
     * Parses the text after the question mark.
     *
     * @throws HttpProblem 400 if it is malformed, or has a parameter twice
     */
    static Query parse(@Nullable String text) {
        Map<String, String> values = new HashMap<>();
        Map<String, String> raws = new HashMap<>();
        if (text != null && !text.isEmpty()) {
            for (String pair : text.split("&", -1)) {
                int equals = pair.indexOf('=');
                String name = Percent.decode("a parameter's name", equals < 0 ? pair : pair.substring(0, equals));
                // A form encodes a blank as '+'.
                String raw = equals < 0 ? "" : pair.substring(equals + 1).replace("+", "%20");
                if (values.put(name, Percent.decode("parameter '" + name + "'", raw)) != null) {
                    throw HttpProblem.malformed("parameter '" + name + "' occurs twice");
                }
                raws.put(name, raw);
            }
        }
        return new Query(values, raws);
    }

    /** Refuses parameters that the route does not know. */
    void allow(Set<String> names) {
        for (String name : values.keySet()) {
            if (!names.contains(name)) {
                throw HttpProblem.malformed("unknown parameter '" + name + "'; expected one of: "
                        + (names.isEmpty()
                                ? "none"
                                : String.join(", ", names.stream().sorted().toList())));
            }
        }
    }

    @Nullable
    String text(String name) {
        return values.get(name);
    }

    boolean has(String name) {
        return values.containsKey(name);
    }

    /**
     * Returns the parts of a value, separated by commas; none if the parameter is missing or empty. The value is split
     * before it is decoded, so {@code %2C} is a comma inside a part.
     */
    String[] list(String name) {
        String raw = raws.get(name);
        if (raw == null || raw.isEmpty()) {
            return new String[0];
        }
        String[] parts = raw.split(",", -1);
        for (int i = 0; i < parts.length; i++) {
            parts[i] = Percent.decode("parameter '" + name + "'", parts[i]);
        }
        return parts;
    }

    /** Returns true for {@code true}, and for a parameter without a value. */
    boolean flag(String name) {
        String text = values.get(name);
        if (text == null || text.equals("false")) {
            return false;
        }
        if (text.isEmpty() || text.equals("true")) {
            return true;
        }
        throw HttpProblem.malformed("parameter '" + name + "' must be true or false");
    }

    /** Returns a duration in seconds, with up to three decimals; null if the parameter is missing. */
    @Nullable
    Duration seconds(String name, Duration most) {
        String text = values.get(name);
        if (text == null) {
            return null;
        }
        if (text.matches("[0-9]{1,9}(\\.[0-9]{1,3})?")) {
            Duration duration =
                    Duration.ofMillis(new BigDecimal(text).movePointRight(3).longValueExact());
            if (!duration.isZero() && duration.compareTo(most) <= 0) {
                return duration;
            }
        }
        throw HttpProblem.malformed(
                "parameter '" + name + "' must be a number of seconds, from 0.001 to " + most.toSeconds());
    }

    /** Returns a whole number, or the default. */
    long number(String name, long least, long most, long otherwise) {
        String text = values.get(name);
        if (text == null) {
            return otherwise;
        }
        try {
            long number = Long.parseLong(text);
            if (number >= least && number <= most && text.charAt(0) != '+') {
                return number;
            }
        } catch (NumberFormatException e) {
            // Not a number: fails below, with the same error as a number out of range.
        }
        throw HttpProblem.malformed("parameter '" + name + "' must be a whole number from " + least
                + (most == Long.MAX_VALUE ? "" : " to " + most));
    }
}
