package dev.reel.cli;

import dev.reel.Anchor;
import dev.reel.Fork;
import dev.reel.ForkRequest;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code reel fork}. */
@Command(
        name = "fork",
        header = "Makes a new session that begins as another one does.",
        description = {"", "The other one stays as it is. Prints the new session's id."})
final class ForkCommand extends StoreCommand {

    @Parameters(paramLabel = "ID", converter = SessionId.class, description = "The session to fork.")
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private String id;

    @Option(
            names = "--at",
            paramLabel = "PLACE",
            converter = AnchorText.class,
            description = "Up to where: " + AnchorText.FORMS + ". Its end by default.")
    private @Nullable Anchor anchor;

    @Option(
            names = "--id",
            paramLabel = "ID",
            converter = SessionId.class,
            description = "The new session's id; made up by default.")
    private @Nullable String forkId;

    @Option(names = "--title", paramLabel = "TEXT", description = "The new session's title.")
    private @Nullable String title;

    @Option(names = "--with-snapshots", description = "Takes over the snapshots, under new ids.")
    private boolean snapshots;

    ForkCommand(Terminal terminal) {
        super(terminal);
    }

    @Override
    public Integer call() {
        ForkRequest request = anchor == null ? ForkRequest.whole() : ForkRequest.at(anchor);
        request = forkId == null ? request : request.withId(forkId);
        request = title == null ? request : request.withTitle(title);
        request = snapshots ? request.withSnapshots() : request;
        try (WrittenStore store = writing()) {
            Fork fork = get(store.fork(id, request));
            store.writes(fork.sessionId());
            say(Text.oneLine(fork.sessionId()) + "  has the first " + Text.count(fork.parentVersion(), "event") + " of "
                    + Text.oneLine(fork.parentId()) + ", and " + Text.count(fork.messageCount(), "message"));
        }
        return 0;
    }
}
