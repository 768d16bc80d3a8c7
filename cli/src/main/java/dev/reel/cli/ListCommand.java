package dev.reel.cli;

import dev.reel.Json;
import dev.reel.Role;
import dev.reel.Session;
import dev.reel.SessionDamagedException;
import dev.reel.SessionQuery;
import dev.reel.SessionStore;
import dev.reel.cli.Terminal.Style;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import reactor.core.publisher.Mono;

/** {@code reel ls}. */
@Command(
        name = "ls",
        header = "Lists the sessions, the last changed first.",
        description = {"", "Sessions whose file is damaged are not listed; reel verify names them."})
final class ListCommand extends StoreCommand {

    /** Of a session without a title the log has to be read; of so many it is. */
    private static final int QUESTIONS = 1_000;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Option(names = "-n", paramLabel = "N", description = "Only the first N.")
    private @Nullable Integer most;

    @Option(names = "--title", paramLabel = "TEXT", description = "Only those whose title contains that text.")
    private @Nullable String title;

    @Option(
            names = "--forks-of",
            paramLabel = "ID",
            converter = SessionId.class,
            description = "Only those that were forked from that session.")
    private @Nullable String parent;

    @Option(names = "--json", description = "Prints an array of objects.")
    private boolean json;

    ListCommand(Terminal terminal) {
        super(terminal);
    }

    @Override
    public Integer call() {
        SessionQuery query = query();
        try (SessionStore store = at.forReading();
                Output out = new Output(terminal.out())) {
            boolean any = false;
            int questions = 0;
            for (Session session : store.listSessions(query).toIterable()) {
                if (json) {
                    out.line((any ? "," : "[") + jsonOf(session));
                } else {
                    if (!any) {
                        out.line(styled(Style.DIM, row("session", "changed (UTC)", "title, or first question")));
                    }
                    boolean mayRead = questions < QUESTIONS;
                    questions += session.title() == null ? 1 : 0;
                    String what = what(store, session, mayRead);
                    out.line(row(session.id(), Text.time(session.updatedAt()), what));
                }
                any = true;
            }
            if (json) {
                out.line(any ? "]" : "[]");
            } else if (!any) {
                out.line("No session.");
            }
        }
        return 0;
    }

    private SessionQuery query() {
        SessionQuery query = SessionQuery.all();
        if (most != null) {
            if (most < 1) {
                throw new ParameterException(spec.commandLine(), "-n is 1 or more, and not " + most);
            }
            query = query.withLimit(most);
        }
        if (title != null) {
            query = query.withTitleContaining(title);
        }
        return parent == null ? query : query.withParent(parent);
    }

    private String row(String session, String changed, String what) {
        String begin = Text.fit(Text.oneLine(session), Math.max(26, Text.columns(Text.oneLine(session)))) + "  ";
        String middle = Text.fit(changed, 19) + "  ";
        int room = Math.max(20, terminal.columns() - Text.columns(begin + middle));
        return (begin + middle + Text.cut(Text.oneLine(what), room)).stripTrailing();
    }

    private static String what(SessionStore store, Session session, boolean mayRead) {
        String title = session.title();
        if (title == null && mayRead) {
            title = getOrNull(store.listMessages(session.id())
                    .filter(it -> it.role() == Role.USER)
                    .next()
                    .map(it -> MessageText.gist(it.content()))
                    .onErrorResume(SessionDamagedException.class, e -> Mono.just("(damaged)")));
        }
        String fork = session.parentId() == null ? "" : "  (forked from " + session.parentId() + ")";
        return Objects.requireNonNullElse(title, "–") + (session.closed() ? "  (closed)" : "") + fork;
    }

    static Json jsonOf(Session session) {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        object.put("id", session.id());
        object.put("title", session.title());
        object.put("model", session.model());
        object.put("parent_id", session.parentId());
        object.put("parent_version", session.parentVersion());
        object.put("created_at", session.createdAt().toString());
        object.put("updated_at", session.updatedAt().toString());
        object.put("closed", session.closed());
        object.put("metadata", session.metadata());
        return Json.of(object);
    }
}
