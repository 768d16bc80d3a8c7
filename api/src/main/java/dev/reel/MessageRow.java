package dev.reel;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * A message as the fold stores it: whole, or as the parts of a message that is being streamed. The public row is
 * created when it is read, so each part costs O(1), however long the message is.
 *
 * <p>{@link HeldRow} holds its content; {@link LeanRow} refers to the events that have it.
 */
abstract class MessageRow {

    /** An int is enough, because versions are also indexes of lists. */
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

    /** The row after its message was put again as a whole. */
    abstract MessageRow whole(SessionEvent event, Role newRole, Json content);

    /** The row after streaming of its message began again. */
    abstract MessageRow begun(SessionEvent event, Role newRole, String text);

    abstract MessageRow lengthened(SessionEvent event, String text);

    /** The public row; a lean row reads it from the events of its log. */
    abstract Message message(String sessionId, @Nullable LongFunction<SessionEvent> events);

    /** The content of a message that is being streamed. */
    static Json joined(Role role, Iterable<String> texts) {
        return Json.object("role", role.text(), "content", String.join("", texts));
    }

    static Deque<String> texts() {
        return new ArrayDeque<>();
    }
}
