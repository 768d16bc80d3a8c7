package dev.reel;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * A message as the fold keeps it: whole, or the parts of one that is being streamed. The public row is made when it is
 * read, so that each part costs O(1), however long the message is.
 *
 * <p>A row that holds its content is a {@link HeldRow}; one that refers to the events that have it is a {@link LeanRow}.
 */
abstract class MessageRow {

    /** Versions are indexes of lists too, so an int holds them. */
    private final int seq;

    private final int changedAt;
    private final String id;
    private final Role role;

    MessageRow(String id, long seq, long changedAt, Role role) {
        this.id = id;
        this.seq = Math.toIntExact(seq);
        this.changedAt = Math.toIntExact(changedAt);
        this.role = role;
    }

    final String id() {
        return id;
    }

    final long seq() {
        return seq;
    }

    final long changedAt() {
        return changedAt;
    }

    final Role role() {
        return role;
    }

    final boolean partial() {
        return partCount() > 0;
    }

    abstract long partCount();

    /** The row after its message was put again, whole. */
    abstract MessageRow whole(SessionEvent event, Role newRole, Json content);

    /** The row after its message was begun again. */
    abstract MessageRow begun(SessionEvent event, Role newRole, String text);

    abstract MessageRow lengthened(SessionEvent event, String text);

    /** The public row; of a lean one, by the events of its log. */
    abstract Message message(String sessionId, @Nullable LongFunction<SessionEvent> events);

    /** What a streamed message shows. */
    static Json joined(Role role, Iterable<String> texts) {
        return Json.object("role", role.text(), "content", String.join("", texts));
    }

    static Deque<String> texts() {
        return new ArrayDeque<>();
    }
}
