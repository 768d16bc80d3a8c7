package dev.reel.internal;

import dev.reel.InvalidInputException;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Options from a configuration file: texts by name. A map may contain the options of all stores, and each reader uses
 * its own. An unknown name is rejected, because a setting that is ignored looks like one that is in effect.
 */
public final class OptionMap {

    /**
     * The names of all options, including those of the JSONL store: one file configures a store, so each class that
     * reads the file must know the names of the others.
     */
    private static final List<String> NAMES = List.of(
            "delivery-threads",
            "event-bytes",
            "batch-events",
            "session-writes",
            "session-bytes",
            "store-writes",
            "store-bytes",
            "durability",
            "lag-time",
            "lag-bytes",
            "loaded-sessions",
            "loaded-bytes",
            "cache-bytes",
            "wait-for-lock");

    private static final Pattern SIZE = Pattern.compile("(\\d{1,18}) ?(|B|KiB|MiB|GiB)");
    private static final Pattern TIME = Pattern.compile("(\\d{1,9}) ?(ms|s|m|h)");

    private final Map<String, String> options;

    private OptionMap(Map<String, String> options) {
        this.options = options;
    }

    /**
     * Reads the options of a map.
     *
     * @param options texts by name
     * @return the options
     * @throws InvalidInputException if a name in the map is not the name of an option
     */
    public static OptionMap of(Map<String, String> options) {
        for (String name : new TreeSet<>(options.keySet())) {
            if (!NAMES.contains(name)) {
                throw new InvalidInputException(
                        "unknown option '" + name + "': expected one of " + String.join(", ", NAMES));
            }
        }
        return new OptionMap(options);
    }

    /**
     * Reads an option.
     *
     * @param <T> the type of the value
     * @param name its name
     * @param form what is expected, for the message
     * @param read parses the text; returns null or throws an {@link IllegalArgumentException} if it is malformed
     * @return the value, or null if the option is not given
     * @throws InvalidInputException if the text is malformed
     */
    public <T> @Nullable T read(String name, String form, Function<String, @Nullable T> read) {
        if (!NAMES.contains(name)) {
            throw new IllegalArgumentException(name + " is not in the list of names");
        }
        String text = options.get(name);
        if (text == null) {
            return null;
        }
        IllegalArgumentException why = null;
        try {
            T value = read.apply(text.strip());
            if (value != null) {
                return value;
            }
        } catch (IllegalArgumentException e) {
            why = e;
        }
        throw new InvalidInputException("option '" + name + "' must be " + form + ", not '" + text + "'", why);
    }

    /**
     * Reads a whole number.
     *
     * @param name its name
     * @return the number, or null if the option is not given
     * @throws InvalidInputException if it is not a whole number
     */
    public @Nullable Integer number(String name) {
        return read(name, "a whole number", Integer::valueOf);
    }

    /**
     * Reads a number of bytes: {@code 4096}, {@code 64 MiB}.
     *
     * @param name its name
     * @return the bytes, or null if the option is not given
     * @throws InvalidInputException if it is malformed
     */
    public @Nullable Long bytes(String name) {
        return read(name, "a number of bytes, like 64 MiB", OptionMap::bytesOf);
    }

    /**
     * Parses a number of bytes that an {@code int} can count.
     *
     * @param text the text
     * @return the bytes, or null if the text is malformed
     */
    public static @Nullable Long bytesUpTo2GiB(String text) {
        Long bytes = bytesOf(text);
        return bytes == null || bytes > Integer.MAX_VALUE ? null : bytes;
    }

    private static @Nullable Long bytesOf(String text) {
        Matcher size = SIZE.matcher(text);
        if (!size.matches()) {
            return null;
        }
        int shift = switch (size.group(2)) {
            case "KiB" -> 10;
            case "MiB" -> 20;
            case "GiB" -> 30;
            default -> 0;
        };
        long number = Long.parseLong(size.group(1));
        return number > Long.MAX_VALUE >> shift ? null : number << shift;
    }

    /**
     * Reads a duration: {@code 250 ms}, {@code 2 s}, {@code PT0.25S}.
     *
     * @param name its name
     * @return the duration, or null if the option is not given
     * @throws InvalidInputException if it is malformed
     */
    public @Nullable Duration time(String name) {
        return read(name, "a duration, like 250 ms", OptionMap::timeOf);
    }

    /**
     * Parses a duration.
     *
     * @param text the text
     * @return the duration, or null if the text is malformed
     */
    public static @Nullable Duration timeOf(String text) {
        Matcher time = TIME.matcher(text);
        if (time.matches()) {
            long number = Long.parseLong(time.group(1));
            return switch (time.group(2)) {
                case "ms" -> Duration.ofMillis(number);
                case "s" -> Duration.ofSeconds(number);
                case "m" -> Duration.ofMinutes(number);
                default -> Duration.ofHours(number);
            };
        }
        try {
            return Duration.parse(text);
        } catch (DateTimeParseException e) {
            return null;
        }
    }
}
