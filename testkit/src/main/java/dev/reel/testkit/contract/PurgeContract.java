package dev.reel.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.Anchor;
import dev.reel.CheckpointRequest;
import dev.reel.Commit;
import dev.reel.FeedFilter;
import dev.reel.FeedPlace;
import dev.reel.ForkRequest;
import dev.reel.From;
import dev.reel.Json;
import dev.reel.LogChangedException;
import dev.reel.LogPlace;
import dev.reel.Range;
import dev.reel.ResumeRequest;
import dev.reel.SessionEvent;
import dev.reel.SessionPurgedException;
import dev.reel.SessionQuery;
import dev.reel.SessionStore;
import dev.reel.SnapshotDraft;
import dev.reel.StoreOptions;
import dev.reel.WriteOptions;
import dev.reel.spi.DerivedIds;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.test.StepVerifier;

/** Purge: what is erased, what remains, and which readers are notified. */
@DisplayName("Purge")
class PurgeContract extends ContractGroup {

    PurgeContract(Function<StoreOptions, SessionStore> opener) {
        super(opener);
    }

    private void history(String session) {
        user(session, session + "-m1", "one");
        assistant(session, session + "-m2", "two");
        get(store().putSnapshot(session, SnapshotDraft.of(Json.NULL).withId(session + "-c")));
    }

    private void purge(String session) {
        maybe(store().purge(session));
    }

    @Test
    @DisplayName("R25: nothing of a purged session can be read")
    void nothingIsReadable() {
        history("s");
        history("t");
        assertEquals(3, log("s").size());
        purge("s");
        assertEquals(List.of(), log("s"));
        assertNull(maybe(store().state("s")));
        assertNull(maybe(store().asOf("s", 1)));
        assertNull(maybe(store().resume("s", ResumeRequest.whole())));
        assertNull(maybe(store().getSession("s")));
        assertNull(maybe(store().getMessage("s", "s-m1")));
        assertNull(maybe(store().getSnapshot("s-c")));
        assertEquals(List.of(), messageIds("s"));
        assertEquals(List.of(), all(store().listSnapshots("s")));
        assertEquals(List.of("t"), all(store().sessionIds()));
        assertEquals(1, all(store().listSessions(SessionQuery.all())).size());
        assertEquals(3, log("t").size());
        assertEquals("t", get(store().getSnapshot("t-c")).sessionId());
    }

    @Test
    @DisplayName("R1: only session_purged remains, in the feed and in no session's log")
    void whatRemains() {
        history("s");
        history("t");
        long before = get(store().position()).position();
        purge("s");
        List<SessionEvent> feed = feed();
        assertEquals(4, feed.size());
        SessionEvent purged = feed.get(3);
        assertEquals("session_purged", purged.type());
        assertEquals("s", purged.sessionId());
        assertEquals(0, purged.version());
        assertEquals(Json.EMPTY_OBJECT, purged.data());
        assertTrue(purged.position() > before);
        assertEquals(purged.position(), get(store().position()).position());
        assertTrue(feed.stream().limit(3).allMatch(event -> event.sessionId().equals("t")));
        assertEquals(List.of(), log("s"));
    }

    @Test
    @DisplayName("R16: a waiting tail of the feed receives the purge, regardless of its types filter")
    void feedHearsOfIt() {
        history("s");
        long mark = get(store().position()).position();
        StepVerifier.create(store().tailAll(FeedPlace.of(mark), FeedFilter.all().withTypes("note"))
                        .take(2))
                .then(() -> {
                    purge("s");
                    append("s", custom("note", 1));
                })
                .assertNext(event -> assertEquals("session_purged", event.type()))
                .assertNext(event -> assertEquals(1, event.version()))
                .expectComplete()
                .verify(patience());
    }

    @Test
    @DisplayName("R2: the id is free again: a new log starts at version 1, and no position is reused")
    void idIsFreeAgain() {
        history("s");
        long last = log("s").get(2).position();
        purge("s");
        long purged = get(store().position()).position();
        Commit first = append("s", custom("note", 1));
        assertEquals(1, first.firstVersion());
        assertTrue(purged > last && first.position() > purged);
        assertEquals(List.of("note"), types("s"));
        user("s", "s-m1", "an old message id");
        get(store().putSnapshot("s", SnapshotDraft.of(Json.NULL).withId("s-c")));
        assertEquals(List.of(1L, 2L, 3L), versions("s"));
        assertEquals(2, get(store().getMessage("s", "s-m1")).seq());
    }

    @Test
    @DisplayName("R25: old event ids and idempotency keys are unknown in the new log")
    void oldIdsAreForgotten() {
        WriteOptions write = WriteOptions.none().withIdempotencyKey("w");
        append("s", custom("note", 1).withId("e"));
        get(store().append("s", List.of(custom("note", 2)), write));
        purge("s");
        Commit again = append("s", custom("other", 9).withId("e"));
        assertEquals(1, again.version());
        assertEquals(false, again.repeated());
        assertEquals(
                false,
                get(store().append("s", List.of(custom("other", 8)), write)).repeated());
        assertEquals(List.of("other", "other"), types("s"));
    }

    @Test
    @DisplayName("R25: a purge of a session without events completes, and leaves nothing in the feed")
    void purgeOfNothing() {
        history("t");
        var feed = feed();
        assertEquals(3, feed.size());
        purge("never");
        assertEquals(feed, feed());
        history("s");
        purge("s");
        feed = feed();
        purge("s");
        assertEquals(feed, feed());
    }

    @Test
    @DisplayName("R8: a closed session and a deleted one can be purged")
    void closedAndDeleted() {
        history("closed");
        get(store().closeSession("closed", Json.NULL));
        history("deleted");
        get(store().deleteSession("deleted"));
        append("custom", custom("note", 1));
        assertEquals(3, all(store().sessionIds()).size());
        for (String session : List.of("closed", "deleted", "custom")) {
            purge(session);
            assertEquals(List.of(), log(session));
            user(session, "m", "a new beginning");
            assertEquals(List.of(1L), versions(session));
        }
    }

    @Test
    @DisplayName("R25: forks keep what they inherited")
    void forksLiveOn() {
        history("s");
        get(store().fork("s", ForkRequest.whole().withId("f")));
        get(store().checkpoint("f", CheckpointRequest.atLastMessage().withId("f-c")));
        purge("s");
        assertEquals(List.of(1L, 2L, 3L, 4L, 5L), versions("f"));
        assertEquals(List.of("s-m1", "s-m2"), messageIds("f"));
        assertEquals("s", get(store().getSession("f")).parentId());
        assertEquals(1, get(store().rewind("f", Anchor.version(1))).cut());
        assertEquals("f", get(store().getSnapshot("f-c")).sessionId());
    }

    @Test
    @DisplayName("R16: a reader that receives session_fork after the parent's purge reads the prefix from the fork")
    void feedAfterPurgeOfParent() {
        history("s");
        get(store().fork("s", ForkRequest.at(Anchor.version(2)).withId("f")));
        purge("s");
        List<SessionEvent> feed = feed();
        assertEquals(List.of("session_fork", "session_purged"), typesOf(feed));
        assertEquals("f", feed.get(0).sessionId());
        assertEquals(3, feed.get(0).version());
        assertEquals(2, all(store().replay("f", Range.between(0, 2))).size());
    }

    @Test
    @DisplayName("R13: a tail that had emitted everything completes at the purge")
    void caughtUpTailCompletes() {
        history("s");
        StepVerifier.create(store().tail("s", From.start()).map(SessionEvent::version))
                .expectNext(1L, 2L, 3L)
                .then(() -> purge("s"))
                .expectComplete()
                .verify(patience());
    }

    @Test
    @DisplayName("R13: tails and replays that had not emitted everything fail with SessionPurgedException")
    void othersFail() {
        history("s");
        StepVerifier.create(store().tail("s", From.start()).map(SessionEvent::version), 1)
                .expectNext(1L)
                .then(() -> purge("s"))
                .thenRequest(10)
                .expectErrorSatisfies(failure -> assertPurged(failure, "s"))
                .verify(patience());
        history("t");
        StepVerifier.create(store().replay("t", Range.all()).map(SessionEvent::version), 2)
                .expectNext(1L, 2L)
                .then(() -> purge("t"))
                .thenRequest(10)
                .expectErrorSatisfies(failure -> assertPurged(failure, "t"))
                .verify(patience());
    }

    private static void assertPurged(Throwable failure, String session) {
        assertEquals(SessionPurgedException.class, failure.getClass());
        assertEquals(session, ((SessionPurgedException) failure).sessionId());
    }

    @Test
    @DisplayName("R13: states ends at the purge as tails do")
    void statesEnd() {
        history("s");
        StepVerifier.create(store().states("s").map(state -> state.version()))
                .expectNext(3L)
                .then(() -> purge("s"))
                .expectComplete()
                .verify(patience());
    }

    @Test
    @DisplayName("R14: a place from before the purge is rejected in the new log")
    void oldPlaces() {
        history("s");
        LogPlace old = log("s").get(1).place();
        purge("s");
        history("s");
        assertEquals(3, log("s").size());
        assertEquals(
                "s",
                error(LogChangedException.class, store().tail("s", From.after(old)))
                        .sessionId());
        error(LogChangedException.class, store().replay("s", Range.after(old)));
    }

    @Test
    @DisplayName("R6: a repeated purge with an idempotency key does nothing, even if the session was created again")
    void purgeIsIdempotent() {
        history("s");
        WriteOptions write = WriteOptions.none().withIdempotencyKey("erase");
        maybe(store().purge("s", write));
        assertEquals(DerivedIds.ofEvent("s", "erase", 0), feed().get(0).id());
        history("s");
        maybe(store().purge("s", write));
        assertEquals(3, log("s").size());
        assertEquals(4, feed().size());
        maybe(store().purge("s", WriteOptions.none().withIdempotencyKey("erase again")));
        assertEquals(List.of(), log("s"));
        assertEquals(List.of("session_purged", "session_purged"), typesOf(feed()));
    }

    @Test
    @DisplayName("R25: with concurrent purges and writes, a log is read completely, old or new, and never half")
    void purgeAtOnceWithWrites() {
        for (int round = 0; round < 50; round++) {
            history("s");
            atOnce(List.of(
                    store().purge("s").thenReturn("purged"),
                    store().append("s", List.of(custom("note", 1), custom("note", 2)))
                            .thenReturn("written")));
            List<Long> versions = versions("s");
            assertTrue(versions.isEmpty() || versions.equals(List.of(1L, 2L)), versions::toString);
            assertEquals(versions.isEmpty() ? List.of() : List.of("note", "note"), types("s"));
            purge("s");
        }
    }
}
