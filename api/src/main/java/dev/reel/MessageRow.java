package dev.reel;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * A message as the fold keeps it: whole, or the parts of one that is being streamed. The public row is made when it is
 * read, so that each part costs O(1), however long the message is.
 */
final class MessageRow {

    private final String id;
    private final long seq;
    private final long changedAt;
    private final Role role;
    private final Instant at;
    private final @Nullable Json content;
    private final @Nullable Part parts;
    /** Made at first reading. Racing threads make equal rows, and records are safe to publish so. */
    private @Nullable Message row;

    /** A part, and those before it. */
    private record Part(@Nullable Part before, String text, long count) {}

    private MessageRow(
            String id, long seq, long changedAt, Role role, Instant at, @Nullable Json content, @Nullable Part parts) {
        this.id = id;
        this.seq = seq;
        this.changedAt = changedAt;
        this.role = role;
        this.at = at;
        this.content = content;
        this.parts = parts;
    }

    static MessageRow whole(String id, long seq, long changedAt, Role role, Json content, Instant at) {
        return new MessageRow(id, seq, changedAt, role, at, content, null);
    }

    static MessageRow part(String id, long seq, long changedAt, Role role, String text, Instant at) {
        return new MessageRow(id, seq, changedAt, role, at, null, new Part(null, text, 1));
    }

    MessageRow lengthened(String text, long version) {
        return new MessageRow(id, seq, version, role, at, null, new Part(parts, text, partCount() + 1));
    }

    String id() {
        return id;
    }

    long seq() {
        return seq;
    }

    long changedAt() {
        return changedAt;
    }

    Role role() {
        return role;
    }

    Instant at() {
        return at;
    }

    boolean partial() {
        return parts != null;
    }

    long partCount() {
        return parts == null ? 0 : parts.count();
    }

    Message message(String sessionId) {
        Message known = row;
        if (known == null) {
            Json whole = content == null ? joined() : content;
            known = new Message(id, sessionId, seq, role, whole, at, partial());
            row = known;
        }
        // A fork shares the rows of its parent, under its own id.
        return known.sessionId().equals(sessionId)
                ? known
                : new Message(id, sessionId, seq, role, known.content(), at, partial());
    }

    private Json joined() {
        Deque<String> texts = new ArrayDeque<>();
        for (Part part = parts; part != null; part = part.before()) {
            texts.push(part.text());
        }
        return Json.object("role", role.text(), "content", String.join("", texts));
    }
}
