package dev.reel.cli;

import dev.reel.Range;
import dev.reel.SessionEvent;
import dev.reel.SessionStore;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code reel export}. */
@Command(
        name = "export",
        header = "Prints the log of a session, one line an event.",
        description = {
            "",
            "What Reel recorded is printed byte for byte. An event that ExAthena wrote is printed as a line of Reel's,"
                    + " with its version, position and checksum, and an id where it has none; lines of its file that are"
                    + " no events, and repeats, are left out. The bytes of such a file are in the file itself.",
            "",
            "What it prints is a session file: reel import reads it when it is named ID.jsonl, and so does any tool for"
                    + " JSON lines. It has all that was acknowledged, also what the session's own file lacks yet."
        })
final class ExportCommand extends StoreCommand {

    @Parameters(paramLabel = "ID", converter = SessionId.class, description = "The session.")
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private String id;

    ExportCommand(Terminal terminal) {
        super(terminal);
    }

    @Override
    public Integer call() {
        try (SessionStore store = at.forReading();
                Output out = new Output(terminal.out())) {
            requireSession(store, id);
            for (SessionEvent event : store.replay(id, Range.all()).toIterable(256)) {
                out.line(event.line());
            }
        }
        return 0;
    }
}
