package dev.reel;

import java.util.Deque;
import java.util.Objects;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * A message row without its content. The content is read from the events that have it: the event at {@link #changedAt},
 * or the events of the parts. The row's instant is that of the event at {@link #seq}, which created the row.
 */
final class LeanRow extends MessageRow {

    private final @Nullable Part parts;

    /** A part's version, linked to the parts before it. */
    private record Part(@Nullable Part before, int version, int count) {}

    private LeanRow(String id, long seq, SessionEvent event, Role role, @Nullable Part parts) {
        super(id, seq, event.version(), role);
        this.parts = parts;
    }

    static LeanRow whole(String id, SessionEvent event, Role role) {
        return new LeanRow(id, event.version(), event, role, null);
    }

    static LeanRow part(String id, SessionEvent event, Role role) {
        return new LeanRow(id, event.version(), event, role, first(event));
    }

    private static Part first(SessionEvent event) {
        return new Part(null, (int) event.version(), 1);
    }

    @Override
    LeanRow whole(SessionEvent event, Role newRole, Json content) {
        return new LeanRow(id(), seq(), event, newRole, null);
    }

    @Override
    LeanRow begun(SessionEvent event, Role newRole, String text) {
        return new LeanRow(id(), seq(), event, newRole, first(event));
    }

    @Override
    LeanRow lengthened(SessionEvent event, String text) {
        return new LeanRow(id(), seq(), event, role(), new Part(parts, (int) event.version(), (int) partCount() + 1));
    }

    @Override
    long partCount() {
        return parts == null ? 0 : parts.count();
    }

    @Override
    Message message(String sessionId, @Nullable LongFunction<SessionEvent> events) {
        LongFunction<SessionEvent> log =
                Objects.requireNonNull(events, "the message rows of a lean state require the events of its log");
        Json content;
        if (parts == null) {
            content = ((Change.PutMessage) log.apply(changedAt()).change()).message();
        } else {
            Deque<String> texts = texts();
            for (Part part = parts; part != null; part = part.before()) {
                Change.DeltaMessage delta =
                        (Change.DeltaMessage) log.apply(part.version()).change();
                texts.push(Objects.requireNonNull(delta.text()));
            }
            content = joined(role(), texts);
        }
        return new Message(
                id(), sessionId, seq(), role(), content, log.apply(seq()).at(), partial());
    }
}
