package dev.reel.cli;

import dev.reel.cli.Terminal.Style;
import java.util.concurrent.locks.LockSupport;

/** Prints a play, at the pace of a reader where there is one; never wider than 100 columns. */
final class Stage {

    static final int WIDTH = 98;

    private final Terminal terminal;
    private final boolean paced;
    private int scene;

    Stage(Terminal terminal, boolean paced) {
        this.terminal = terminal;
        this.paced = paced;
    }

    /** A heading: what happens, and the call that does it. */
    void scene(String title, String call) {
        String left = "━━ " + ++scene + "  " + title + " ";
        String right = " " + call + " ━━";
        String line = "━".repeat(Math.max(2, WIDTH - Text.columns(left) - Text.columns(right)));
        pause(450);
        say("");
        say(styled(Style.BOLD, left) + styled(Style.DIM, line) + styled(Style.GREEN, right));
        pause(300);
    }

    void say(String line) {
        terminal.out().println(line.stripTrailing());
    }

    /** What a person should know. */
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
