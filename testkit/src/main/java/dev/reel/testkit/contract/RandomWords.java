package dev.reel.testkit.contract;

import dev.reel.Anchor;
import dev.reel.EventDraft;
import dev.reel.Json;
import dev.reel.Role;
import dev.reel.SessionEvent;
import dev.reel.testkit.ManualClock;
import java.time.Instant;
import java.util.List;
import java.util.Random;

/** Random arguments for the calls of a random walk: ids, texts, contents, events and anchors. */
final class RandomWords {

    /** Only a few, so that writes often have the same session. */
    static final List<String> SESSIONS = List.of("a", "b", "c", "d", "fork 1", "fork 2", "fork 3", "fork 4");

    private static final int FIRST_FORK = 4;

    static final int SNAPSHOTS = 8;
    private static final int MESSAGES = 10;
    private static final List<Role> ROLES = List.of(Role.values());

    private final Random random;
    private final PlainStore model;
    private final ManualClock clock;
    private int events;

    RandomWords(Random random, PlainStore model, ManualClock clock) {
        this.random = random;
        this.model = model;
        this.clock = clock;
    }

    /** Returns a session; a fork is returned only if it exists. */
    String session() {
        int picked = random.nextInt(SESSIONS.size());
        boolean there = picked < FIRST_FORK || model.version(SESSIONS.get(picked)) > 0;
        return SESSIONS.get(there ? picked : random.nextInt(FIRST_FORK));
    }

    /** Returns a target for a fork or a copy, usually one with an empty log. */
    String target() {
        return random.nextInt(4) == 0
                ? session()
                : SESSIONS.stream()
                        .filter(session -> model.version(session) == 0)
                        .findFirst()
                        .orElseGet(this::session);
    }

    String eventId() {
        return "given-" + ++events;
    }

    String title() {
        return "text " + random.nextInt(6);
    }

    Json metadata() {
        return Json.object("k", random.nextInt(3));
    }

    Json content() {
        return switch (random.nextInt(4)) {
            case 0 -> Json.of(title());
            case 1 -> Json.NULL;
            case 2 -> Json.parse("[1.50, {\"a\": \"\\u00e4\"}]");
            default -> Json.object("role", "user", "content", title());
        };
    }

    Role role() {
        return ROLES.get(random.nextInt(ROLES.size()));
    }

    Instant earlier() {
        return clock.instant().minusSeconds(random.nextInt(100));
    }

    /** Returns the id of a message, usually of an existing one. */
    String message(String session) {
        List<PlainRows.Row> rows = model.rows(session).messages;
        return rows.isEmpty() || random.nextInt(3) == 0
                ? "m" + random.nextInt(MESSAGES)
                : rows.get(random.nextInt(rows.size())).id();
    }

    /** Returns a snapshot id that at most one session has; only recorded events can give two sessions the same id. */
    String snapshot() {
        int start = random.nextInt(SNAPSHOTS);
        for (int i = 0; i < SNAPSHOTS; i++) {
            String id = "c" + (start + i) % SNAPSHOTS;
            if (model.holders(id).size() < 2) {
                return id;
            }
        }
        return "c-" + random.nextInt();
    }

    /** Returns the number of a part, usually the next one. */
    long nextPart(String session, String message) {
        PlainRows rows = model.rows(session);
        int index = rows.indexOf(message);
        List<String> parts = index < 0 ? null : rows.messages.get(index).parts();
        return random.nextInt(4) == 0 || parts == null ? random.nextInt(2) : parts.size();
    }

    EventDraft note() {
        return EventDraft.of("note", Json.object("n", random.nextInt(100)));
    }

    EventDraft draft(String session) {
        EventDraft draft = plainDraft(session);
        if (random.nextInt(3) == 0) {
            draft = draft.withId(eventId());
        }
        return random.nextInt(8) == 0 ? draft.withAt(earlier()) : draft;
    }

    private EventDraft plainDraft(String session) {
        return switch (random.nextInt(18)) {
            case 0 -> EventDraft.of("session_start", Json.object("title", title(), "parent_id", "z"));
            case 1 -> EventDraft.of("session_start", Json.EMPTY_OBJECT);
            case 2 -> EventDraft.of("session_update", Json.object("metadata", metadata(), "model", null));
            case 3 -> EventDraft.of("session_resume", metadata());
            case 4 -> EventDraft.of("messages_truncate", Json.object("after", message(session)));
            case 5 -> EventDraft.of("messages_truncate", Json.object("after", null));
            case 6, 7 -> EventDraft.of("messages_restore", Json.EMPTY_OBJECT);
            case 8 -> EventDraft.of(random.nextBoolean() ? "messages_clear" : "snapshots_clear", Json.EMPTY_OBJECT);
            case 9 -> random.nextInt(3) == 0 ? EventDraft.of("session_delete", Json.EMPTY_OBJECT) : note();
            case 10 -> EventDraft.of("checkpoint", Json.object("id", snapshot(), "state", metadata()));
            case 11 -> EventDraft.of("tool_result", Json.object("message", content()));
            case 12, 13 -> {
                String id = message(session);
                yield EventDraft.of(
                        "message_delta", Json.object("id", id, "n", nextPart(session, id), "text", title()));
            }
            case 14, 15, 16 ->
                EventDraft.of(role().eventType(), Json.object("id", message(session), "message", content()));
            default -> note();
        };
    }

    Anchor anchor(String session) {
        PlainRows rows = model.rows(session);
        List<SessionEvent> log = model.log(session);
        return switch (random.nextInt(6)) {
            case 0, 1 -> Anchor.message(message(session));
            case 2 ->
                Anchor.snapshot(
                        rows.snapshots.isEmpty() || random.nextInt(4) == 0
                                ? snapshot()
                                : List.copyOf(rows.snapshots.keySet()).get(random.nextInt(rows.snapshots.size())));
            case 3 -> Anchor.version(random.nextInt(log.size() + 2));
            case 4 ->
                Anchor.event(
                        log.isEmpty() || random.nextInt(6) == 0
                                ? "nowhere"
                                : log.get(random.nextInt(log.size())).id());
            default -> Anchor.lastUserMessage();
        };
    }
}
