package dev.reel.cli;

import dev.reel.cli.Terminal.Style;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Prints the demo. On a terminal it pauses for reading and uses the terminal's width; otherwise 100 columns. */
final class Stage {

    private static final int WIDTH = 98;

    private static final String INDENT = "   ";

    private static final Pattern STYLE = Pattern.compile("\u001B\\[[0-9]+m");

    /** The width of tables and headings, in columns. */
    final int width;

    private final Terminal terminal;
    private final boolean paced;
    private int scene;

    Stage(Terminal terminal, boolean paced) {
        this.terminal = terminal;
        this.paced = paced;
        this.width = terminal.isTerminal() ? terminal.columns() - 2 : WIDTH;
    }

    /** Prints a heading: the title of the scene, and the call that it shows. */
    void scene(String title, String call) {
        String left = "━━ " + ++scene + "  " + title + " ";
        int room = width - Text.columns(left) - 6;
        String right = " " + Text.cut(call, room) + " ━━";
        String line = "━".repeat(Math.max(2, width - Text.columns(left) - Text.columns(right)));
        pause(450);
        say("");
        say(styled(Style.BOLD, left) + styled(Style.DIM, line) + styled(Style.GREEN, right));
        pause(300);
    }

    /** Prints a text; in several lines if it is wider than the stage. */
    void say(String line) {
        String rest = line.stripTrailing();
        for (int end = endOfFirst(rest); end < rest.length(); end = endOfFirst(rest)) {
            terminal.out().println(rest.substring(0, end).stripTrailing());
            rest = INDENT + rest.substring(end).stripLeading();
        }
        terminal.out().println(rest);
    }

    /** Returns the end of the last word that fits in one line; the text's end if no space precedes that. */
    private int endOfFirst(String text) {
        int end = text.length();
        int columns = 0;
        Matcher style = STYLE.matcher(text);
        for (int i = 0; i < text.length(); ) {
            if (style.region(i, text.length()).lookingAt()) {
                i = style.end();
                continue;
            }
            int point = text.codePointAt(i);
            columns += Text.columns(Character.toString(point));
            if (columns > width + 2) {
                return end;
            }
            boolean afterIndent = i > 0 && !text.substring(0, i).isBlank();
            end = point == ' ' && afterIndent ? i : end;
            i += Character.charCount(point);
        }
        return text.length();
    }

    /** Prints an explanation. */
    void explain(String line) {
        say("   " + styled(Style.DIM, line));
        pause(450);
    }

    String styled(Style style, String text) {
        return terminal.styled(style, text);
    }

    void pause(long millis) {
        if (paced) {
            terminal.out().flush();
            LockSupport.parkNanos(millis * 1_000_000);
        }
    }
}
