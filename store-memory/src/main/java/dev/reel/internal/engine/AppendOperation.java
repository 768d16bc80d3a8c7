package dev.reel.internal.engine;

import dev.reel.Bounds;
import dev.reel.Change;
import dev.reel.Commit;
import dev.reel.DuplicateEventException;
import dev.reel.EventDraft;
import dev.reel.IdempotencyConflictException;
import dev.reel.Json;
import dev.reel.MalformedEventException;
import dev.reel.SessionEvent;
import dev.reel.SessionNotFoundException;
import dev.reel.SessionState;
import dev.reel.TooLargeException;
import dev.reel.WriteOptions;
import dev.reel.spi.DerivedIds;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A write whose events come from the caller: append, and the puts of rows. */
final class AppendOperation<T> extends Operation<T> {

    private static final Map<Change.Kind, String> ONLY_BY_THEIR_METHODS = Map.of(
            Change.Kind.SESSION_FORK, "fork()",
            Change.Kind.SESSION_PURGED, "purge()",
            Change.Kind.SESSION_TURN, "takeTurn()",
            Change.Kind.SESSION_CLOSE, "closeSession()");

    private final List<EventDraft> drafts;
    private final Result<T> result;

    /** Computes the result from the rows before and after the write. */
    interface Result<T> {
        T of(SessionState before, SessionState after, SessionEvent first, Commit commit);
    }

    AppendOperation(String sessionId, WriteOptions options, List<EventDraft> drafts, Result<T> result) {
        super(sessionId, options);
        this.drafts = drafts;
        this.result = result;
    }

    @Override
    long bytes() {
        long sum = 0;
        for (EventDraft draft : drafts) {
            sum += bytes(draft);
        }
        return sum;
    }

    @Override
    void check(Bounds bounds, @Nullable Json meta) {
        if (drafts.size() > bounds.batchEvents()) {
            throw new TooLargeException(sessionId(), "events of a batch", drafts.size(), bounds.batchEvents());
        }
        for (int i = 0; i < drafts.size(); i++) {
            EventDraft draft = drafts.get(i);
            checkSize(draft, bounds, meta);
            String problem = options().isRecorded() ? recordedProblem(i) : problem(draft);
            if (problem != null) {
                throw new MalformedEventException(sessionId(), draft.type(), problem);
            }
        }
    }

    private static @Nullable String problem(EventDraft draft) {
        String method = ONLY_BY_THEIR_METHODS.get(Change.Kind.of(draft.type()));
        return method == null ? draft.problem() : "cannot be appended; use " + method;
    }

    private @Nullable String recordedProblem(int index) {
        return switch (Change.Kind.of(drafts.get(index).type())) {
            case SESSION_PURGED -> "is never in a session's log; leave it out";
            case SESSION_FORK -> index == 0 ? null : "must be the first event of its batch";
            default -> null;
        };
    }

    /**
     * Returns the write's idempotency key if the event's id is derived from it, because the conflict then concerns the
     * key; otherwise null.
     */
    private @Nullable String keyOf(EventDraft draft, int index) {
        String key = options().idempotencyKey();
        return key != null && DerivedIds.ofEvent(sessionId(), key, index).equals(draft.id()) ? key : null;
    }

    @Override
    @Nullable
    Commit repeated(LogView head) {
        long first = head.versionOf(idOf(drafts.get(0)));
        int known = 0;
        boolean inOrder = true;
        EventDraft duplicate = null;
        long duplicateVersion = 0;
        for (int i = 0; i < drafts.size(); i++) {
            EventDraft draft = drafts.get(i);
            long version = i == 0 ? first : head.versionOf(idOf(draft));
            if (version == 0) {
                inOrder = false;
                continue;
            }
            SessionEvent there = head.event(version);
            if (!there.type().equals(draft.type())
                    || there.v() != draft.v()
                    || !there.data().equals(draft.data())) {
                throw new IdempotencyConflictException(sessionId(), idOf(draft), version, keyOf(draft, i));
            }
            known++;
            inOrder &= version == first + i;
            duplicate = draft;
            duplicateVersion = version;
        }
        if (duplicate == null) {
            return null;
        }
        if (known < drafts.size() || !inOrder) {
            throw new DuplicateEventException(sessionId(), idOf(duplicate), duplicateVersion);
        }
        return commit(head, first, first + known - 1, true);
    }

    @Override
    List<EventDraft> decide(LogView head) {
        if (!options().isRecorded()) {
            boolean row = head.state().session() != null;
            for (EventDraft draft : drafts) {
                Change.Kind kind = Change.Kind.of(draft.type());
                if (kind == Change.Kind.SESSION_UPDATE && !row) {
                    throw new SessionNotFoundException(sessionId());
                }
                row = kind.isListed() ? kind != Change.Kind.SESSION_DELETE : row;
            }
        }
        return drafts;
    }

    @Override
    T written(SessionState before, SessionState after, SessionEvent first, Commit commit) {
        return result.of(before, after, first, commit);
    }

    private static String idOf(EventDraft draft) {
        String id = draft.id();
        if (id == null) {
            throw new IllegalStateException("the event has no id; ids are assigned when the write method is called");
        }
        return id;
    }
}
