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
 * What a write does to a session's log: which events it appends, given what is accepted, and what its answer is, given
 * the rows before and after. The same answer is read off the log when the write is repeated.
 *
 * @param <T> the answer
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

    /** How many bytes wait in it until it is answered. */
    long bytes() {
        return 0;
    }

    /**
     * What is refused whatever the log holds.
     *
     * @param meta that of each event that has none of its own
     */
    void check(Bounds bounds, @Nullable Json meta) {}

    /** What is refused of the events that were decided, where {@link #check} could not know them. */
    void checkDecided(List<EventDraft> drafts, Bounds bounds, @Nullable Json meta) {}

    /** Refuses an event that is beyond a bound. */
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
            return sum; // the most, for which no iterator is made
        }
        for (Map.Entry<String, Json> extra : draft.extra().entrySet()) {
            sum += bytesOfName(extra.getKey()) + extra.getValue().size();
        }
        return sum;
    }

    /** The same, for a draft that takes this meta data if it has none of its own. */
    static long bytes(EventDraft draft, @Nullable Json meta) {
        return bytes(draft) + (draft.meta() == null && meta != null ? meta.size() : 0);
    }

    /** The bytes of a member's name in a line, with the characters around it. */
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
     * The row that a write has put.
     *
     * @throws MalformedEventException if there is none, because an upcaster reads the event as something else
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

    /** Brings the attempt to the log that decides it. */
    void begin(Write<T>.Attempt attempt, Engine engine) {
        engine.execute(attempt, sessionId, log -> log.accept(attempt));
    }

    /** The commit, when this write is in the log already; throws when something else has its ids. */
    abstract @Nullable Commit repeated(LogView head);

    /** What the options ask of the log. */
    void checkOptions(LogView head) {
        SessionLog.checkExpected(sessionId, head, options.expected());
        SessionLog.checkTurn(sessionId, head, options);
    }

    /** Whether it may be written to a closed session, since it finds nothing to do there. */
    boolean findsClosed() {
        return false;
    }

    /**
     * The events to append, with their ids; none when there is nothing to do.
     *
     * @throws dev.reel.ReelException when it can't be done
     */
    abstract List<EventDraft> decide(LogView head);

    /** The log that the events are appended to: the head, but for a fork. */
    LogView base(LogView head) {
        return head;
    }

    /** The answer when there was nothing to do, or null for an empty one. */
    @Nullable
    T unchanged(LogView head) {
        return null;
    }

    /** The answer when it is written, or was. */
    abstract T written(SessionState before, SessionState after, SessionEvent first, Commit commit);

    /** The commit of events that are in a log. */
    static Commit commit(LogView view, long first, long last, boolean repeated) {
        SessionEvent event = view.event(last);
        return new Commit(view.state().sessionId(), first, last, event.id(), event.position(), event.at(), repeated);
    }

    /**
     * A write whose events are decided when it is accepted. It fixes the id of its first event; the others follow from
     * it. It is a repeat when that id is in the log, under a type that it writes.
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
