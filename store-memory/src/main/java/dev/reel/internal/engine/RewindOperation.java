package dev.reel.internal.engine;

import dev.reel.Anchor;
import dev.reel.AnchorNotFoundException;
import dev.reel.Change;
import dev.reel.Commit;
import dev.reel.EventDraft;
import dev.reel.Message;
import dev.reel.Rewind;
import dev.reel.Role;
import dev.reel.SessionEvent;
import dev.reel.SessionNotFoundException;
import dev.reel.SessionState;
import dev.reel.TooLargeException;
import dev.reel.Upcasters;
import dev.reel.WriteOptions;
import dev.reel.spi.Events;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Rewind, undo and redo: truncates the messages at the end, or restores truncated ones. */
final class RewindOperation extends Operation.Decided<Rewind> {

    private final Step step;

    /** How many truncations to restore first, the rows after that, and how many messages to keep then. */
    private record Target(int restores, SessionState rows, int kept) {}

    /** Computes the target, given the log. */
    private interface Step {
        Target of(LogView head);
    }

    private RewindOperation(String sessionId, WriteOptions options, WriteIds ids, Step step, Change.Kind... kinds) {
        super(sessionId, options, ids, kinds);
        this.step = step;
    }

    /**
     * Creates a rewind.
     *
     * @param maxEvents the maximal number of events that it may append
     */
    static RewindOperation rewind(String sessionId, Anchor to, WriteOptions options, WriteIds ids, int maxEvents) {
        return new RewindOperation(
                sessionId,
                options,
                ids,
                head -> target(head, to, maxEvents),
                Change.Kind.MESSAGES_TRUNCATE,
                Change.Kind.MESSAGES_RESTORE);
    }

    static RewindOperation undo(String sessionId, WriteOptions options, WriteIds ids) {
        Step step = head -> {
            SessionState rows = head.state();
            Message last = rows.lastMessage(Role.USER);
            int kept = last == null ? rows.messages().size() : countUpTo(rows, last.seq()) - 1;
            return new Target(0, rows, kept);
        };
        return new RewindOperation(sessionId, options, ids, step, Change.Kind.MESSAGES_TRUNCATE);
    }

    static RewindOperation redo(String sessionId, WriteOptions options, WriteIds ids) {
        Step step = head -> {
            boolean can = head.state().redoable() > 0;
            SessionState rows = can ? restored(head.state()) : head.state();
            return new Target(can ? 1 : 0, rows, rows.messages().size());
        };
        return new RewindOperation(sessionId, options, ids, step, Change.Kind.MESSAGES_RESTORE);
    }

    private static Target target(LogView head, Anchor to, int maxEvents) {
        SessionState rows = head.state();
        if (to instanceof Anchor.OfVersion version) {
            return new Target(0, rows, countUpTo(rows, Anchors.version(head, version)));
        }
        if (to instanceof Anchor.OfEvent event) {
            return new Target(0, rows, countUpTo(rows, Anchors.version(head, event)));
        }
        String id = Anchors.message(head, to);
        int restores = 0;
        Message message = rows.message(id);
        while (message == null && rows.redoable() > 0) {
            if (restores == maxEvents) {
                // Restoring more would only tell by how much the bound is exceeded.
                throw new TooLargeException(rows.sessionId(), "events of a batch", maxEvents + 1L, maxEvents);
            }
            rows = restored(rows);
            restores++;
            message = rows.message(id);
        }
        if (message == null) {
            // Only the message of a snapshot anchor can be missing here.
            throw new AnchorNotFoundException(
                    rows.sessionId(),
                    to,
                    "its message '" + id
                            + "' is neither in the session now nor in a truncation that can be restored; fork"
                            + " the session at this anchor to continue from there");
        }
        return new Target(restores, rows, countUpTo(rows, message.seq()));
    }

    private static int countUpTo(SessionState rows, long seq) {
        return rows.messages().size() - rows.messagesAfter(seq).size();
    }

    /** Returns the rows with the last truncation restored, by applying a restore event. */
    private static SessionState restored(SessionState rows) {
        return rows.apply(Events.of(
                rows.sessionId(),
                rows.version(),
                1,
                "try",
                Instant.EPOCH,
                1,
                EventDraft.of(new Change.RestoreMessages()),
                Upcasters.none()));
    }

    @Override
    List<EventDraft> decide(LogView head) {
        if (head.version() == 0) {
            throw new SessionNotFoundException(sessionId());
        }
        Target target = step.of(head);
        List<EventDraft> drafts = new ArrayList<>();
        for (int i = 0; i < target.restores(); i++) {
            drafts.add(draft(i, new Change.RestoreMessages()));
        }
        List<Message> messages = target.rows().messages();
        if (target.kept() < messages.size()) {
            String last =
                    target.kept() == 0 ? null : messages.get(target.kept() - 1).id();
            drafts.add(draft(drafts.size(), Change.truncateMessages(last)));
        }
        return drafts;
    }

    @Override
    Rewind unchanged(LogView head) {
        return between(head.state(), head.state());
    }

    @Override
    Rewind written(SessionState before, SessionState after, SessionEvent first, Commit commit) {
        return between(before, after);
    }

    /** Messages are removed and restored only at the end, so comparing the sizes is enough. */
    private Rewind between(SessionState before, SessionState after) {
        int was = before.messages().size();
        int is = after.messages().size();
        @Nullable String last = is == 0 ? null : after.messages().get(is - 1).id();
        return new Rewind(sessionId(), last, Math.max(0, was - is), Math.max(0, is - was), is, after.version());
    }
}
