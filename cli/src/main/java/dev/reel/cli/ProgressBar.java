package dev.reel.cli;

/** How far something is that takes long; on a terminal only. */
final class ProgressBar implements AutoCloseable {

    private final Terminal terminal;
    private final String what;
    private int shown = -1;

    ProgressBar(Terminal terminal, String what) {
        this.terminal = terminal;
        this.what = what;
    }

    /** Draws it, where it looks different now. */
    synchronized void show(int done, int of) {
        int part = of == 0 ? 1_000 : (int) (1_000L * done / of);
        if (!terminal.isTerminal() || part == shown) {
            return;
        }
        shown = part;
        String count = " " + Text.number(done) + " of " + Text.number(of);
        String longest = " " + Text.number(of) + " of " + Text.number(of);
        // The last column stays free, where some terminals begin a new line.
        int width = terminal.columns() - 1 - Text.columns(what + " " + longest);
        int full = part * width / 1_000;
        terminal.err().print("\r" + what + " " + "█".repeat(full) + "░".repeat(width - full) + count);
        terminal.err().flush();
    }

    @Override
    public void close() {
        hide();
    }

    /** Takes it away. */
    synchronized void hide() {
        if (shown >= 0) {
            terminal.err().print("\r" + " ".repeat(terminal.columns() - 1) + "\r");
            terminal.err().flush();
            shown = -1;
        }
    }
}
