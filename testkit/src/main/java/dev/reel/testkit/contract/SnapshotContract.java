package dev.reel.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.Anchor;
import dev.reel.Change;
import dev.reel.CheckpointRequest;
import dev.reel.EventDraft;
import dev.reel.ExpectedVersion;
import dev.reel.ForkRequest;
import dev.reel.Json;
import dev.reel.SessionStore;
import dev.reel.Snapshot;
import dev.reel.SnapshotDraft;
import dev.reel.SnapshotIdTakenException;
import dev.reel.StoreOptions;
import dev.reel.WriteOptions;
import dev.reel.spi.DerivedIds;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** Snapshot rows, and which session holds an id. */
@DisplayName("Snapshots")
class SnapshotContract extends ContractGroup {

    private static final Json STATE = Json.object("step", 1);

    SnapshotContract(Function<StoreOptions, SessionStore> opener) {
        super(opener);
    }

    private static SnapshotDraft draft(String id) {
        return SnapshotDraft.of(STATE).withId(id);
    }

    private static EventDraft event(String id) {
        return EventDraft.of(new Change.PutSnapshot(id, null, STATE));
    }

    private Snapshot put(String session, String id) {
        return get(store().putSnapshot(session, draft(id)));
    }

    private List<String> list(String session) {
        return all(store().listSnapshots(session)).stream().map(Snapshot::id).toList();
    }

    private String holder(String id) {
        return get(store().getSnapshot(id)).sessionId();
    }

    private void assertTaken(Mono<?> write, String session, String holder) {
        SnapshotIdTakenException taken = error(SnapshotIdTakenException.class, write);
        assertEquals("c", taken.snapshotId());
        assertEquals(holder, taken.holder());
        assertEquals(session, taken.sessionId());
    }

    @Test
    @DisplayName("R17: a snapshot that is put can be read by id and in the list, and is one event")
    void put() {
        Snapshot answer = get(store().putSnapshot("s", draft("c").withMessage("nowhere")));
        assertEquals(new Snapshot("c", "s", "nowhere", STATE, START), answer);
        assertEquals(answer, get(store().getSnapshot("c")));
        assertEquals(List.of(answer), all(store().listSnapshots("s")));
        assertEquals(List.of("checkpoint"), types("s"));
        assertNull(maybe(store().getSnapshot("s")));
    }

    @Test
    @DisplayName(
            "R17: a snapshot put without an id gets a generated one; a message can have several, in the order of their first puts")
    void several() {
        user("s", "m", "text");
        Snapshot first = get(store().putSnapshot("s", SnapshotDraft.of(STATE).withMessage("m")));
        assertEquals("c1", first.id());
        get(store().putSnapshot("s", SnapshotDraft.of(STATE).withMessage("m")));
        put("s", "a");
        assertEquals(List.of("c1", "c2", "a"), list("s"));
        assertNull(get(store().getSnapshot("a")).messageId());
    }

    @Test
    @DisplayName(
            "R20: a snapshot of the same session with the same id is replaced, and keeps its place and creation time")
    void ownIdIsReplaced() {
        user("s", "m", "text");
        put("s", "c");
        put("s", "d");
        clock.advance(Duration.ofSeconds(1));
        Json other = Json.of("other");
        Snapshot again =
                get(store().putSnapshot("s", SnapshotDraft.of(other).withId("c").withMessage("m")));
        assertEquals(new Snapshot("c", "s", "m", other, START), again);
        assertEquals(again, get(store().getSnapshot("c")));
        assertEquals(List.of("c", "d"), list("s"));
    }

    @Test
    @DisplayName("R20: every call that puts a snapshot id held by another session fails with SnapshotIdTakenException")
    void taken() {
        put("s", "c");
        user("t", "m", "text");
        var feed = feed();
        assertTaken(store().putSnapshot("t", draft("c")), "t", "s");
        assertTaken(store().checkpoint("t", CheckpointRequest.atLastMessage().withId("c")), "t", "s");
        assertTaken(store().append("t", List.of(custom("note", 1), event("d"), event("c"))), "t", "s");
        assertEquals(feed, feed());
        assertEquals("s", holder("c"));
        assertEquals(List.of(), list("t"));
        put("t", "d");
        assertEquals("t", holder("d"));
    }

    @Test
    @DisplayName("R20: getSnapshot reads current rows: a removed snapshot is not found")
    void removed() {
        put("s", "c");
        put("s", "d");
        put("t", "e");
        assertEquals("s", holder("c"));
        assertEquals(3, get(store().deleteSnapshots("s")).version());
        assertNull(maybe(store().getSnapshot("c")));
        assertNull(maybe(store().getSnapshot("d")));
        assertEquals(List.of(), list("s"));
        assertEquals(List.of("e"), list("t"));
        assertEquals("t", holder("e"));
        assertEquals("snapshots_clear", log("s").get(2).type());
    }

    @Test
    @DisplayName("R20: an id is free again after snapshots_clear, session_delete and purge")
    void freed() {
        put("a", "c");
        assertTaken(store().putSnapshot("b", draft("c")), "b", "a");
        get(store().deleteSnapshots("a"));
        put("b", "c");
        assertEquals("b", holder("c"));
        assertTaken(store().putSnapshot("a", draft("c")), "a", "b");
        get(store().deleteSession("b"));
        put("d", "c");
        assertEquals("d", holder("c"));
        maybe(store().purge("d"));
        assertNull(maybe(store().getSnapshot("c")));
        put("a", "c");
        assertEquals("a", holder("c"));
    }

    @Test
    @DisplayName("R20: an id that is removed and put again in one batch stays the session's")
    void removedAndPutInOneBatch() {
        put("s", "c");
        put("s", "d");
        append("s", EventDraft.of(new Change.ClearSnapshots()), event("c"));
        assertEquals(List.of("c"), list("s"));
        assertTaken(store().putSnapshot("t", draft("c")), "t", "s");
        put("t", "d");
        assertEquals("t", holder("d"));
    }

    @Test
    @DisplayName("R20: an id that is put and removed in one batch is free")
    void putAndRemovedInOneBatch() {
        append("s", event("c"), EventDraft.of(new Change.ClearSnapshots()));
        append("s", event("d"), EventDraft.of(new Change.SessionDelete()), custom("note", 1));
        assertEquals(5, log("s").size());
        put("t", "c");
        put("t", "d");
        assertEquals("t", holder("c"));
        assertEquals(List.of("c", "d"), list("t"));
    }

    @Test
    @DisplayName("R20: neither truncating nor clearing messages removes a snapshot")
    void messagesComeAndGo() {
        user("s", "m1", "one");
        user("s", "m2", "two");
        get(store().putSnapshot("s", draft("c").withMessage("m2")));
        get(store().rewind("s", Anchor.message("m1")));
        assertEquals("m2", get(store().getSnapshot("c")).messageId());
        get(store().deleteMessages("s"));
        assertEquals(List.of("c"), list("s"));
    }

    @Test
    @DisplayName("R20: of two sessions that put one id concurrently, one holds it and the other is rejected")
    void racing() {
        for (int round = 0; round < 100; round++) {
            String id = "c" + round;
            List<Mono<String>> puts = IntStream.range(0, 4)
                    .mapToObj(session -> store().putSnapshot("session " + session, draft(id))
                            .map(Snapshot::sessionId)
                            .onErrorReturn(SnapshotIdTakenException.class, "refused"))
                    .toList();
            List<String> answers = atOnce(puts);
            String holder = holder(id);
            assertEquals(
                    List.of(holder),
                    answers.stream().filter(answer -> !answer.equals("refused")).toList());
        }
        long held = IntStream.range(0, 4)
                .mapToLong(session -> list("session " + session).size())
                .sum();
        assertEquals(100, held);
    }

    @Test
    @DisplayName("R20: a fork has no snapshots unless requested, and never removes its parent's")
    void forkWithout() {
        user("s", "m", "text");
        get(store().putSnapshot("s", draft("c").withMessage("m")));
        get(store().fork("s", ForkRequest.whole().withId("f")));
        assertEquals(List.of(), list("f"));
        assertEquals("s", holder("c"));
        assertTaken(store().putSnapshot("f", draft("c")), "f", "s");
        assertEquals(List.of("user_message", "checkpoint", "session_fork"), types("f"));
        get(store().fork("f", ForkRequest.whole().withId("ff").withSnapshots()));
        assertEquals(List.of(), list("ff"));
    }

    @Test
    @DisplayName("R20: carried snapshots have their own ids, derived from fork and old id")
    void forkWith() {
        user("s", "m", "text");
        get(store().putSnapshot("s", draft("c").withMessage("m")));
        clock.advance(Duration.ofSeconds(1));
        get(store().fork("s", ForkRequest.whole().withId("f").withSnapshots()));
        String carried = DerivedIds.ofCarriedSnapshot("f", "c");
        assertEquals(new Snapshot(carried, "f", "m", STATE, clock.instant()), get(store().getSnapshot(carried)));
        assertEquals(List.of(carried), list("f"));
        assertEquals("s", holder("c"));
        assertEquals(List.of("c"), list("s"));
        maybe(store().purge("s"));
        assertNull(maybe(store().getSnapshot("c")));
        assertEquals("f", holder(carried));
    }

    @Test
    @DisplayName("R20: clearing, deleting or purging a fork removes nothing of its parent's")
    void forkRemovesNothing() {
        user("s", "m", "text");
        get(store().putSnapshot("s", draft("c").withMessage("m")));
        for (String fork : List.of("cleared", "deleted", "purged")) {
            get(store().fork("s", ForkRequest.whole().withId(fork).withSnapshots()));
            assertEquals(1, list(fork).size());
        }
        get(store().deleteSnapshots("cleared"));
        get(store().deleteSession("deleted"));
        maybe(store().purge("purged"));
        for (String fork : List.of("cleared", "deleted", "purged")) {
            assertNull(maybe(store().getSnapshot(DerivedIds.ofCarriedSnapshot(fork, "c"))));
        }
        assertEquals("s", holder("c"));
        assertTaken(store().putSnapshot("t", draft("c")), "t", "s");
    }

    @Test
    @DisplayName(
            "R20: if several sessions claim an id, the lower position holds it, and the next one after its removal")
    void recordedDisagreement() {
        put("a", "c");
        WriteOptions recorded = WriteOptions.recorded().withExpected(ExpectedVersion.emptyLog());
        get(store().append("b", List.of(event("c")), recorded));
        get(store().append("d", List.of(event("c")), recorded));
        assertEquals(List.of("c"), list("b"));
        assertEquals(List.of("c"), list("d"));
        assertEquals("a", holder("c"));
        assertTaken(store().putSnapshot("t", draft("c")), "t", "a");
        get(store().deleteSnapshots("d"));
        assertEquals("a", holder("c"));
        get(store().append("d", List.of(event("other")), WriteOptions.none()));
        get(store().deleteSnapshots("a"));
        assertEquals("b", holder("c"));
        assertTrue(list("b").contains("c"));
        maybe(store().purge("b"));
        assertNull(maybe(store().getSnapshot("c")));
        put("t", "c");
        assertEquals("t", holder("c"));
    }
}
