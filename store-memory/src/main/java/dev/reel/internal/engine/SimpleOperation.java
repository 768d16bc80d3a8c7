package dev.reel.internal.engine;

import dev.reel.Change;
import dev.reel.Commit;
import dev.reel.EventDraft;
import dev.reel.Json;
import dev.reel.Message;
import dev.reel.SessionEvent;
import dev.reel.SessionState;
import dev.reel.Turn;
import dev.reel.WriteOptions;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A write of at most one event that the store decides: the deletes, close, and take turn. */
final class SimpleOperation<T> extends Operation.Decided<T> {

    private final Function<SessionState, @Nullable Change> decision;
    private final AppendOperation.Result<T> result;
    private final boolean findsClosed;

    private SimpleOperation(
            String sessionId,
            WriteOptions options,
            WriteIds ids,
            Change.Kind kind,
            boolean findsClosed,
            Function<SessionState, @Nullable Change> decision,
            AppendOperation.Result<T> result) {
        super(sessionId, options, ids, kind);
        this.decision = decision;
        this.result = result;
        this.findsClosed = findsClosed;
    }

    private static SimpleOperation<Commit> delete(
            String sessionId,
            WriteOptions options,
            WriteIds ids,
            Change.Kind kind,
            Function<SessionState, @Nullable Change> decision) {
        return new SimpleOperation<>(
                sessionId, options, ids, kind, false, decision, (before, after, first, commit) -> commit);
    }

    static SimpleOperation<Commit> deleteSession(String sessionId, WriteOptions options, WriteIds ids) {
        return delete(
                sessionId,
                options,
                ids,
                Change.Kind.SESSION_DELETE,
                rows -> rows.session() == null ? null : new Change.SessionDelete());
    }

    static SimpleOperation<Commit> deleteMessagesAfter(
            String sessionId, String messageId, WriteOptions options, WriteIds ids) {
        return delete(sessionId, options, ids, Change.Kind.MESSAGES_TRUNCATE, rows -> {
            Message anchor = rows.message(messageId);
            return anchor == null || rows.messagesAfter(anchor.seq()).isEmpty()
                    ? null
                    : Change.truncateMessages(messageId);
        });
    }

    /** Also clears what {@code redo} could restore: a cleared conversation must not come back. */
    static SimpleOperation<Commit> deleteMessages(String sessionId, WriteOptions options, WriteIds ids) {
        return delete(
                sessionId,
                options,
                ids,
                Change.Kind.MESSAGES_CLEAR,
                rows -> rows.messages().isEmpty() && rows.redoable() == 0 ? null : new Change.ClearMessages());
    }

    static SimpleOperation<Commit> deleteSnapshots(String sessionId, WriteOptions options, WriteIds ids) {
        return delete(
                sessionId,
                options,
                ids,
                Change.Kind.SNAPSHOTS_CLEAR,
                rows -> rows.snapshots().isEmpty() ? null : new Change.ClearSnapshots());
    }

    static SimpleOperation<Commit> close(String sessionId, Json reason, WriteOptions options, WriteIds ids) {
        return new SimpleOperation<>(
                sessionId,
                options,
                ids,
                Change.Kind.SESSION_CLOSE,
                true,
                rows -> rows.closed() || rows.version() == 0 ? null : new Change.SessionClose(reason),
                (before, after, first, commit) -> commit);
    }

    static SimpleOperation<Turn> takeTurn(String sessionId, String holder, WriteOptions options, WriteIds ids) {
        return new SimpleOperation<>(
                sessionId,
                options,
                ids,
                Change.Kind.SESSION_TURN,
                false,
                rows -> new Change.SessionTurn(holder, rows.epoch() + 1),
                (before, after, first, commit) -> Objects.requireNonNull(after.turn()));
    }

    @Override
    boolean findsClosed() {
        return findsClosed;
    }

    @Override
    List<EventDraft> decide(LogView head) {
        Change change = decision.apply(head.state());
        return change == null ? List.of() : List.of(draft(0, change));
    }

    @Override
    T written(SessionState before, SessionState after, SessionEvent first, Commit commit) {
        return result.of(before, after, first, commit);
    }
}
