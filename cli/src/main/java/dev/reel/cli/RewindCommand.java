package dev.reel.cli;

import dev.reel.Anchor;
import dev.reel.Rewind;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code reel rewind}. */
@Command(
        name = "rewind",
        header = "Takes a session back to an earlier place.",
        description = {
            "",
            "Messages behind that place are no longer in the conversation. Nothing is erased: reel redo brings them"
                    + " back, and reel events shows all."
        })
final class RewindCommand extends StoreCommand {

    @Parameters(index = "0", paramLabel = "ID", converter = SessionId.class, description = "The session.")
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private String id;

    @Parameters(
            index = "1",
            paramLabel = "PLACE",
            converter = AnchorText.class,
            description = "Where to, which stays: " + AnchorText.FORMS + ".")
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private Anchor anchor;

    RewindCommand(Terminal terminal) {
        super(terminal);
    }

    @Override
    public Integer call() {
        try (WrittenStore store = writing()) {
            store.writes(id);
            say(textOf(get(store.rewind(id, anchor)), "nothing is behind that place"));
        }
        return 0;
    }

    /** What a rewind, undo or redo did. */
    static String textOf(Rewind rewind, String otherwise) {
        if (!rewind.changed()) {
            return "Nothing changed: " + otherwise + ".";
        }
        String cut = rewind.cut() == 0 ? "" : Text.count(rewind.cut(), "message") + " cut, ";
        String back = rewind.restored() == 0 ? "" : Text.count(rewind.restored(), "message") + " back, ";
        return cut + back + rewind.left() + " left  (version " + rewind.version() + ")";
    }
}
