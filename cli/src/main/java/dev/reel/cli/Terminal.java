package dev.reel.cli;

import java.io.Console;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Where the command reads, and writes: results to one stream, all else to the other, both in UTF-8. */
record Terminal(InputStream in, Results out, PrintStream err, boolean isTerminal, boolean hasColour) {

    private static final int COLUMNS = 100;

    /** A style of text, where there is colour. */
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
                terminal && wantsColour(System.getenv()));
    }

    /** What is not a terminal, and so gets no colour. */
    static Terminal plain(InputStream in, Results out, PrintStream err) {
        return new Terminal(in, out, err, false, false);
    }

    /** How wide a line may be; where it is no terminal, nothing is cut off. */
    int columns() {
        return isTerminal ? COLUMNS : Integer.MAX_VALUE / 2;
    }

    /** By NO_COLOR (no-color.org), and by terminals that know none. */
    static boolean wantsColour(Map<String, String> environment) {
        return environment.getOrDefault("NO_COLOR", "").isEmpty()
                && !environment.getOrDefault("TERM", "").equals("dumb");
    }

    String styled(Style style, String text) {
        return hasColour ? "\u001B[" + style.code + "m" + text + "\u001B[0m" : text;
    }

    /** The script knows for sure. Without it: newer JDKs give a console without a terminal too. */
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
            return true; // before JDK 22 there is a console only where there is a terminal
        }
    }
}
