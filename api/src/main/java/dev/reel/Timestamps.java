package dev.reel;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/**
 * The instants of a line. A native line has exactly one form for each instant, that of {@link Instant#toString()}: ISO
 * 8601 in UTC, with 0, 3 or 6 decimals (the fewest that are exact), and a sign for years outside 0000 to 9999 ({@code
 * +10000-01-01T00:00:00Z}). Foreign lines may use any offset and up to 9 decimals.
 */
final class Timestamps {

    /** 0000-01-01T00:00:00Z and 9999-12-31T23:59:59Z: between them, years have four digits. */
    private static final long FIRST_PLAIN_SECOND = -62_167_219_200L;

    private static final long LAST_PLAIN_SECOND = 253_402_300_799L;

    /** The length of {@code 2026-04-26T12:34:56}. */
    private static final int SECONDS_LENGTH = 19;

    /** More than the length of any Instant's text, whose year has at most ten digits. */
    private static final int LONGEST = 40;

    /** The first and the last second that a date-time with an offset can represent. */
    private static final long FIRST_SECOND = LocalDateTime.MIN.toEpochSecond(ZoneOffset.UTC);

    private static final long LAST_SECOND = LocalDateTime.MAX.toEpochSecond(ZoneOffset.UTC);

    private Timestamps() {}

    /**
     * A caller's instant, cut to microseconds.
     *
     * @throws InvalidInputException if no date-time with an offset can represent it
     */
    static Instant checked(String what, Instant at) {
        if (!isInRange(at)) {
            throw new InvalidInputException(what + " " + at + " is outside the years -999999999 to 999999999 (UTC)");
        }
        return at.truncatedTo(ChronoUnit.MICROS);
    }

    private static boolean isInRange(Instant at) {
        return at.getEpochSecond() >= FIRST_SECOND && at.getEpochSecond() <= LAST_SECOND;
    }

    /** Appends the native form, cut to microseconds. */
    static void append(JsonWriter out, Instant at) {
        long second = at.getEpochSecond();
        if (second < FIRST_PLAIN_SECOND || second > LAST_PLAIN_SECOND) {
            out.raw(at.truncatedTo(ChronoUnit.MICROS).toString());
            return;
        }
        LocalDateTime time = LocalDateTime.ofEpochSecond(second, 0, ZoneOffset.UTC);
        out.digits(time.getYear(), 4);
        out.raw('-').digits(time.getMonthValue(), 2);
        out.raw('-').digits(time.getDayOfMonth(), 2);
        out.raw('T').digits(time.getHour(), 2);
        out.raw(':').digits(time.getMinute(), 2);
        out.raw(':').digits(time.getSecond(), 2);
        int micros = at.getNano() / 1_000;
        if (micros % 1_000 != 0) {
            out.raw('.').digits(micros, 6);
        } else if (micros != 0) {
            out.raw('.').digits(micros / 1_000, 3);
        }
        out.raw('Z');
    }

    /** Parses the native form; returns null for any other text, including other forms of an instant. */
    static @Nullable Instant parse(byte[] line, int from, int to) {
        int length = to - from;
        if (length == 0 || length > LONGEST) {
            return null;
        }
        try {
            return line[from] == '+' || line[from] == '-'
                    ? parseSigned(line, from, to)
                    : parsePlain(line, from, length);
        } catch (DateTimeException e) {
            return null;
        }
    }

    private static @Nullable Instant parseSigned(byte[] line, int from, int to) {
        String text = new String(line, from, to - from, StandardCharsets.ISO_8859_1);
        Instant at = Instant.parse(text);
        return at.truncatedTo(ChronoUnit.MICROS).equals(at) && at.toString().equals(text) ? at : null;
    }

    private static @Nullable Instant parsePlain(byte[] line, int from, int length) {
        int decimals = length == SECONDS_LENGTH + 1 ? 0 : length - SECONDS_LENGTH - 2;
        if (decimals != 0 && decimals != 3 && decimals != 6) {
            return null;
        }
        int year = number(line, from, 4, '-');
        int month = number(line, from + 5, 2, '-');
        int day = number(line, from + 8, 2, 'T');
        int hour = number(line, from + 11, 2, ':');
        int minute = number(line, from + 14, 2, ':');
        int second = number(line, from + 17, 2, decimals == 0 ? 'Z' : '.');
        int fraction = decimals == 0 ? 0 : number(line, from + SECONDS_LENGTH + 1, decimals, 'Z');
        boolean longerThanNeeded = decimals != 0 && fraction % 1_000 == 0 && (decimals == 6 || fraction == 0);
        if ((year | month | day | hour | minute | second | fraction) < 0 || longerThanNeeded) {
            return null;
        }
        LocalDateTime time = LocalDate.of(year, month, day).atTime(hour, minute, second);
        return Instant.ofEpochSecond(
                time.toEpochSecond(ZoneOffset.UTC), fraction * (decimals == 3 ? 1_000_000L : 1_000L));
    }

    /** Parses {@code count} digits that are followed by {@code next}; returns -1 if they are not. */
    private static int number(byte[] line, int from, int count, char next) {
        int value = 0;
        for (int i = from; i < from + count; i++) {
            int digit = line[i] - '0';
            if (digit < 0 || digit > 9) {
                return -1;
            }
            value = value * 10 + digit;
        }
        return line[from + count] == next ? value : -1;
    }

    /**
     * Parses a foreign form and cuts it to microseconds; returns null if it is not a date and time with an offset. A
     * comma may replace the decimal point, as in ISO 8601, and the offset may be {@code Z}, {@code +01}, {@code +0100}
     * or {@code +01:00}.
     */
    static @Nullable Instant parseForeign(String text) {
        if (text.length() > LONGEST) {
            return null;
        }
        try {
            Instant at = DateTimeFormatter.ISO_OFFSET_DATE_TIME.parse(withColon(text.replace(',', '.')), Instant::from);
            return isInRange(at) ? at.truncatedTo(ChronoUnit.MICROS) : null;
        } catch (DateTimeException e) {
            return null;
        }
    }

    /** Turns {@code +0100} into {@code +01:00}, the only form that the formatter of Java 17 reads. */
    private static String withColon(String text) {
        int sign = text.length() - 5;
        boolean lacksColon = sign > 0
                && (text.charAt(sign) == '+' || text.charAt(sign) == '-')
                && Character.isDigit(text.charAt(sign + 2));
        return lacksColon ? text.substring(0, sign + 3) + ':' + text.substring(sign + 3) : text;
    }
}
