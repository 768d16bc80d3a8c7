package dev.reel.internal.engine;

import dev.reel.Anchor;
import dev.reel.AnchorNotFoundException;
import dev.reel.Change;
import dev.reel.Commit;
import dev.reel.EventDraft;
import dev.reel.ExpectedVersion;
import dev.reel.Fork;
import dev.reel.ForkRequest;
import dev.reel.Message;
import dev.reel.Session;
import dev.reel.SessionEvent;
import dev.reel.SessionNotFoundException;
import dev.reel.SessionState;
import dev.reel.Snapshot;
import dev.reel.WriteOptions;
import dev.reel.spi.DerivedIds;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A fork: a write to the new session that is decided against its parent. It runs as a task of three logs in turn. The
 * first task, of the new session, checks whether the fork was done before and whether the log is empty. The second, of
 * the parent, finds where the prefix ends and waits until it is published. The third, again of the new session, accepts
 * the fork.
 *
 * <p>If the anchor's message was truncated, the event that put it has to be searched in the parent's log. That may take
 * long, so it is not a task of a session: it runs on a pool, in the immutable head that the parent's task has read, and
 * then continues as a task of the parent.
 */
final class ForkOperation extends Operation.Decided<Fork> {

    private final String parentId;
    private final ForkRequest request;
    /** The decision of the parent's task; set before the attempt returns to the new session. */
    private volatile @Nullable Plan plan;

    private record Plan(LogView prefix, List<EventDraft> drafts) {}

    /** Where to fork: the version of the prefix, and the last message to keep if the prefix contains later ones. */
    private record Cut(long version, @Nullable String message) {}

    /** The version if the message is no longer a row and the event that put it has to be searched. */
    private static final long UNKNOWN = -1;

    ForkOperation(String forkId, String parentId, ForkRequest request, WriteOptions options, WriteIds ids) {
        super(forkId, options, ids, Change.Kind.SESSION_FORK);
        this.parentId = parentId;
        this.request = request;
    }

    @Override
    void begin(WriteAttempt<Fork> attempt, Sessions sessions) {
        sessions.execute(attempt, sessionId(), fork -> {
            if (fork.head().version() > 0) {
                // The fork was done before, or another session has the id. In both cases this log decides.
                fork.accept(attempt);
            } else {
                sessions.execute(attempt, parentId, parent -> decideOnParent(attempt, parent, sessions));
            }
        });
    }

    private void decideOnParent(WriteAttempt<Fork> attempt, SessionLog parent, Sessions sessions) {
        if (attempt.isAbandoned()) {
            attempt.drop();
            return;
        }
        LogView head = parent.head();
        head.checkExpected(options().expected());
        head.checkTurn(options());
        if (head.version() == 0) {
            throw new SessionNotFoundException(parentId);
        }
        Cut cut = cut(head);
        if (cut.version() == UNKNOWN) {
            String message = Objects.requireNonNull(cut.message());
            parent.whenSettled(
                    () -> sessions.core().work().execute(() -> search(attempt, head, message, sessions)),
                    attempt::fail);
        } else {
            goOn(attempt, parent, head, cut, sessions);
        }
    }

    /** Finds where a message was last put. Does not run as a task of a session. */
    private void search(WriteAttempt<Fork> attempt, LogView head, String message, Sessions sessions) {
        if (attempt.isAbandoned()) {
            attempt.drop();
            return;
        }
        try {
            try {
                long version = new LastPut(head, message).find();
                sessions.execute(
                        attempt, parentId, parent -> found(attempt, parent, head, new Cut(version, message), sessions));
            } catch (NeedsReading e) {
                sessions.core().read(() -> search(attempt, head, message, sessions));
            }
        } catch (Throwable t) {
            if (head.lineage().isPurged()) {
                // The events to read may have been erased by the purge, which is not damage.
                sessions.execute(attempt, parentId, parent -> decideOnParent(attempt, parent, sessions));
            } else {
                attempt.fail(Failure.of(parentId, t));
            }
        }
    }

    private void found(WriteAttempt<Fork> attempt, SessionLog parent, LogView seen, Cut cut, Sessions sessions) {
        if (attempt.isAbandoned()) {
            attempt.drop();
            return;
        }
        LogView head = parent.head();
        if (!goesOn(seen, head)) {
            decideOnParent(attempt, parent, sessions);
        } else if (cut.version() == 0) {
            throw new AnchorNotFoundException(parentId, Objects.requireNonNull(request.at()));
        } else {
            goOn(attempt, parent, head, cut, sessions);
        }
    }

    /** Whether a log continues an earlier view of it; false if the session was purged meanwhile. */
    private static boolean goesOn(LogView seen, LogView now) {
        return now.version() >= seen.version()
                && now.event(seen.version()).position()
                        == seen.event(seen.version()).position();
    }

    private void goOn(WriteAttempt<Fork> attempt, SessionLog parent, LogView head, Cut cut, Sessions sessions) {
        plan = plan(head, cut);
        parent.whenSettled(() -> sessions.execute(attempt, sessionId(), fork -> fork.accept(attempt)), attempt::fail);
    }

    private Plan plan(LogView parent, Cut cut) {
        LogView prefix = parent.fork((int) cut.version(), sessionId());
        SessionState rows = prefix.state();
        Message last = cut.message() == null ? null : rows.message(cut.message());
        boolean truncates = last != null && !rows.messagesAfter(last.seq()).isEmpty();
        List<EventDraft> drafts = new ArrayList<>(2);
        drafts.add(draft(
                0,
                new Change.SessionFork(
                        parentId,
                        cut.version(),
                        title(rows),
                        request.snapshots() ? carried(rows, truncates ? last : null) : Map.of())));
        if (truncates) {
            drafts.add(draft(1, Change.truncateMessages(cut.message())));
        }
        return new Plan(prefix, drafts);
    }

    private Cut cut(LogView parent) {
        Anchor at = request.at();
        if (at == null) {
            return new Cut(parent.version(), null);
        }
        if (at instanceof Anchor.OfVersion version) {
            return new Cut(Anchors.version(parent, version), null);
        }
        if (at instanceof Anchor.OfEvent event) {
            return new Cut(Anchors.version(parent, event), null);
        }
        String message = Anchors.message(parent, at);
        long version = parent.state().messageChangedAt(message);
        return new Cut(version == 0 ? UNKNOWN : version, message);
    }

    private String title(SessionState prefix) {
        if (request.title() != null) {
            return request.title();
        }
        Session row = prefix.session();
        String title = row == null ? null : row.title();
        return (title == null ? parentId : title) + " (fork)";
    }

    private Map<String, String> carried(SessionState prefix, @Nullable Message last) {
        Map<String, String> ids = new LinkedHashMap<>();
        for (Snapshot snapshot : prefix.snapshots()) {
            String messageId = snapshot.messageId();
            Message message = messageId == null ? null : prefix.message(messageId);
            if (message != null && (last == null || message.seq() <= last.seq())) {
                ids.put(snapshot.id(), DerivedIds.ofCarriedSnapshot(sessionId(), snapshot.id()));
            }
        }
        return ids;
    }

    /** The expected version and the turn refer to the parent; the new session's log must be empty. */
    @Override
    void checkOptions(LogView head) {
        head.checkExpected(ExpectedVersion.emptyLog());
    }

    @Override
    List<EventDraft> decide(LogView head) {
        return planned().drafts();
    }

    @Override
    LogView base(LogView head) {
        return planned().prefix().inLifeOf(head);
    }

    private Plan planned() {
        Plan known = plan;
        if (known == null) {
            throw new IllegalStateException("the fork was not decided by its parent's task");
        }
        return known;
    }

    @Override
    Fork written(SessionState before, SessionState after, SessionEvent first, Commit commit) {
        Change.SessionFork fork = (Change.SessionFork) Change.decode(first.type(), first.data(), first.id());
        String from = fork.parentId() == null ? parentId : fork.parentId();
        return new Fork(
                sessionId(), from, fork.parentVersion(), after.messages().size());
    }
}
