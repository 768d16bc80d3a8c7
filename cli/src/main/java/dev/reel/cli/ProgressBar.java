package dev.reel.cli;

/** A progress bar for a long task; drawn only on a terminal. */
final class ProgressBar implements AutoCloseable {

    private final Terminal terminal;
    private final String what;
    private int shown = -1;

    ProgressBar(Terminal terminal, String what) {
        this.terminal = terminal;
        this.what = what;
    }

    /** Draws the bar if it has changed. */
    synchronized void show(int done, int of) {
        int part = of == 0 ? 1_000 : (int) (1_000L * done / of);
        if (!terminal.isTerminal() || part == shown) {
            return;
        }
        shown = part;
        String count = " " + Text.number(done) + " of " + Text.number(of);
        String longest = " " + Text.number(of) + " of " + Text.number(of);
        // The last column stays empty, since some terminals start a new line after it.
        int width = terminal.columns() - 1 - Text.columns(what + " " + longest);
        int full = part * width / 1_000;
        terminal.err().print("\r" + what + " " + "█".repeat(full) + "░".repeat(width - full) + count);
        terminal.err().flush();
    }

    @Override
    public void close() {
        hide();
    }

    /** Erases the bar. */
    synchronized void hide() {
        if (shown >= 0) {
            terminal.err().print("\r" + " ".repeat(terminal.columns() - 1) + "\r");
            terminal.err().flush();
            shown = -1;
        }
    }
}
