package dev.reel.internal.engine;

import dev.reel.Bounds;
import dev.reel.Change;
import dev.reel.Commit;
import dev.reel.EventDraft;
import dev.reel.IdempotencyConflictException;
import dev.reel.Json;
import dev.reel.MalformedEventException;
import dev.reel.SessionEvent;
import dev.reel.SessionState;
import dev.reel.TooLargeException;
import dev.reel.WriteOptions;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One kind of write. It decides which events to append, given the accepted log, and what the result is, given the rows
 * before and after. When the write is repeated, the result is computed from the log in the same way.
 *
 * @param <T> the result of the write
 */
abstract class Operation<T> {

    private final String sessionId;
    private final WriteOptions options;

    Operation(String sessionId, WriteOptions options) {
        this.sessionId = sessionId;
        this.options = options;
    }

    final String sessionId() {
        return sessionId;
    }

    final WriteOptions options() {
        return options;
    }

    /** How many bytes of event data the write holds until it is answered. */
    long bytes() {
        return 0;
    }

    /**
     * Rejects what is invalid for any log.
     *
     * @param meta the metadata of each event that has none of its own
     */
    void check(Bounds bounds, @Nullable Json meta) {}

    /** Rejects decided events that exceed a bound, for operations whose events {@link #check} cannot know. */
    void checkDecided(List<EventDraft> drafts, Bounds bounds, @Nullable Json meta) {}

    /** Rejects an event that exceeds a bound. */
    final void checkSize(EventDraft draft, Bounds bounds, @Nullable Json meta) {
        EventDraft whole = draft.meta() == null ? draft.withMeta(meta) : draft;
        long bytes = bytes(whole);
        int most = options.isRecorded() ? bounds.recordedBytes() : bounds.eventBytes();
        if (bytes > most) {
            throw new TooLargeException(sessionId, "bytes of an event", bytes, most);
        }
        int depth = Math.max(
                whole.data().depth(), whole.meta() == null ? 0 : whole.meta().depth());
        for (Json extra : whole.extra().values()) {
            depth = Math.max(depth, extra.depth());
        }
        if (depth > bounds.json().maxDepth()) {
            throw new TooLargeException(
                    sessionId,
                    "levels of JSON in an event",
                    depth,
                    bounds.json().maxDepth());
        }
    }

    static long bytes(EventDraft draft) {
        long sum = draft.data().size();
        Json meta = draft.meta();
        if (meta != null) {
            sum += meta.size();
        }
        if (draft.extra().isEmpty()) {
            return sum; // the usual case; creates no iterator
        }
        for (Map.Entry<String, Json> extra : draft.extra().entrySet()) {
            sum += bytesOfName(extra.getKey()) + extra.getValue().size();
        }
        return sum;
    }

    /** The same for a draft that gets this metadata if it has none of its own. */
    static long bytes(EventDraft draft, @Nullable Json meta) {
        return bytes(draft) + (draft.meta() == null && meta != null ? meta.size() : 0);
    }

    /** The bytes of a member's name in a JSON line, with its quotes, colon and comma. */
    private static long bytesOfName(String name) {
        long bytes = ",\"\":".length();
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c < 0x20) {
                bytes += 6;
            } else if (c < 0x80) {
                bytes += c == '"' || c == '\\' ? 2 : 1;
            } else {
                // Each half of a surrogate pair counts for half of its four bytes.
                bytes += c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
            }
        }
        return bytes;
    }

    /**
     * Returns the row that a write has put.
     *
     * @throws MalformedEventException if there is no row, because an upcaster turned the event into another type
     */
    static <R> R put(@Nullable R row, SessionEvent event) {
        if (row == null) {
            throw new MalformedEventException(
                    event.sessionId(),
                    event.type(),
                    "puts no row, because an upcaster reads it as "
                            + (event.change().kind() == Change.Kind.CUSTOM
                                    ? "a custom event"
                                    : event.change().type()));
        }
        return row;
    }

    /** Starts the attempt as a task of the log that decides it. */
    void begin(WriteAttempt<T> attempt, Sessions sessions) {
        sessions.execute(attempt, sessionId, log -> log.accept(attempt));
    }

    /** Returns the commit if the log already contains this write, or null. Throws if other events have its ids. */
    abstract @Nullable Commit repeated(LogView head);

    /** Checks the log against the write options. */
    void checkOptions(LogView head) {
        head.checkExpected(options.expected());
        head.checkTurn(options);
    }

    /** Whether the write is allowed on a closed session, where it appends nothing. */
    boolean findsClosed() {
        return false;
    }

    /**
     * Returns the events to append, with their ids, or an empty list for a no-op.
     *
     * @throws dev.reel.ReelException if the log does not allow the write
     */
    abstract List<EventDraft> decide(LogView head);

    /** The log to which the events are appended: the head, except for a fork. */
    LogView base(LogView head) {
        return head;
    }

    /** The result of a no-op; null if the write completes empty. */
    @Nullable
    T unchanged(LogView head) {
        return null;
    }

    /** The result of a write that was written now or before. */
    abstract T written(SessionState before, SessionState after, SessionEvent first, Commit commit);

    /** Returns the commit of events that a log contains. */
    static Commit commit(LogView view, long first, long last, boolean repeated) {
        SessionEvent event = view.event(last);
        return new Commit(view.state().sessionId(), first, last, event.id(), event.position(), event.at(), repeated);
    }

    /**
     * A write whose events are decided when it is accepted. The id of its first event is fixed when the method is
     * called, and the other ids are derived from it. The write is a repeat if the log contains an event with that first
     * id and one of the write's types.
     */
    abstract static class Decided<T> extends Operation<T> {

        private final WriteIds ids;
        private final Set<Change.Kind> kinds;

        Decided(String sessionId, WriteOptions options, WriteIds ids, Change.Kind... kinds) {
            super(sessionId, options);
            this.ids = ids;
            this.kinds = Set.of(kinds);
        }

        final WriteIds ids() {
            return ids;
        }

        @Override
        @Nullable
        Commit repeated(LogView head) {
            long first = head.versionOf(ids.event(0));
            if (first == 0) {
                return null;
            }
            if (!kinds.contains(Change.Kind.of(head.event(first).type()))) {
                throw new IdempotencyConflictException(
                        sessionId(), ids.event(0), first, options().idempotencyKey());
            }
            long last = first;
            for (int i = 1; last < head.version() && head.event(last + 1).id().equals(ids.event(i)); i++) {
                last++;
            }
            return commit(head, first, last, true);
        }

        @Override
        final void checkDecided(List<EventDraft> drafts, Bounds bounds, @Nullable Json meta) {
            if (drafts.size() > bounds.batchEvents()) {
                throw new TooLargeException(sessionId(), "events of a batch", drafts.size(), bounds.batchEvents());
            }
            drafts.forEach(draft -> checkSize(draft, bounds, meta));
        }

        final EventDraft draft(int index, Change change) {
            return EventDraft.of(change).withId(ids.event(index));
        }
    }
}
