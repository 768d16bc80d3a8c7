package dev.reel.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code reel redo}. */
@Command(name = "redo", header = "Restores the messages that the last rewind or undo removed.")
final class RedoCommand extends StoreCommand {

    @Parameters(paramLabel = "ID", converter = SessionId.class, description = "The session.")
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private String id;

    RedoCommand(Terminal terminal) {
        super(terminal);
    }

    @Override
    public Integer call() {
        try (WrittenStore store = writing()) {
            store.writes(id);
            say(RewindCommand.textOf(get(store.redo(id)), "there is nothing to redo"));
        }
        return 0;
    }
}
