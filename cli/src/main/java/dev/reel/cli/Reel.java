package dev.reel.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The {@code reel} command. */
@Command(name = "reel", mixinStandardHelpOptions = true, description = "Record, replay, tail, rewind, fork sessions.")
public final class Reel implements Runnable {

    private Reel() {}

    /**
     * Runs the command and ends the process with its exit code.
     *
     * @param args the command line
     */
    public static void main(String[] args) {
        System.exit(new CommandLine(new Reel()).execute(args));
    }

    @Override
    public void run() {
        CommandLine.usage(this, System.out);
    }
}
