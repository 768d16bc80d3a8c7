package dev.reel.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.AnchorNotFoundException;
import dev.reel.Change;
import dev.reel.Checkpoint;
import dev.reel.CheckpointRequest;
import dev.reel.EventDraft;
import dev.reel.From;
import dev.reel.Json;
import dev.reel.MessageDelta;
import dev.reel.Range;
import dev.reel.ResumeRequest;
import dev.reel.ResumedSession;
import dev.reel.SessionDraft;
import dev.reel.SessionEvent;
import dev.reel.SessionNotFoundException;
import dev.reel.SessionPatch;
import dev.reel.SessionState;
import dev.reel.SessionStore;
import dev.reel.Snapshot;
import dev.reel.SnapshotDraft;
import dev.reel.StoreOptions;
import dev.reel.VersionAheadException;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

/** State, as-of reads, the live view, checkpoints and resume. */
@DisplayName("The timeline")
class TimelineContract extends ContractGroup {

    TimelineContract(Function<StoreOptions, SessionStore> opener) {
        super(opener);
    }

    /** Writes 17 events of all kinds. */
    private void history(String session) {
        get(store().putSession(session, SessionDraft.empty().withTitle("T")));
        user(session, "m1", "one");
        assistant(session, "m2", "two");
        get(store().checkpoint(session, CheckpointRequest.atLastMessage().withLabel("here")));
        clock.advance(Duration.ofSeconds(1));
        user(session, "m3", "three");
        get(store().appendToMessage(session, MessageDelta.of("m4", 0, "fo")));
        get(store().appendToMessage(session, MessageDelta.of("m4", 1, "ur")));
        get(store().undo(session));
        get(store().redo(session));
        append(session, custom("note", 1));
        assistant(session, "m2", "two, edited");
        get(store().deleteMessagesAfter(session, "m1"));
        get(store().updateSession(session, SessionPatch.empty().withTitle(null)));
        get(store().takeTurn(session, "me"));
        get(store().deleteSession(session));
        user(session, "m1", "again");
        get(store().closeSession(session, Json.of("done")));
    }

    @Test
    @DisplayName("R17: as of every version, the rows are the fold of the log's prefix")
    void asOf() {
        history("s");
        SessionState folded = SessionState.empty("s");
        assertEquals(folded, get(store().asOf("s", 0)));
        for (SessionEvent event : log("s")) {
            folded = folded.apply(event);
            assertEquals(folded, get(store().asOf("s", event.version())));
        }
        assertEquals(17, folded.version());
        assertEquals(folded, get(store().state("s")));
        assertEquals("two", get(store().asOf("s", 3)).messages().get(1).text());
        assertEquals(log("s").get(2).place(), get(store().asOf("s", 3)).place());
    }

    @Test
    @DisplayName("R17: rows, state and the fold of a replay agree after every event")
    void readsAgree() {
        history("s");
        SessionState state = get(store().state("s"));
        assertEquals(state.session(), get(store().getSession("s")));
        assertEquals(state.messages(), all(store().listMessages("s")));
        assertEquals(state.snapshots(), all(store().listSnapshots("s")));
        assertEquals(state, get(store().replay("s", Range.all()).reduce(SessionState.empty("s"), SessionState::apply)));
    }

    @Test
    @DisplayName("R17: as of a version beyond the head is a VersionAheadException")
    void asOfBeyond() {
        user("s", "m1", "one");
        assertEquals(1, get(store().asOf("s", 1)).version());
        VersionAheadException ahead = error(VersionAheadException.class, store().asOf("s", 2));
        assertEquals(2, ahead.version());
        assertEquals(1, ahead.published());
        assertEquals("s", ahead.sessionId());
    }

    @Test
    @DisplayName("R19: a session without events has no state, except the empty one as of version 0")
    void noEvents() {
        user("s", "m1", "one");
        assertEquals(1, get(store().state("s")).version());
        assertNull(maybe(store().state("never")));
        assertEquals(SessionState.empty("never"), get(store().asOf("never", 0)));
        assertNull(maybe(store().asOf("never", 1)));
        assertNull(maybe(store().resume("never", ResumeRequest.whole())));
        assertNull(maybe(store().resume("never", ResumeRequest.upToLastUserMessage())));
    }

    @Test
    @DisplayName("R17: an old state does not change, whatever happens to the session")
    void oldStatesStay() {
        user("s", "m1", "one");
        assistant("s", "m2", "two");
        SessionState old = get(store().state("s"));
        String then = old.messages().toString();
        assistant("s", "m2", "edited");
        get(store().deleteSession("s"));
        user("s", "m9", "new");
        maybe(store().purge("s"));
        assertEquals(then, old.messages().toString());
        assertEquals(2, old.version());
    }

    @Test
    @DisplayName("R13: states emits the current state, then the newest after each commit, and completes after a close")
    void states() {
        user("s", "m1", "one");
        StepVerifier.create(store().states("s").map(SessionState::version))
                .expectNext(1L)
                .then(() -> assistant("s", "m2", "two"))
                .expectNext(2L)
                .then(() -> append("s", custom("note", 1), custom("note", 2)))
                .expectNext(4L)
                .then(() -> get(store().closeSession("s", Json.NULL)))
                .expectNext(5L)
                .expectComplete()
                .verify(patience());
    }

    @Test
    @DisplayName("R13: states of a session without events begins with version 0 and waits; a closed one completes")
    void statesOfNothing() {
        StepVerifier.create(store().states("s").take(2))
                .expectNext(SessionState.empty("s"))
                .then(() -> user("s", "m1", "one"))
                .assertNext(state -> assertEquals("one", state.messages().get(0).text()))
                .expectComplete()
                .verify(patience());
        get(store().closeSession("s", Json.NULL));
        assertEquals(List.of(2L), all(store().states("s").map(SessionState::version)));
    }

    @Test
    @DisplayName("R11: states skips states for a slow subscriber, never goes back, and never skips the last")
    void statesConflate() {
        user("s", "m", "0");
        Probe<Long> versions = Probe.requesting(1, store().states("s").map(SessionState::version));
        assertEquals(List.of(1L), versions.await(1));
        for (int i = 0; i < 100; i++) {
            append("s", custom("note", i));
        }
        // A store in another process may still emit earlier states.
        int count = 1;
        while (lastOf(versions) < 101) {
            count++;
            assertTrue(count < 50, () -> "not conflated: " + versions.items());
            versions.request(1).await(count);
        }
        assertEquals(versions.items().stream().sorted().distinct().toList(), versions.items());
        assertEquals(101, lastOf(versions));
        versions.request(1);
        assertEquals(count, versions.quiet().size());
        append("s", custom("note", 100));
        versions.await(count + 1);
        assertEquals(102, lastOf(versions));
        versions.cancel();
    }

    @Test
    @DisplayName("R11: states of a session that is being written increase in version, and end with the last")
    void statesUnderWrites() {
        user("s", "m", "0");
        Mono<List<Long>> seen =
                store().states("s").map(SessionState::version).collectList().cache();
        seen.subscribe();
        for (int i = 0; i < 500; i++) {
            append("s", custom("note", i));
        }
        get(store().closeSession("s", Json.NULL));
        List<Long> versions = get(seen);
        assertEquals(versions.stream().sorted().distinct().toList(), versions);
        assertEquals(502, versions.get(versions.size() - 1));
    }

    @Test
    @DisplayName("R10: a state and the tail from its place are the whole log")
    void stateAndTail() {
        user("s", "m1", "one");
        SessionState state = get(store().state("s"));
        assistant("s", "m2", "two");
        SessionState later =
                get(store().tail("s", From.after(state.place())).take(1).reduce(state, SessionState::apply));
        assertEquals(get(store().state("s")), later);
    }

    @Test
    @DisplayName("R17: a checkpoint is a snapshot of the last message, with label, count, place and metadata")
    void checkpoint() {
        append("s", custom("note", 1));
        user("s", "m1", "one");
        assistant("s", "m2", "two");
        Json metadata = Json.object("files", List.of("a.txt"));
        Checkpoint made = get(store().checkpoint(
                        "s",
                        CheckpointRequest.atLastMessage().withLabel("before").withMetadata(metadata)));
        Json state = Json.object("label", "before", "message_count", 2, "anchor_seq", 3, "metadata", metadata);
        assertEquals(new Checkpoint(new Snapshot("c1", "s", "m2", state, START), false, 4), made);
        assertEquals(made.snapshot(), get(store().getSnapshot("c1")));
        assertEquals("checkpoint", log("s").get(3).type());
    }

    @Test
    @DisplayName(
            "R17: a checkpoint at a message counts the messages up to and including it; without label and metadata they are null and {}")
    void checkpointAtMessage() {
        user("s", "m1", "one");
        assistant("s", "m2", "two");
        user("s", "m3", "three");
        Snapshot made = get(store().checkpoint("s", CheckpointRequest.at("m2").withId("mine")))
                .snapshot();
        Json state = Json.object("label", null, "message_count", 2, "anchor_seq", 2, "metadata", Json.EMPTY_OBJECT);
        assertEquals(new Snapshot("mine", "s", "m2", state, START), made);
    }

    @Test
    @DisplayName("R17: a checkpoint of a session without messages has no message")
    void checkpointOfNoMessage() {
        append("s", custom("note", 1));
        Snapshot made =
                get(store().checkpoint("s", CheckpointRequest.atLastMessage())).snapshot();
        assertNull(made.messageId());
        assertEquals(0L, made.state().longOf("message_count"));
        assertEquals(Json.NULL, made.state().get("anchor_seq"));
    }

    @Test
    @DisplayName(
            "R17: a second checkpoint with the same message, label and metadata is found, appends nothing, and reports so")
    void checkpointIsIdempotent() {
        user("s", "m1", "one");
        CheckpointRequest request =
                CheckpointRequest.atLastMessage().withLabel("x").withMetadata(Json.parse("{\"a\":1,\"b\":2}"));
        Checkpoint first = get(store().checkpoint("s", request));
        assertFalse(first.existed());
        Checkpoint again = get(store().checkpoint(
                        "s",
                        CheckpointRequest.at("m1")
                                .withLabel("x")
                                .withMetadata(Json.parse("{\"b\":2.0,\"a\":1}"))
                                .withId("of no use")));
        assertTrue(again.existed());
        assertEquals(first.snapshot(), again.snapshot());
        assertEquals(List.of(1L, 2L), versions("s"));
        assertNull(maybe(store().getSnapshot("of no use")));
    }

    @Test
    @DisplayName(
            "R17: another message, label or metadata creates another checkpoint, and a cleared one is created again")
    void otherCheckpoints() {
        user("s", "m1", "one");
        CheckpointRequest plain = CheckpointRequest.atLastMessage();
        List<CheckpointRequest> requests = List.of(
                plain,
                plain.withLabel("x"),
                plain.withLabel("y"),
                plain.withMetadata(Json.of("text")),
                plain.withMetadata(Json.NULL));
        for (CheckpointRequest request : requests) {
            assertFalse(get(store().checkpoint("s", request)).existed());
        }
        for (CheckpointRequest request : requests) {
            assertTrue(get(store().checkpoint("s", request)).existed());
        }
        user("s", "m2", "two");
        assertFalse(get(store().checkpoint("s", plain)).existed());
        assertEquals(6, all(store().listSnapshots("s")).size());
        get(store().deleteSnapshots("s"));
        assertFalse(get(store().checkpoint("s", plain)).existed());
    }

    @Test
    @DisplayName("R17: two callers that create the same checkpoint concurrently create one")
    void checkpointAtOnce() {
        user("s", "m1", "one");
        for (int round = 0; round < 50; round++) {
            CheckpointRequest request = CheckpointRequest.atLastMessage().withLabel("round " + round);
            List<Checkpoint> made = atOnce(IntStream.range(0, 4)
                    .mapToObj(i -> store().checkpoint("s", request))
                    .toList());
            assertEquals(
                    1, made.stream().filter(checkpoint -> !checkpoint.existed()).count());
            assertEquals(
                    1,
                    made.stream()
                            .map(Checkpoint::snapshot)
                            .collect(Collectors.toSet())
                            .size());
        }
        assertEquals(50, all(store().listSnapshots("s")).size());
    }

    @Test
    @DisplayName("R17: a checkpoint of a missing message is an AnchorNotFoundException, of a missing session a"
            + " SessionNotFoundException")
    void checkpointOfNothing() {
        user("s", "m1", "one");
        user("s", "m2", "two");
        get(store().deleteMessagesAfter("s", "m1"));
        var feed = feed();
        assertEquals(3, feed.size());
        for (String message : List.of("m2", "unknown")) {
            assertEquals(
                    "s",
                    error(AnchorNotFoundException.class, store().checkpoint("s", CheckpointRequest.at(message)))
                            .sessionId());
        }
        error(SessionNotFoundException.class, store().checkpoint("never", CheckpointRequest.atLastMessage()));
        error(SessionNotFoundException.class, store().checkpoint("never", CheckpointRequest.at("m1")));
        assertEquals(feed, feed());
    }

    @Test
    @DisplayName(
            "R19: resume returns the row, the messages, the last ones of user and assistant, and the place to continue from")
    void resume() {
        get(store().putSession("s", SessionDraft.empty().withTitle("T")));
        user("s", "m1", "one");
        assistant("s", "m2", "two");
        user("s", "m3", "three");
        assistant("s", "m4", "four");
        ResumedSession resumed = get(store().resume("s", ResumeRequest.whole()));
        SessionState state = get(store().state("s"));
        assertEquals(
                new ResumedSession(
                        state.session(), state.messages(), state.message("m3"), state.message("m4"), 5, state.place()),
                resumed);
    }

    @Test
    @DisplayName("R19: resume up to the last user message omits the later ones")
    void resumeUpToLastUser() {
        user("s", "m1", "one");
        assistant("s", "m2", "two");
        user("s", "m3", "three");
        assistant("s", "m4", "four");
        get(store().appendToMessage("s", MessageDelta.of("m5", 0, "fi")));
        ResumedSession resumed = get(store().resume("s", ResumeRequest.upToLastUserMessage()));
        assertEquals(
                List.of("m1", "m2", "m3"),
                resumed.messages().stream().map(m -> m.id()).toList());
        assertEquals(get(store().getMessage("s", "m3")), resumed.lastUserMessage());
        assertEquals(get(store().getMessage("s", "m2")), resumed.lastAssistantMessage());
        assertEquals(5, resumed.version());
        assertEquals(List.of("m1", "m2", "m3", "m4", "m5"), messageIds("s"));
    }

    @Test
    @DisplayName("R19: resume works without a user message, without messages, and without a row")
    void resumeInOtherShapes() {
        assistant("s", "m1", "hello");
        for (ResumeRequest request : List.of(ResumeRequest.whole(), ResumeRequest.upToLastUserMessage())) {
            ResumedSession resumed = get(store().resume("s", request));
            assertNull(resumed.lastUserMessage());
            assertEquals(1, resumed.messages().size(), "no message follows a missing one");
        }
        append("custom", custom("note", 1));
        ResumedSession custom = get(store().resume("custom", ResumeRequest.whole()));
        assertNull(custom.session());
        assertEquals(List.of(), custom.messages());
        assertEquals(1, custom.version());
        get(store().deleteSession("s"));
        ResumedSession deleted = get(store().resume("s", ResumeRequest.upToLastUserMessage()));
        assertNull(deleted.session());
        assertEquals(2, deleted.version());
    }

    @Test
    @DisplayName("R19: resume is a read: it writes nothing, and works on a closed session")
    void resumeIsARead() {
        user("s", "m1", "one");
        append("s", EventDraft.of(new Change.SessionResume(Json.EMPTY_OBJECT)));
        get(store().putSnapshot("s", SnapshotDraft.of(Json.NULL)));
        get(store().closeSession("s", Json.NULL));
        var feed = feed();
        ResumedSession resumed = get(store().resume("s", ResumeRequest.whole()));
        assertEquals("one", resumed.messages().get(0).text());
        assertTrue(resumed.session() != null && resumed.session().closed());
        assertEquals(feed, feed());
    }

    private static long lastOf(Probe<Long> probe) {
        List<Long> items = probe.items();
        return items.get(items.size() - 1);
    }
}
