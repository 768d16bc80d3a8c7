package dev.reel.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.Anchor;
import dev.reel.AnchorNotFoundException;
import dev.reel.CheckpointRequest;
import dev.reel.ForkRequest;
import dev.reel.Json;
import dev.reel.MessageDelta;
import dev.reel.MessageDraft;
import dev.reel.Rewind;
import dev.reel.Role;
import dev.reel.SessionDraft;
import dev.reel.SessionEvent;
import dev.reel.SessionNotFoundException;
import dev.reel.SessionStore;
import dev.reel.Snapshot;
import dev.reel.SnapshotDraft;
import dev.reel.StoreOptions;
import dev.reel.WriteOptions;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** Rewind, undo and redo. */
@DisplayName("Rewind, undo and redo")
class RewindContract extends ContractGroup {

    RewindContract(Function<StoreOptions, SessionStore> opener) {
        super(opener);
    }

    /** Writes m1 of the user, m2 of the assistant, … m6: versions 1 to 6. */
    private void conversation(String session) {
        for (int i = 1; i <= 5; i += 2) {
            user(session, "m" + i, "question");
            assistant(session, "m" + (i + 1), "answer");
        }
    }

    private Rewind rewind(Anchor to) {
        return get(store().rewind("s", to));
    }

    private void assertMessages(String... ids) {
        assertEquals(List.of(ids), messageIds("s"));
    }

    /** Returns the types of the events after a version. */
    private List<String> typesAfter(long version) {
        return log("s").stream()
                .filter(event -> event.version() > version)
                .map(SessionEvent::type)
                .toList();
    }

    @Test
    @DisplayName("R18: rewind to a message keeps it and truncates the later ones; redo restores them")
    void toMessage() {
        conversation("s");
        assertEquals(new Rewind("s", "m2", 4, 0, 2, 7), rewind(Anchor.message("m2")));
        assertMessages("m1", "m2");
        SessionEvent event = log("s").get(6);
        assertEquals("messages_truncate", event.type());
        assertEquals(Json.object("after", "m2"), event.data());
        assertEquals(new Rewind("s", "m6", 0, 4, 6, 8), get(store().redo("s")));
        assertMessages("m1", "m2", "m3", "m4", "m5", "m6");
    }

    @Test
    @DisplayName("R18: rewind to a version truncates the messages put after it, and undoes no edit")
    void toVersion() {
        conversation("s");
        assistant("s", "m2", "edited");
        assertEquals(new Rewind("s", "m3", 3, 0, 3, 8), rewind(Anchor.version(3)));
        assertMessages("m1", "m2", "m3");
        assertEquals("edited", get(store().getMessage("s", "m2")).text());
        assertEquals(new Rewind("s", null, 3, 0, 0, 9), rewind(Anchor.version(0)));
        assertMessages();
        assertEquals(Json.object("after", null), log("s").get(8).data());
    }

    @Test
    @DisplayName("R18: rewind to an event is rewind to its version")
    void toEvent() {
        conversation("s");
        append("s", custom("note", 1).withId("the-note"));
        user("s", "m8", "text");
        assertEquals(new Rewind("s", "m6", 1, 0, 6, 9), rewind(Anchor.event("the-note")));
        String second = log("s").get(1).id();
        assertEquals(2, rewind(Anchor.event(second)).left());
        assertMessages("m1", "m2");
    }

    @Test
    @DisplayName("R18: rewind to the last user message keeps that message")
    void toLastUser() {
        conversation("s");
        assertEquals(new Rewind("s", "m5", 1, 0, 5, 7), rewind(Anchor.lastUserMessage()));
        assertFalse(rewind(Anchor.lastUserMessage()).changed());
        assertEquals(7, log("s").size());
    }

    @Test
    @DisplayName("R18: rewind to a snapshot is rewind to its message; snapshots are kept")
    void toSnapshot() {
        conversation("s");
        Snapshot snapshot =
                get(store().checkpoint("s", CheckpointRequest.at("m2"))).snapshot();
        Snapshot later =
                get(store().checkpoint("s", CheckpointRequest.at("m6"))).snapshot();
        assertEquals(new Rewind("s", "m2", 4, 0, 2, 9), rewind(Anchor.snapshot(snapshot.id())));
        assertMessages("m1", "m2");
        assertEquals(List.of(snapshot, later), all(store().listSnapshots("s")));
    }

    @Test
    @DisplayName("R3: a rewind to a snapshot whose message was truncated restores and truncates in one batch")
    void toSnapshotOfACutMessage() {
        conversation("s");
        String snapshot = get(store().checkpoint("s", CheckpointRequest.at("m4")))
                .snapshot()
                .id();
        rewind(Anchor.message("m5"));
        rewind(Anchor.message("m3"));
        rewind(Anchor.message("m1"));
        long before = get(store().state("s")).version();
        Rewind back = rewind(Anchor.snapshot(snapshot));
        assertEquals(new Rewind("s", "m4", 0, 3, 4, before + 3), back);
        assertMessages("m1", "m2", "m3", "m4");
        assertEquals(List.of("messages_restore", "messages_restore", "messages_truncate"), typesAfter(before));
        get(store().redo("s"));
        assertMessages("m1", "m2", "m3", "m4", "m5");
        get(store().redo("s"));
        assertMessages("m1", "m2", "m3", "m4", "m5", "m6");
        assertFalse(get(store().redo("s")).changed());
    }

    @Test
    @DisplayName(
            "R6: a rewind that restores and truncates, repeated under its idempotency key, returns the same result")
    void repeatedWithSeveralEvents() {
        conversation("s");
        String snapshot = get(store().checkpoint("s", CheckpointRequest.at("m4")))
                .snapshot()
                .id();
        rewind(Anchor.message("m5"));
        rewind(Anchor.message("m3"));
        long before = get(store().state("s")).version();
        WriteOptions once = WriteOptions.none().withIdempotencyKey("once");
        Rewind back = get(store().rewind("s", Anchor.snapshot(snapshot), once));
        assertEquals(new Rewind("s", "m4", 0, 1, 4, before + 2), back);
        user("s", "m7", "later");
        assertEquals(back, get(store().rewind("s", Anchor.snapshot(snapshot), once)));
        assertMessages("m1", "m2", "m3", "m4", "m7");
    }

    @Test
    @DisplayName("R18: if the truncated message is the last restored one, nothing is truncated after it")
    void toSnapshotAtTheEnd() {
        conversation("s");
        String snapshot = get(store().checkpoint("s", CheckpointRequest.atLastMessage()))
                .snapshot()
                .id();
        rewind(Anchor.message("m2"));
        assertEquals(new Rewind("s", "m6", 0, 4, 6, 9), rewind(Anchor.snapshot(snapshot)));
        assertEquals(List.of("messages_restore"), typesAfter(8));
        assertEquals(0, get(store().state("s")).redoable());
    }

    @Test
    @DisplayName("R19: if no rewind can restore a checkpoint's message, a fork can, and the error says so")
    void leftBranches() {
        user("s", "m1", "one");
        user("s", "m2", "two");
        get(store().checkpoint("s", CheckpointRequest.at("m2").withId("c")));
        get(store().rewind("s", Anchor.message("m1")));
        user("s", "m3", "another branch");
        List<SessionEvent> before = log("s");
        AnchorNotFoundException lost = error(AnchorNotFoundException.class, store().rewind("s", Anchor.snapshot("c")));
        assertEquals("s", lost.sessionId());
        assertEquals(Anchor.snapshot("c"), lost.anchor());
        String message = String.valueOf(lost.getMessage());
        for (String part : List.of("'s'", "'c'", "'m2'", "fork")) {
            assertTrue(message.contains(part), message);
        }
        assertEquals(before, log("s"));
        get(store().fork("s", ForkRequest.at(Anchor.snapshot("c")).withId("f")));
        assertEquals(List.of("m1", "m2"), messageIds("f"));
    }

    @Test
    @DisplayName("R19: a rewind that changes nothing appends nothing, is not counted for redo, and reports so")
    void nothingToCut() {
        conversation("s");
        rewind(Anchor.message("m4"));
        for (Anchor anchor : List.of(
                Anchor.message("m4"),
                Anchor.version(4),
                Anchor.version(7),
                Anchor.event(log("s").get(6).id()))) {
            Rewind nothing = rewind(anchor);
            assertEquals(new Rewind("s", "m4", 0, 0, 4, 7), nothing);
            assertFalse(nothing.changed());
        }
        assertEquals(7, log("s").size());
        assertEquals(2, get(store().redo("s")).restored());
    }

    @Test
    @DisplayName("R18: a missing anchor is an AnchorNotFoundException, and nothing is written")
    void anchorsNotThere() {
        conversation("s");
        get(store().putSnapshot("s", SnapshotDraft.of(Json.NULL).withId("no message")));
        get(store().putSnapshot(
                        "s",
                        SnapshotDraft.of(Json.NULL).withId("unknown message").withMessage("nowhere")));
        get(store().putSnapshot(
                        "s", SnapshotDraft.of(Json.NULL).withId("lost message").withMessage("m6")));
        get(store().putSnapshot(
                        "t", SnapshotDraft.of(Json.NULL).withId("of another").withMessage("m1")));
        append("t", custom("note", 1).withId("event-of-another"));
        rewind(Anchor.message("m5"));
        assistant("s", "m7", "ends redo, so m6 is not reached any more");
        var feed = feed();
        assertEquals(13, feed.size());
        for (Anchor anchor : List.of(
                Anchor.message("nowhere"),
                Anchor.message("m6"),
                Anchor.version(12),
                Anchor.version(Long.MAX_VALUE),
                Anchor.event("nothing"),
                Anchor.event("event-of-another"),
                Anchor.snapshot("nothing"),
                Anchor.snapshot("no message"),
                Anchor.snapshot("unknown message"),
                Anchor.snapshot("lost message"),
                Anchor.snapshot("of another"))) {
            AnchorNotFoundException missing = error(AnchorNotFoundException.class, store().rewind("s", anchor));
            assertEquals(anchor, missing.anchor());
            assertEquals("s", missing.sessionId());
        }
        assertEquals(
                Anchor.lastUserMessage(),
                error(AnchorNotFoundException.class, store().rewind("t", Anchor.lastUserMessage()))
                        .anchor());
        assertEquals(feed, feed());
        assertMessages("m1", "m2", "m3", "m4", "m5", "m7");
    }

    @Test
    @DisplayName("R18: on a session without events each fails with SessionNotFoundException")
    void noSession() {
        conversation("s");
        List<Mono<Rewind>> calls = List.of(
                store().rewind("never", Anchor.version(0)),
                store().rewind("never", Anchor.message("m1")),
                store().undo("never"),
                store().redo("never"));
        for (Mono<Rewind> call : calls) {
            assertEquals("never", error(SessionNotFoundException.class, call).sessionId());
        }
        assertEquals(List.of("s"), all(store().sessionIds()));
    }

    @Test
    @DisplayName("R18: each undo truncates from the last user message on")
    void undo() {
        conversation("s");
        assertEquals(new Rewind("s", "m4", 2, 0, 4, 7), get(store().undo("s")));
        assertMessages("m1", "m2", "m3", "m4");
        assertEquals(new Rewind("s", "m2", 2, 0, 2, 8), get(store().undo("s")));
        assertEquals(new Rewind("s", null, 2, 0, 0, 9), get(store().undo("s")));
        assertMessages();
        assertEquals(new Rewind("s", null, 0, 0, 0, 9), get(store().undo("s")));
        assertEquals(9, log("s").size());
    }

    @Test
    @DisplayName("R18: redo restores the last truncation first, and at the end nothing")
    void redo() {
        conversation("s");
        for (int i = 0; i < 3; i++) {
            get(store().undo("s"));
        }
        assertEquals(new Rewind("s", "m2", 0, 2, 2, 10), get(store().redo("s")));
        assertEquals(new Rewind("s", "m4", 0, 2, 4, 11), get(store().redo("s")));
        assertEquals(new Rewind("s", "m6", 0, 2, 6, 12), get(store().redo("s")));
        Rewind nothing = get(store().redo("s"));
        assertEquals(new Rewind("s", "m6", 0, 0, 6, 12), nothing);
        assertFalse(nothing.changed());
        assertEquals("messages_restore", log("s").get(11).type());
    }

    @Test
    @DisplayName("R18: undo and redo can alternate indefinitely")
    void back() {
        conversation("s");
        for (int i = 0; i < 5; i++) {
            assertEquals(2, get(store().undo("s")).cut());
            assertMessages("m1", "m2", "m3", "m4");
            assertEquals(2, get(store().redo("s")).restored());
            assertMessages("m1", "m2", "m3", "m4", "m5", "m6");
        }
    }

    @Test
    @DisplayName("R18: undo of a session without a user message does nothing")
    void undoWithoutUser() {
        assistant("s", "m1", "hello");
        append("custom", custom("note", 1));
        assertEquals(new Rewind("s", "m1", 0, 0, 1, 1), get(store().undo("s")));
        assertEquals(new Rewind("custom", null, 0, 0, 0, 1), get(store().undo("custom")));
        assertEquals(List.of(1L), versions("s"));
        assertEquals(List.of(1L), versions("custom"));
    }

    @Test
    @DisplayName("R18: undo goes by roles, so the messages before the user's message are kept")
    void undoKeepsWhatIsBefore() {
        get(store().putMessage("s", MessageDraft.of(Role.SYSTEM, "be kind").withId("sys")));
        user("s", "m2", "question");
        get(store().putMessage("s", MessageDraft.of(Role.TOOL, "result").withId("m3")));
        assertEquals("sys", get(store().undo("s")).anchorMessageId());
        assertMessages("sys");
    }

    @Test
    @DisplayName("R18: after the next message, an edit or a part nothing can be redone")
    void endOfRedo() {
        List<Runnable> ends = List.of(
                () -> user("s", "new", "text"),
                () -> assistant("s", "m1", "edited"),
                () -> get(store().appendToMessage("s", MessageDelta.of("part", 0, "text"))),
                () -> get(store().deleteMessages("s")));
        for (Runnable end : ends) {
            conversation("s");
            assertTrue(get(store().undo("s")).changed());
            end.run();
            assertFalse(get(store().redo("s")).changed());
        }
    }

    @Test
    @DisplayName("R18: after a part that extends a message nothing can be redone")
    void aLaterPartEndsRedo() {
        user("s", "m1", "question");
        get(store().appendToMessage("s", MessageDelta.of("m2", 0, "ans")));
        user("s", "m3", "another");
        assertEquals(1, get(store().undo("s")).cut());
        get(store().appendToMessage("s", MessageDelta.of("m2", 1, "wer")));
        assertEquals(0, get(store().state("s")).redoable());
        assertFalse(get(store().redo("s")).changed());
        assertMessages("m1", "m2");
    }

    @Test
    @DisplayName("R18: a part without effect or a delete that changes nothing does not end what can be redone")
    void redoGoesOn() {
        conversation("s");
        get(store().undo("s"));
        append("s", custom("note", 1));
        get(store().appendToMessage("s", MessageDelta.of("m1", 0, "of no effect")));
        get(store().putSession("s", SessionDraft.empty().withTitle("T")));
        get(store().checkpoint("s", CheckpointRequest.atLastMessage()));
        get(store().takeTurn("s", "me"));
        assertNull(maybe(store().deleteMessagesAfter("s", "m4")));
        get(store().deleteSnapshots("s"));
        assertEquals(2, get(store().redo("s")).restored());
        assertMessages("m1", "m2", "m3", "m4", "m5", "m6");
    }

    @Test
    @DisplayName("R18: undo truncates a partial answer with its question, and redo restores its parts")
    void partialAnswers() {
        user("s", "m1", "question");
        get(store().appendToMessage("s", MessageDelta.of("m2", 0, "ans")));
        assertEquals(2, get(store().undo("s")).cut());
        assertEquals(2, get(store().redo("s")).restored());
        get(store().appendToMessage("s", MessageDelta.of("m2", 1, "wer")));
        assertEquals("answer", get(store().getMessage("s", "m2")).text());
    }

    @Test
    @DisplayName("R7: two concurrent undos truncate two different turns")
    void undoAtOnce() {
        for (int round = 0; round < 20; round++) {
            conversation("s");
            int before = messageIds("s").size();
            List<Rewind> undone = atOnce(List.of(store().undo("s"), store().undo("s")));
            assertEquals(4, undone.get(0).cut() + undone.get(1).cut());
            assertEquals(before - 4, messageIds("s").size());
            get(store().deleteMessages("s"));
        }
    }
}
