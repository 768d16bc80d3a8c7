package dev.reel.cli;

import dev.reel.Anchor;
import dev.reel.Rewind;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code reel rewind}. */
@Command(
        name = "rewind",
        header = "Returns a session to an earlier place.",
        description = {
            "",
            "Messages after that place are removed from the conversation. Nothing is erased: reel redo restores them,"
                    + " and reel events prints all events."
        })
final class RewindCommand extends StoreCommand {

    @Parameters(index = "0", paramLabel = "ID", converter = SessionId.class, description = "The session.")
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private String id;

    @Parameters(
            index = "1",
            paramLabel = "PLACE",
            converter = AnchorText.class,
            description = "The place to return to, which is kept: " + AnchorText.FORMS + ".")
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private Anchor anchor;

    RewindCommand(Terminal terminal) {
        super(terminal);
    }

    @Override
    public Integer call() {
        try (WrittenStore store = writing()) {
            store.writes(id);
            say(textOf(get(store.rewind(id, anchor)), "there is nothing after that place"));
        }
        return 0;
    }

    /** Describes the result of a rewind, undo or redo. */
    static String textOf(Rewind rewind, String otherwise) {
        if (!rewind.changed()) {
            return "Nothing changed: " + otherwise + ".";
        }
        String cut = rewind.cut() == 0 ? "" : Text.count(rewind.cut(), "message") + " cut, ";
        String back = rewind.restored() == 0 ? "" : Text.count(rewind.restored(), "message") + " back, ";
        return cut + back + rewind.left() + " left  (version " + rewind.version() + ")";
    }
}
