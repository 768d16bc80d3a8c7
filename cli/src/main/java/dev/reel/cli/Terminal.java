package dev.reel.cli;

import java.io.Console;
import java.io.File;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The streams of a command: results go to one output stream, everything else to the other, both in UTF-8. */
record Terminal(InputStream in, Results out, PrintStream err, boolean isTerminal, boolean hasColour, int width) {

    /** Tables and the demo fit in this many columns. */
    static final int NARROWEST = 80;

    /** Longer lines are hard to read. */
    static final int WIDEST = 200;

    /** What {@code stty size} prints: rows and columns. */
    private static final Pattern SIZE = Pattern.compile("[0-9]+ ([0-9]+)\\s*");

    /** A style of text, for terminals with colour. */
    enum Style {
        BOLD("1"),
        DIM("2"),
        RED("31"),
        GREEN("32"),
        YELLOW("33"),
        MAGENTA("35"),
        CYAN("36");

        private final String code;

        Style(String code) {
            this.code = code;
        }
    }

    /** The terminal, file or pipe that the process was started with. */
    static Terminal ofProcess() {
        boolean terminal = isTerminalAtAll();
        return new Terminal(
                System.in,
                Results.ofProcess(new FileOutputStream(FileDescriptor.out)),
                new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8),
                terminal,
                terminal && wantsColour(System.getenv()),
                terminal ? widthOf(System.getenv(), Terminal::size) : NARROWEST);
    }

    /** A terminal for a file or a pipe, without colour. */
    static Terminal plain(InputStream in, Results out, PrintStream err) {
        return new Terminal(in, out, err, false, false, NARROWEST);
    }

    /** The width that lines are cut to; unlimited if the output is not a terminal. */
    int columns() {
        return isTerminal ? width : Integer.MAX_VALUE / 2;
    }

    /**
     * Returns the width of a terminal, from 80 to 200 columns: the variable COLUMNS, or else the terminal's own width.
     *
     * @param size returns the output of {@code stty size}
     */
    static int widthOf(Map<String, String> environment, Supplier<String> size) {
        int width = numberOf(environment.getOrDefault("COLUMNS", ""));
        if (width == 0) {
            Matcher told = SIZE.matcher(size.get());
            width = told.matches() ? numberOf(told.group(1)) : 0;
        }
        return Math.max(NARROWEST, Math.min(width, WIDEST));
    }

    private static int numberOf(String text) {
        return text.matches("[0-9]{1,6}") ? Integer.parseInt(text) : 0;
    }

    /** Java can't ask a terminal for its size. If {@code stty} can't either, the size is unknown. */
    private static String size() {
        try {
            Process stty = new ProcessBuilder("stty", "size")
                    .redirectInput(new File("/dev/tty"))
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            try {
                return stty.waitFor(1, TimeUnit.SECONDS)
                        ? new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII)
                        : "";
            } finally {
                stty.destroy();
            }
        } catch (IOException e) {
            return "";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "";
        }
    }

    /** No colour if NO_COLOR is set (no-color.org), or if the terminal does not support it. */
    static boolean wantsColour(Map<String, String> environment) {
        return environment.getOrDefault("NO_COLOR", "").isEmpty()
                && !environment.getOrDefault("TERM", "").equals("dumb");
    }

    String styled(Style style, String text) {
        return hasColour ? "\u001B[" + style.code + "m" + text + "\u001B[0m" : text;
    }

    /**
     * The start script passes whether the output is a terminal. Without the script, Java is asked: newer JDKs return a console
     * even if there is no terminal.
     */
    @SuppressWarnings("SystemConsoleNull") // they are asked whether it is one
    private static boolean isTerminalAtAll() {
        String told = System.getProperty("reel.terminal");
        if (told != null) {
            return told.equals("true");
        }
        Console console = System.console();
        if (console == null) {
            return false;
        }
        try {
            return (boolean) Console.class.getMethod("isTerminal").invoke(console);
        } catch (ReflectiveOperationException e) {
            return true; // before JDK 22 there is a console only if there is a terminal
        }
    }
}
