package dev.reel.cli;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Formats texts for a person. */
final class Text {

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);

    private Text() {}

    static String number(long n) {
        return String.format(Locale.ROOT, "%,d", n);
    }

    /** {@code 1 session}, {@code 40 sessions}. */
    static String count(long n, String noun) {
        return number(n) + " " + noun + (n == 1 ? "" : "s");
    }

    /** Returns the text in one line, without control sequences for a terminal. */
    static String oneLine(String text) {
        StringBuilder line = new StringBuilder(text.length());
        text.codePoints().forEach(point -> {
            if (Character.isWhitespace(point) || Character.isSpaceChar(point)) {
                if (!line.isEmpty() && line.charAt(line.length() - 1) != ' ') {
                    line.append(' ');
                }
            } else if (Character.isISOControl(point)
                    || Character.getType(point) == Character.FORMAT
                    || Character.getType(point) == Character.SURROGATE) {
                line.append('\uFFFD');
            } else {
                line.appendCodePoint(point);
            }
        });
        return line.toString().strip();
    }

    /** Returns a line unchanged, except for control sequences for a terminal. */
    static String inLine(String line) {
        StringBuilder shown = new StringBuilder(line.length());
        line.codePoints().forEach(point -> {
            if (point == '\t') {
                shown.append("    ");
            } else if (Character.isISOControl(point)
                    || Character.getType(point) == Character.FORMAT && point != 0x200D
                    || Character.getType(point) == Character.SURROGATE) {
                shown.append('\uFFFD');
            } else {
                shown.appendCodePoint(point);
            }
        });
        return shown.toString();
    }

    /** {@code 2026-04-26 12:34:56}, in UTC. */
    static String time(Instant at) {
        return TIME.format(at);
    }

    /** {@code 12.3 MB}. */
    static String bytes(long n) {
        if (n < 1_000) {
            return n + " B";
        }
        double shown = n;
        String[] units = {"kB", "MB", "GB", "TB"};
        int unit = -1;
        while (shown >= 1_000 && unit < units.length - 1) {
            shown /= 1_000;
            unit++;
        }
        return String.format(Locale.ROOT, "%.1f %s", shown, units[unit]);
    }

    /** Returns the text; if it does not fit, as much as fits and an ellipsis. */
    static String cut(String text, int columns) {
        if (columns(text) <= columns) {
            return text;
        }
        StringBuilder kept = new StringBuilder();
        int width = 0;
        for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
            int point = text.codePointAt(i);
            width += width(point);
            if (width > columns - 1) {
                break;
            }
            kept.appendCodePoint(point);
        }
        return kept.toString().stripTrailing() + "…";
    }

    /** Cuts or pads a text to that many columns. */
    static String fit(String text, int columns) {
        String cut = cut(text, columns);
        return cut + " ".repeat(Math.max(0, columns - columns(cut)));
    }

    static String right(String text, int columns) {
        return " ".repeat(Math.max(0, columns - columns(text))) + text;
    }

    /** Returns how many columns of a terminal a text needs. */
    static int columns(String text) {
        return text.codePoints().map(Text::width).sum();
    }

    private static int width(int point) {
        int type = Character.getType(point);
        if (type == Character.NON_SPACING_MARK || type == Character.ENCLOSING_MARK || type == Character.FORMAT) {
            return 0;
        }
        boolean wide = point >= 0x1100 && point <= 0x115F
                || point >= 0x2E80 && point <= 0xA4CF
                || point >= 0xAC00 && point <= 0xD7A3
                || point >= 0xF900 && point <= 0xFAFF
                || point >= 0xFE30 && point <= 0xFE6F
                || point >= 0xFF00 && point <= 0xFF60
                || point >= 0xFFE0 && point <= 0xFFE6
                || point >= 0x1F300 && point <= 0x1FAFF
                || point >= 0x20000 && point <= 0x3FFFD;
        return wide ? 2 : 1;
    }
}
