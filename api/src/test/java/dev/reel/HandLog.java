package dev.reel;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A log that a test writes by hand, with its state after each event. The event at version n has the id {@code en}, the
 * position 10 n, and an instant n seconds after {@link #START}.
 */
final class HandLog {

    static final Instant START = Instant.parse("2026-04-26T12:34:56Z");
    static final String SESSION = "s";

    private final List<SessionEvent> events = new ArrayList<>();
    private final List<SessionState> states = new ArrayList<>(List.of(SessionState.empty(SESSION)));

    static Instant instant(long version) {
        return START.plusSeconds(version);
    }

    HandLog add(String type, @Nullable Object... namesAndValues) {
        return add(EventDraft.of(type, Json.object(namesAndValues)));
    }

    HandLog add(Change change) {
        return add(EventDraft.of(change));
    }

    HandLog add(EventDraft draft) {
        long version = events.size() + 1;
        SessionEvent event = SessionEvent.of(
                SESSION, version, 10 * version, "e" + version, instant(version), 1, draft, Upcasters.none());
        events.add(event);
        states.add(state().apply(event));
        return this;
    }

    HandLog user(String id) {
        return message("user_message", id, "this is " + id);
    }

    HandLog assistant(String id) {
        return message("assistant_message", id, "this is " + id);
    }

    HandLog message(String type, String id, Object content) {
        return add(type, "id", id, "message", content);
    }

    HandLog delta(String id, long n, String text) {
        return add("message_delta", "id", id, "n", n, "text", text);
    }

    HandLog truncate(String after) {
        return add(Change.truncateMessages(after));
    }

    HandLog truncateAll() {
        return add(Change.truncateMessages(null));
    }

    /** The current state. */
    SessionState state() {
        return states.get(states.size() - 1);
    }

    /** The state at a version. */
    SessionState at(int version) {
        return states.get(version);
    }

    List<SessionEvent> events() {
        return events;
    }

    /** The session row; fails if there is none. */
    Session session() {
        return Objects.requireNonNull(state().session(), "there is no session row");
    }

    Message message(String id) {
        return Objects.requireNonNull(state().message(id), "there is no message " + id);
    }

    List<String> messages() {
        return state().messages().stream().map(Message::id).toList();
    }

    List<String> texts() {
        return state().messages().stream().map(Message::text).toList();
    }

    List<String> snapshots() {
        return state().snapshots().stream().map(Snapshot::id).toList();
    }
}
