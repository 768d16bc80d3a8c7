package dev.reel;

import java.time.Instant;
import java.util.Deque;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/** A message row with its content. */
final class HeldRow extends MessageRow {

    private final Instant at;
    private final @Nullable Json content;
    private final @Nullable Part parts;
    /**
     * Created at the first read. Racing threads create equal rows, and records can be published without
     * synchronization.
     */
    private @Nullable Message row;

    /** A part, linked to the parts before it. */
    private record Part(@Nullable Part before, String text, long count) {}

    private HeldRow(
            String id,
            long seq,
            SessionEvent event,
            Role role,
            Instant at,
            @Nullable Json content,
            @Nullable Part parts) {
        super(id, seq, event.version(), role);
        this.at = at;
        this.content = content;
        this.parts = parts;
    }

    static HeldRow whole(String id, SessionEvent event, Role role, Json content) {
        return new HeldRow(id, event.version(), event, role, event.at(), content, null);
    }

    static HeldRow part(String id, SessionEvent event, Role role, String text) {
        return new HeldRow(id, event.version(), event, role, event.at(), null, new Part(null, text, 1));
    }

    @Override
    HeldRow whole(SessionEvent event, Role newRole, Json newContent) {
        return new HeldRow(id(), seq(), event, newRole, at, newContent, null);
    }

    @Override
    HeldRow begun(SessionEvent event, Role newRole, String text) {
        return new HeldRow(id(), seq(), event, newRole, at, null, new Part(null, text, 1));
    }

    @Override
    HeldRow lengthened(SessionEvent event, String text) {
        return new HeldRow(id(), seq(), event, role(), at, null, new Part(parts, text, partCount() + 1));
    }

    @Override
    long partCount() {
        return parts == null ? 0 : parts.count();
    }

    @Override
    Message message(String sessionId, @Nullable LongFunction<SessionEvent> events) {
        Message cached = row;
        if (cached == null) {
            Json whole = content == null ? joined() : content;
            cached = new Message(id(), sessionId, seq(), role(), whole, at, partial());
            row = cached;
        }
        // A fork shares the rows of its parent, but shows them under its own id.
        return cached.sessionId().equals(sessionId)
                ? cached
                : new Message(id(), sessionId, seq(), role(), cached.content(), at, partial());
    }

    private Json joined() {
        Deque<String> texts = texts();
        for (Part part = parts; part != null; part = part.before()) {
            texts.push(part.text());
        }
        return joined(role(), texts);
    }
}
