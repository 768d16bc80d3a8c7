package dev.reel.server;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The parameters of a request. One that the route does not know is refused: a misspelt filter must not become no filter.
 */
final class Query {

    private final Map<String, String> values;

    private Query(Map<String, String> values) {
        this.values = values;
    }

    /**
     * Reads what stands behind the question mark.
     *
     * @throws HttpProblem 400 when it is malformed, or has a parameter twice
     */
    static Query parse(@Nullable String text) {
        Map<String, String> values = new HashMap<>();
        if (text != null && !text.isEmpty()) {
            for (String pair : text.split("&", -1)) {
                int equals = pair.indexOf('=');
                String name = Percent.decode("a parameter's name", equals < 0 ? pair : pair.substring(0, equals));
                // What a form encodes as '+' is a blank.
                String raw = equals < 0 ? "" : pair.substring(equals + 1).replace("+", "%20");
                if (values.put(name, Percent.decode("parameter '" + name + "'", raw)) != null) {
                    throw HttpProblem.malformed("parameter '" + name + "' is there twice");
                }
            }
        }
        return new Query(values);
    }

    /** Refuses all that the route has no use for. */
    void allow(Set<String> names) {
        for (String name : values.keySet()) {
            if (!names.contains(name)) {
                throw HttpProblem.malformed("unknown parameter '" + name + "'; known here: "
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

    /** Parts that commas separate; empty where the parameter is not there. */
    String[] list(String name) {
        String text = values.get(name);
        return text == null || text.isEmpty() ? new String[0] : text.split(",", -1);
    }

    /** True for {@code true}, and for a parameter without a value. */
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

    /** A whole number, or the default. */
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
            // The same error as for one that is out of range.
        }
        throw HttpProblem.malformed("parameter '" + name + "' must be a whole number from " + least
                + (most == Long.MAX_VALUE ? "" : " to " + most));
    }

    /** The names, for a route that passes some on. */
    List<String> names() {
        return List.copyOf(values.keySet());
    }
}
