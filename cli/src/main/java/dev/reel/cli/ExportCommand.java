package dev.reel.cli;

import dev.reel.Range;
import dev.reel.SessionEvent;
import dev.reel.SessionStore;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code reel export}. */
@Command(
        name = "export",
        header = "Prints the log of a session, one line per event.",
        description = {
            "",
            "Lines that Reel wrote are printed byte for byte. An event that ExAthena wrote is printed in Reel's format,"
                    + " with its version, position and checksum, and with an id if it has none. Lines of its file that are"
                    + " not events, and repeated events, are left out; the file itself still has them.",
            "",
            "The output is a session file: reel import reads it if it is named ID.jsonl, and so does any tool for"
                    + " JSON lines. It has every acknowledged event, including those that are not yet in the session's own file."
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
