package dev.reel.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.reel.FeedPlace;
import dev.reel.Json;
import dev.reel.ListCursor;
import dev.reel.LogChangedException;
import dev.reel.LogPlace;
import dev.reel.Message;
import dev.reel.MessageQuery;
import dev.reel.Range;
import dev.reel.ResumeRequest;
import dev.reel.ResumedSession;
import dev.reel.Role;
import dev.reel.Session;
import dev.reel.SessionEvent;
import dev.reel.SessionQuery;
import dev.reel.SessionState;
import dev.reel.SessionStore;
import dev.reel.VersionAheadException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** The reads of a random walk that are not compared after every step: one or two of them run per step. */
final class RandomReads {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final Random random;
    private final PlainStore model;

    RandomReads(Random random, PlainStore model) {
        this.random = random;
        this.model = model;
    }

    static void assertSame(PlainRows expected, SessionState state) {
        String where = state.sessionId() + "@" + state.version();
        assertEquals(expected.version, state.version(), where);
        assertEquals(expected.session, state.session(), where);
        assertEquals(expected.messageRows(), state.messages(), where);
        assertEquals(expected.snapshotRows(), state.snapshots(), where);
        assertEquals(expected.cuts.size(), state.redoable(), () -> "what can be redone in " + where);
        assertEquals(expected.turn, state.turn(), where);
        assertEquals(expected.epoch, state.epoch(), where);
        assertEquals(expected.closed(), state.closed(), where);
    }

    void look(SessionStore store) {
        String session = RandomWords.SESSIONS.get(random.nextInt(RandomWords.SESSIONS.size()));
        switch (random.nextInt(6)) {
            case 0 -> resume(store, session);
            case 1 -> asOf(store, session);
            case 2 -> messages(store, session);
            case 3 -> sessions(store);
            case 4 -> replay(store, session);
            default -> places(store, session);
        }
    }

    private void resume(SessionStore store, String session) {
        PlainRows rows = model.rows(session);
        boolean upToUser = random.nextBoolean();
        ResumedSession resumed = store.resume(
                        session, upToUser ? ResumeRequest.upToLastUserMessage() : ResumeRequest.whole())
                .block(PATIENCE);
        if (rows.version == 0) {
            assertEquals(null, resumed);
            return;
        }
        List<Message> messages = rows.messageRows();
        int user = rows.lastOf(Role.USER);
        List<Message> given = upToUser && user >= 0 ? messages.subList(0, user + 1) : messages;
        ResumedSession expected = new ResumedSession(
                rows.session,
                given,
                last(given, Role.USER),
                last(given, Role.ASSISTANT),
                rows.version,
                model.log(session).get(Math.toIntExact(rows.version) - 1).place());
        assertEquals(expected, resumed, () -> "resume " + session);
    }

    private static @Nullable Message last(List<Message> messages, Role role) {
        return messages.stream()
                .filter(row -> row.role() == role)
                .reduce((a, b) -> b)
                .orElse(null);
    }

    private void asOf(SessionStore store, String session) {
        long version = random.nextInt(Math.toIntExact(model.version(session)) + 2);
        if (model.version(session) == 0 && version > 0) {
            assertEquals(null, store.asOf(session, version).block(PATIENCE));
        } else if (version > model.version(session)) {
            assertThrows(
                    VersionAheadException.class,
                    () -> store.asOf(session, version).block(PATIENCE));
        } else {
            assertSame(
                    model.rows(session, version),
                    Objects.requireNonNull(store.asOf(session, version).block(PATIENCE)));
        }
    }

    private void messages(SessionStore store, String session) {
        List<Message> rows = model.rows(session).messageRows();
        long after = random.nextInt(Math.toIntExact(model.version(session)) + 2);
        int last = 1 + random.nextInt(4);
        List<Message> behind = rows.stream().filter(row -> row.seq() > after).toList();
        assertEquals(
                behind.subList(Math.max(0, behind.size() - last), behind.size()),
                store.listMessages(session, MessageQuery.after(after).withLast(last))
                        .collectList()
                        .block(PATIENCE));
        long before = random.nextInt(Math.toIntExact(model.version(session)) + 2);
        List<Message> between =
                behind.stream().filter(row -> row.seq() < before).toList();
        assertEquals(
                between.subList(Math.max(0, between.size() - last), between.size()),
                store.listMessages(
                                session,
                                MessageQuery.before(before).withAfter(after).withLast(last))
                        .collectList()
                        .block(PATIENCE));
        for (Message row : rows) {
            assertEquals(row, store.getMessage(session, row.id()).block(PATIENCE));
        }
        assertEquals(null, store.getMessage(session, "unknown").block(PATIENCE));
    }

    private void sessions(SessionStore store) {
        SessionQuery query = SessionQuery.all();
        query = random.nextInt(3) == 0 ? query.withTitleContaining("text " + random.nextInt(6)) : query;
        query = random.nextInt(3) == 0 ? query.withMetadata("k", Json.of(random.nextInt(3))) : query;
        query = random.nextInt(4) == 0 ? query.withParent("a") : query;
        query = random.nextInt(3) == 0 && model.position() > 0
                ? query.withChangedAfter(FeedPlace.of((long) (random.nextDouble() * model.position())))
                : query;
        List<Session> met = new ArrayList<>();
        SessionQuery page = query.withLimit(1 + random.nextInt(3));
        List<Session> rows = list(store, page);
        while (!rows.isEmpty()) {
            met.addAll(rows);
            page = page.withCursor(ListCursor.after(rows.get(rows.size() - 1)));
            rows = list(store, page);
        }
        assertEquals(model.list(query), met, "pages of sessions");
    }

    private List<Session> list(SessionStore store, SessionQuery query) {
        List<Session> rows =
                Objects.requireNonNull(store.listSessions(query).collectList().block(PATIENCE));
        assertEquals(model.list(query), rows, "a page of sessions");
        return rows;
    }

    private void replay(SessionStore store, String session) {
        List<SessionEvent> log = model.log(session);
        String type = random.nextBoolean() ? "note" : "user_message";
        List<SessionEvent> ofType =
                log.stream().filter(event -> event.type().equals(type)).toList();
        int last = 1 + random.nextInt(3);
        assertEquals(
                ofType.subList(Math.max(0, ofType.size() - last), ofType.size()),
                store.replay(session, Range.last(last).withTypes(type))
                        .collectList()
                        .block(PATIENCE));
    }

    private void places(SessionStore store, String session) {
        List<SessionEvent> log = model.log(session);
        int from = random.nextInt(log.size() + 1);
        if (from > 0) {
            SessionEvent event = log.get(from - 1);
            assertEquals(
                    log.subList(from, log.size()),
                    store.replay(session, Range.after(event.place()))
                            .collectList()
                            .block(PATIENCE));
            assertThrows(
                    LogChangedException.class,
                    () -> store.replay(session, Range.after(LogPlace.of(event.version(), "other", event.position())))
                            .blockLast(PATIENCE));
            assertThrows(
                    LogChangedException.class,
                    () -> store.replay(
                                    session,
                                    Range.after(LogPlace.of(event.version(), event.id(), event.position() + 1)))
                            .blockLast(PATIENCE));
        }
        assertThrows(
                LogChangedException.class,
                () -> store.replay(session, Range.after(LogPlace.of(log.size() + 1L, "beyond", 1)))
                        .blockLast(PATIENCE));
    }
}
