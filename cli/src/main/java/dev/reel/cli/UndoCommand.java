package dev.reel.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code reel undo}. */
@Command(name = "undo", header = "Removes the last user message and everything after it.")
final class UndoCommand extends StoreCommand {

    @Parameters(paramLabel = "ID", converter = SessionId.class, description = "The session.")
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private String id;

    UndoCommand(Terminal terminal) {
        super(terminal);
    }

    @Override
    public Integer call() {
        try (WrittenStore store = writing()) {
            store.writes(id);
            say(RewindCommand.textOf(get(store.undo(id)), "there is no user message"));
        }
        return 0;
    }
}
