package dev.reel.cli;

import dev.reel.Json;
import dev.reel.Range;
import dev.reel.Role;
import dev.reel.Session;
import dev.reel.SessionDamagedException;
import dev.reel.SessionEvent;
import dev.reel.SessionQuery;
import dev.reel.SessionStore;
import dev.reel.cli.Terminal.Style;
import dev.reel.jsonl.RootCheck;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
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
        header = "Lists the sessions, most recently changed first.",
        description = {
            "",
            "Includes sessions with events but no conversation: deleted ones, and those with only custom events. Damaged"
                    + " sessions are not listed, but counted on standard error; reel verify names them."
        })
final class ListCommand extends StoreCommand {

    /** A session without a title is listed with its first question, which is read from its log; at most this often. */
    private static final int QUESTIONS = 1_000;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Option(names = "-n", paramLabel = "N", description = "Only the first N sessions.")
    private @Nullable Integer most;

    @Option(names = "--title", paramLabel = "TEXT", description = "Only sessions whose title contains that text.")
    private @Nullable String title;

    @Option(
            names = "--forks-of",
            paramLabel = "ID",
            converter = SessionId.class,
            description = "Only forks of that session.")
    private @Nullable String parent;

    @Option(names = "--json", description = "Prints an array of session rows, in the form of docs/json.md.")
    private boolean json;

    private boolean any;

    /** The number of sessions whose first question was looked up. */
    private int questions;

    ListCommand(Terminal terminal) {
        super(terminal);
    }

    /** A session that has events but no row. */
    private record Rowless(String id, Instant begun, Instant changed, long events, long position) {

        /** As a row, so that a program has to read only one kind of object. */
        Session row() {
            return new Session(id, null, null, null, null, begun, changed, Json.EMPTY_OBJECT, false, position);
        }
    }

    @Override
    public Integer call() throws IOException {
        SessionQuery query = query();
        try (SessionStore store = at.forReading();
                Output out = new Output(terminal.out())) {
            Set<String> damaged = new HashSet<>();
            Deque<Rowless> rowless = rowless(store, damaged);
            int left = most == null ? Integer.MAX_VALUE : most;
            for (Session session : store.listSessions(query).toIterable()) {
                for (; left > 0 && isLater(rowless.peek(), session); left--) {
                    print(rowless.remove(), out);
                }
                if (left == 0) {
                    break;
                }
                print(store, session, out);
                left--;
            }
            for (; left > 0 && !rowless.isEmpty(); left--) {
                print(rowless.remove(), out);
            }
            if (json) {
                out.line(any ? "]" : "[]");
            } else if (!any) {
                out.line("No sessions.");
            }
            out.flush();
            tellDamaged(damaged.size());
        }
        return 0;
    }

    private static boolean isLater(@Nullable Rowless session, Session than) {
        return session != null && session.changed.isAfter(than.updatedAt());
    }

    /** Finds the sessions without a row, most recently changed first, and the damaged ones. */
    private Deque<Rowless> rowless(SessionStore store, Set<String> damaged) throws IOException {
        // A server reports a damaged session only when it is read.
        Set<String> ids =
                at.isRemote() ? new HashSet<>() : RootCheck.of(at.root()).sessionIds();
        ids.addAll(get(store.sessionIds().collectList()));
        ids.removeAll(
                get(store.listSessions(SessionQuery.all()).map(Session::id).collectList()));
        List<Rowless> found = new ArrayList<>();
        for (String id : ids) {
            try {
                SessionEvent last = getOrNull(store.replay(id, Range.last(1)).next());
                SessionEvent first =
                        getOrNull(store.replay(id, Range.between(0, 1)).next());
                if (last != null && first != null) {
                    found.add(new Rowless(id, first.at(), last.at(), last.version(), last.position()));
                }
            } catch (SessionDamagedException e) {
                damaged.add(id);
            }
        }
        if (title != null || parent != null) {
            return new ArrayDeque<>(); // such a session has neither a title nor a parent
        }
        found.sort(Comparator.comparing(Rowless::changed).reversed());
        return new ArrayDeque<>(found);
    }

    private void tellDamaged(int sessions) {
        if (sessions > 0) {
            terminal.err()
                    .println("reel: " + Text.count(sessions, "session")
                            + (sessions == 1
                                    ? " is damaged, and not listed; reel verify names it"
                                    : " are damaged, and not listed; reel verify names them"));
        }
    }

    private void print(SessionStore store, Session session, Output out) {
        if (json) {
            printObject(session.toJson(), out);
        } else {
            boolean mayRead = questions < QUESTIONS;
            questions += session.title() == null ? 1 : 0;
            printRow(session.id(), session.updatedAt(), what(store, session, mayRead), out);
        }
    }

    private void print(Rowless session, Output out) {
        if (json) {
            printObject(session.row().toJson(), out);
        } else {
            String what = "(" + Text.count(session.events, "event") + ", no conversation)";
            printRow(session.id, session.changed, what, out);
        }
    }

    private void printObject(Json session, Output out) {
        out.line((any ? "," : "[") + session);
        any = true;
    }

    private void printRow(String id, Instant changed, String what, Output out) {
        if (!any) {
            out.line(styled(Style.DIM, row("session", "changed (UTC)", "title, or first question")));
        }
        any = true;
        out.line(row(id, Text.time(changed), what));
    }

    private SessionQuery query() {
        SessionQuery query = SessionQuery.all();
        if (most != null) {
            if (most < 1) {
                throw new ParameterException(spec.commandLine(), "invalid -n " + most + ": expected 1 or more");
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
}
