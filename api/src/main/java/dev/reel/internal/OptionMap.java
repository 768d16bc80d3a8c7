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
 * Options as a configuration file has them: texts by name. A map may hold the options of all stores, and each reader takes
 * its own. A name that no option has is refused, since a setting that is passed over looks like one that holds.
 */
public final class OptionMap {

    /**
     * The names of all options, those of the JSONL store included: one file configures a store, so that each class that reads
     * it has to know the names of the others.
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
     * The options of a map.
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
     * @param <T> what it is
     * @param name its name
     * @param form what is expected, for the message
     * @param read reads the text; null, or an {@link IllegalArgumentException}, where it is not of the form
     * @return what was read, or null where the option is not given
     * @throws InvalidInputException when the text is not of the form
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
        throw new InvalidInputException("option '" + name + "' is " + form + ", not '" + text + "'", why);
    }

    /**
     * Reads a whole number.
     *
     * @param name its name
     * @return the number, or null where it is not given
     * @throws InvalidInputException when it is not a whole number
     */
    public @Nullable Integer number(String name) {
        return read(name, "a whole number", Integer::valueOf);
    }

    /**
     * Reads a number of bytes: {@code 4096}, {@code 64 MiB}.
     *
     * @param name its name
     * @return the bytes, or null where it is not given
     * @throws InvalidInputException when it is not of that form
     */
    public @Nullable Long bytes(String name) {
        return read(name, "a number of bytes, like 64 MiB", OptionMap::bytesOf);
    }

    /**
     * Reads the text of a number of bytes that an {@code int} can count.
     *
     * @param text the text
     * @return the bytes, or null where it is none
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
     * Reads a time: {@code 250 ms}, {@code 2 s}, {@code PT0.25S}.
     *
     * @param name its name
     * @return the time, or null where it is not given
     * @throws InvalidInputException when it is not of that form
     */
    public @Nullable Duration time(String name) {
        return read(name, "a time, like 250 ms", OptionMap::timeOf);
    }

    /**
     * Reads the text of a time.
     *
     * @param text the text
     * @return the time, or null where it is none
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
