package dev.reel.internal.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.EventDraft;
import dev.reel.FeedFilter;
import dev.reel.FeedPlace;
import dev.reel.Json;
import dev.reel.MessageDraft;
import dev.reel.SessionDraft;
import dev.reel.SessionEvent;
import dev.reel.SessionQuery;
import dev.reel.SnapshotDraft;
import dev.reel.StoreOptions;
import dev.reel.WriteOptions;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@DisplayName("R25: the memory that a purge leaves")
@Timeout(120)
class PurgeCostsTest {

    private static final int SESSIONS = 20_000;

    private final Engine engine = Engine.inMemory(StoreOptions.standard());

    @AfterEach
    void close() {
        engine.close();
    }

    private static WriteOptions id(int i) {
        return WriteOptions.none().withIdempotencyKey("purge " + i);
    }

    @Test
    @DisplayName("besides its entry in the feed, a purged session leaves at most 32 bytes")
    void nothingElse() {
        for (int i = 0; i < SESSIONS; i++) {
            String id = "s" + i;
            engine.append(id, List.of(EventDraft.of("n", Json.object("n", i)).withId("e" + i)))
                    .block();
            if (i % 10 == 0) {
                engine.putSession("row" + i, SessionDraft.empty()).block();
                engine.purge("row" + i, id(i)).block();
            }
            engine.purge(id, id(i)).block();
        }
        int purges = SESSIONS + SESSIONS / 10;
        FeedLog.View view = engine.core().feed().view();
        int blank = engine.core().feed().removed();
        assertEquals(purges + blank, view.entries().size());
        assertTrue(blank <= view.entries().size() / 8, blank + " positions of purged events");
        // A Long, and its entry in the list.
        long left = engine.core().purgeBytes() + blank * 21L;
        assertTrue(left <= 8192 + 32L * purges, left + " bytes for " + purges + " purges");
        assertEquals(0, engine.sessions().size());
        assertEquals(0, engine.core().snapshots().size());
        assertEquals(List.of(), engine.sessionIds().collectList().block());
    }

    @Test
    @DisplayName("the positions of a large purged session do not remain in the feed of a small store")
    void largeSession() {
        for (int i = 0; i < 2_000; i++) {
            engine.append("kept", List.of(EventDraft.of("n", Json.object("n", i))))
                    .block();
        }
        for (int i = 0; i < 1_000; i++) {
            engine.append("large", List.of(EventDraft.of("n", Json.object("n", i))))
                    .block();
        }
        engine.purge("large").block();
        assertTrue(engine.core().feed().view().entries().size() <= 2_001 * 8 / 7 + 1);
        assertEquals(
                2_001,
                engine.replayAll(FeedPlace.start(), FeedFilter.all()).count().block());
    }

    @Test
    @DisplayName(
            "a purge is recognized by its idempotency key among many others, even if the session was created again")
    void repeated() {
        for (int i = 0; i < 2_000; i++) {
            engine.append("s" + i, List.of(EventDraft.of("n", Json.object("n", i))))
                    .block();
            engine.purge("s" + i, id(i)).block();
        }
        for (int i = 0; i < 2_000; i += 3) {
            engine.append("s" + i, List.of(EventDraft.of("n", Json.object("n", -i))))
                    .block();
        }
        long before = Objects.requireNonNull(engine.position().block()).position();
        for (int i = 0; i < 2_000; i++) {
            engine.purge("s" + i, id(i)).block();
        }
        assertEquals(FeedPlace.of(before), engine.position().block(), "nothing was purged again");
        engine.purge("s0", id(1)).block();
        List<SessionEvent> last = engine.replayAll(FeedPlace.of(before), FeedFilter.all())
                .collectList()
                .block();
        assertEquals(
                List.of("s0"), last.stream().map(SessionEvent::sessionId).toList(), "the idempotency key of another");
    }

    @Test
    @DisplayName("the snapshot ids are free, and the index has no row")
    void snapshots() {
        engine.putSession("s", SessionDraft.empty()).block();
        engine.putMessage("s", MessageDraft.user("hello").withId("m")).block();
        engine.putSnapshot("s", SnapshotDraft.of(Json.EMPTY_OBJECT).withId("snapshot"))
                .block();
        assertEquals(1, engine.core().snapshots().size());
        engine.purge("s").block();
        assertEquals(0, engine.core().snapshots().size());
        assertEquals(0, engine.sessions().size());
        assertEquals(
                List.of(), engine.listSessions(SessionQuery.all()).collectList().block());
    }
}
