package dev.reel.cli;

import dev.reel.Message;
import dev.reel.MessageQuery;
import dev.reel.Session;
import dev.reel.SessionState;
import dev.reel.SessionStore;
import dev.reel.Snapshot;
import dev.reel.cli.Terminal.Style;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code reel show}. */
@Command(
        name = "show",
        header = "Shows a session as a conversation: its row, messages and snapshots.",
        description = {
            "",
            "Shows the current state, without rewound messages. To see every event, use reel events; to see"
                    + " the session as of an earlier version, use --at."
        })
final class ShowCommand extends StoreCommand {

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Parameters(paramLabel = "ID", converter = SessionId.class, description = "The session.")
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private String id;

    @Option(names = "--at", paramLabel = "VERSION", description = "The session as of that version.")
    private @Nullable Long version;

    @Option(names = "-n", paramLabel = "N", description = "Only the last N messages.")
    private @Nullable Integer last;

    @Option(names = "--full", description = "Does not cut off the results of tools.")
    private boolean full;

    @Option(
            names = "--json",
            description =
                    "Prints one JSON object per line: {\"session\":{…},\"version\":N}, then {\"message\":{…}} for each"
                            + " message and {\"snapshot\":{…}} for each snapshot, in the form of docs/json.md.")
    private boolean json;

    ShowCommand(Terminal terminal) {
        super(terminal);
    }

    @Override
    public Integer call() {
        if (last != null && last < 1) {
            throw new ParameterException(spec.commandLine(), "invalid -n " + last + ": expected 1 or more");
        }
        if (version != null && version < 0) {
            throw new ParameterException(spec.commandLine(), "invalid --at " + version + ": expected 0 or more");
        }
        try (SessionStore store = at.forReading();
                Output out = new Output(terminal.out())) {
            requireSession(store, id);
            SessionState state = get(version == null ? store.state(id) : store.asOf(id, version));
            Session session = state.session();
            if (session == null) {
                say("Session " + Text.oneLine(id) + " has no row at version " + state.version()
                        + ": it was deleted, or has only custom events. reel events prints its log.");
                return 0;
            }
            head(state, session, out);
            // The current rows are read from the store's tables, not from the state, so that few of many messages are
            // read.
            Iterable<Message> messages = version == null
                    ? store.listMessages(id, last == null ? MessageQuery.all() : MessageQuery.last(last))
                            .toIterable(64)
                    : lastOf(state.messages());
            for (Message message : messages) {
                if (json) {
                    out.line("{\"message\":" + message.toJson() + "}");
                } else {
                    MessageText.print(message, terminal, full, out);
                }
            }
            foot(state, out);
        }
        return 0;
    }

    private List<Message> lastOf(List<Message> messages) {
        return last == null ? messages : messages.subList(Math.max(0, messages.size() - last), messages.size());
    }

    /** The JSON is put together as text: a new {@code Json} would be checked against the limits again. */
    private void head(SessionState state, Session session, Output out) {
        if (json) {
            out.line("{\"session\":" + session.toJson() + ",\"version\":" + state.version() + "}");
            return;
        }
        out.line(styled(Style.BOLD, Text.oneLine(Objects.requireNonNullElse(session.title(), session.id()))));
        String model = session.model() == null ? "" : "  ·  " + Text.oneLine(session.model());
        out.line(styled(
                Style.DIM,
                Text.oneLine(session.id()) + "  ·  version " + state.version() + "  ·  "
                        + Text.count(state.messages().size(), "message") + model
                        + (session.closed() ? "  ·  closed" : "")));
        if (session.parentId() != null) {
            out.line(styled(
                    Style.DIM,
                    "forked from " + Text.oneLine(session.parentId()) + " at version " + session.parentVersion()));
        }
        out.line("");
    }

    private void foot(SessionState state, Output out) {
        for (Snapshot snapshot : state.snapshots()) {
            if (json) {
                out.line("{\"snapshot\":" + snapshot.toJson() + "}");
            } else {
                String label = snapshot.state().isObject() ? snapshot.state().textOf("label") : null;
                out.line(styled(Style.DIM, "snapshot ")
                        + Text.oneLine(snapshot.id())
                        + (label == null ? "" : "  “" + Text.oneLine(label) + "”")
                        + (snapshot.messageId() == null
                                ? ""
                                : styled(Style.DIM, "  at message " + Text.oneLine(snapshot.messageId()))));
            }
        }
    }
}
