package dev.reel.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.CheckpointRequest;
import dev.reel.Commit;
import dev.reel.DuplicateEventException;
import dev.reel.EventDraft;
import dev.reel.ExpectedVersion;
import dev.reel.Fork;
import dev.reel.ForkRequest;
import dev.reel.IdempotencyConflictException;
import dev.reel.Json;
import dev.reel.Message;
import dev.reel.MessageDraft;
import dev.reel.ReelException;
import dev.reel.Session;
import dev.reel.SessionDraft;
import dev.reel.SessionEvent;
import dev.reel.SessionPatch;
import dev.reel.SessionStore;
import dev.reel.Snapshot;
import dev.reel.SnapshotDraft;
import dev.reel.StoreOptions;
import dev.reel.Turn;
import dev.reel.WriteOptions;
import dev.reel.spi.DerivedIds;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Mono;

/** R6: a write with an idempotency key can be repeated by another process; here, by another {@code Mono}. */
abstract class WriteIdContract extends ContractGroup {

    private static final WriteOptions W1 = WriteOptions.idempotencyKey("w1");

    WriteIdContract(Function<StoreOptions, SessionStore> opener) {
        super(opener);
    }

    /** Returns a result without the flag that distinguishes a repeat from a first write. */
    private static Optional<Object> content(Optional<Object> answer) {
        return answer.map(value -> value instanceof Commit commit
                ? new Commit(
                        commit.sessionId(),
                        commit.firstVersion(),
                        commit.version(),
                        commit.eventId(),
                        commit.position(),
                        commit.at(),
                        true)
                : value);
    }

    /** Changes everything in a session on which a result could depend. */
    private void disturb(String session) {
        List<String> messages = messageIds(session);
        user(session, "late", "late");
        messages.forEach(id -> user(session, id, "edited"));
        for (Snapshot snapshot : all(store().listSnapshots(session))) {
            get(store().putSnapshot(session, SnapshotDraft.of(Json.of("edited")).withId(snapshot.id())));
        }
        get(store().updateSession(
                        session, SessionPatch.empty().withTitle("edited").withModel("edited")));
        get(store().takeTurn(session, "disturber"));
    }

    @ParameterizedTest(
            name = "R6: {0} repeated under its idempotency key has the same ids and result, whatever happened since")
    @EnumSource(value = Write.class, mode = EnumSource.Mode.EXCLUDE, names = "PURGE")
    void repeated(Write write) {
        Write.ground(store(), "s");
        Turn turn = get(store().takeTurn("s", "worker"));
        WriteOptions options =
                W1.withExpected(ExpectedVersion.exactly(8, turn.eventId())).withTurn(turn);
        List<SessionEvent> before = feed();
        Optional<Object> first = answer(write.call(store(), "s", options));
        assertTrue(first.isPresent());
        List<SessionEvent> written = since(before);
        assertEquals(write.types(), typesOf(written));
        String target = write.target("s", "w1");
        for (int i = 0; i < written.size(); i++) {
            assertEquals(DerivedIds.ofEvent(target, "w1", i), written.get(i).id());
            assertEquals(target, written.get(i).sessionId());
        }
        if (write != Write.CLOSE_SESSION) {
            disturb("s");
            get(store().closeSession("s", Json.NULL));
        }
        if (write == Write.FORK) {
            disturb(target);
        }
        List<SessionEvent> after = feed();
        Optional<Object> again = answer(write.call(store(), "s", options));
        assertEquals(content(first), content(again));
        assertTrue(!(again.get() instanceof Commit commit) || commit.repeated(), "it was there: " + again);
        assertEquals(after, feed());
    }

    @ParameterizedTest(name = "R6: {0} by many processes under one idempotency key is one write")
    @EnumSource(value = Write.class, mode = EnumSource.Mode.EXCLUDE, names = "PURGE")
    void repeatedAtOnce(Write write) {
        Write.ground(store(), "s");
        List<SessionEvent> before = feed();
        List<Mono<Object>> calls = IntStream.range(0, 8)
                .mapToObj(i -> write.call(store(), "s", W1).cast(Object.class))
                .toList();
        List<Object> answers = atOnce(calls);
        assertEquals(8, answers.size());
        assertEquals(
                1,
                answers.stream()
                        .map(answer -> content(Optional.of(answer)))
                        .distinct()
                        .count(),
                answers::toString);
        assertEquals(write.types(), typesOf(since(before)));
    }

    @ParameterizedTest(name = "R6: {0} under an idempotency key whose first event is of another type is a conflict")
    @EnumSource(value = Write.class, mode = EnumSource.Mode.EXCLUDE, names = "PURGE")
    void usedByAnotherType(Write write) {
        Write.ground(store(), "s");
        String target = write.target("s", "w1");
        String id = DerivedIds.ofEvent(target, "w1", 0);
        Commit other = append(target, custom("other", 1).withId(id));
        List<SessionEvent> before = feed();
        IdempotencyConflictException conflict = error(IdempotencyConflictException.class, write.call(store(), "s", W1));
        assertEquals(target, conflict.sessionId());
        assertEquals(id, conflict.eventId());
        assertEquals("w1", conflict.idempotencyKey());
        assertEquals(other.version(), conflict.version());
        assertEquals(before, feed());
        answer(write.call(store(), "s", W1.withIdempotencyKey("w2")));
        assertEquals(write.types(), typesOf(since(before)));
    }

    @Test
    @DisplayName("R6: a repeat of a put returns the row as it was then, even if it has been deleted since")
    void repeatsOfWhatWasDeleted() {
        WriteOptions message = WriteOptions.none().withIdempotencyKey("put a message");
        WriteOptions snapshot = WriteOptions.none().withIdempotencyKey("put a snapshot");
        WriteOptions session = WriteOptions.none().withIdempotencyKey("put the session");
        Session row = get(store().putSession("s", SessionDraft.empty().withTitle("T"), session));
        Message put = get(store().putMessage("s", MessageDraft.user("hi"), message));
        Snapshot kept = get(store().putSnapshot("s", SnapshotDraft.of(Json.of(1)), snapshot));
        user("s", put.id(), "edited");
        get(store().deleteMessages("s"));
        get(store().deleteSnapshots("s"));
        get(store().deleteSession("s"));
        List<SessionEvent> before = log("s");
        assertEquals(put, get(store().putMessage("s", MessageDraft.user("hi"), message)));
        assertEquals(kept, get(store().putSnapshot("s", SnapshotDraft.of(Json.of(1)), snapshot)));
        assertEquals(row, get(store().putSession("s", SessionDraft.empty().withTitle("T"), session)));
        assertEquals(before, log("s"));
        assertEquals(Optional.empty(), answer(store().getMessage("s", put.id())));
        assertEquals(List.of(), all(store().listSnapshots("s")));
        assertEquals(Optional.empty(), answer(store().getSession("s")));
    }

    @Test
    @DisplayName("R6: one idempotency key for two operations is a conflict")
    void oneIdForTwoOperations() {
        Write.ground(store(), "s");
        get(store().undo("s", W1));
        List<SessionEvent> before = feed();
        for (Write other : List.of(Write.REDO, Write.TAKE_TURN, Write.DELETE_MESSAGES, Write.PUT_MESSAGE)) {
            error(IdempotencyConflictException.class, other.call(store(), "s", W1));
        }
        assertEquals(before, feed());
        assertTrue(get(store().redo("s", W1.withIdempotencyKey("w2"))).changed());
    }

    @ParameterizedTest(name = "R6: {0} with other content under its idempotency key is a conflict")
    @EnumSource(
            value = Write.class,
            names = {"APPEND", "PUT_SESSION", "UPDATE_SESSION", "PUT_MESSAGE", "APPEND_TO_MESSAGE", "PUT_SNAPSHOT"})
    void otherContent(Write write) {
        Write.ground(store(), "s");
        List<SessionEvent> before = feed();
        Optional<Object> first = answer(write.call(store(), "s", W1, "one"));
        List<SessionEvent> after = feed();
        assertEquals(write.types(), typesOf(since(before)));
        IdempotencyConflictException conflict =
                error(IdempotencyConflictException.class, write.call(store(), "s", W1, "two"));
        assertEquals(DerivedIds.ofEvent("s", "w1", 0), conflict.eventId());
        assertEquals("w1", conflict.idempotencyKey());
        assertEquals(after, feed());
        assertEquals(content(first), content(answer(write.call(store(), "s", W1, "one"))));
    }

    @Test
    @DisplayName("R6: a batch that grew under its idempotency key is a duplicate")
    void grownBatch() {
        List<EventDraft> batch = List.of(custom("a", 1), custom("b", 2));
        List<EventDraft> grown = List.of(custom("a", 1), custom("b", 2), custom("c", 3));
        Commit first = get(store().append("s", batch, W1));
        DuplicateEventException duplicate = error(DuplicateEventException.class, store().append("s", grown, W1));
        assertEquals("s", duplicate.sessionId());
        assertEquals(List.of("a", "b"), types("s"));
        assertEquals(first.place(), get(store().append("s", batch, W1)).place());
    }

    @ParameterizedTest(name = "R6: {0} that appended nothing is decided again")
    @EnumSource(
            value = Write.class,
            names = {
                "DELETE_SESSION",
                "DELETE_MESSAGES_AFTER",
                "DELETE_MESSAGES",
                "DELETE_SNAPSHOTS",
                "REWIND",
                "UNDO",
                "REDO"
            })
    void appendedNothing(Write write) {
        append("s", custom("note", 1));
        answer(write.call(store(), "s", W1).cast(Object.class).onErrorComplete(ReelException.class));
        assertEquals(List.of("note"), types("s"));
        Write.ground(store(), "s");
        List<SessionEvent> before = feed();
        answer(write.call(store(), "s", W1));
        assertEquals(write.types(), typesOf(since(before)));
        assertEquals(DerivedIds.ofEvent("s", "w1", 0), since(before).get(0).id());
    }

    @Test
    @DisplayName("R6: a close of a session without events is decided again after events are written")
    void closedNothing() {
        assertEquals(Optional.empty(), answer(store().closeSession("s", Json.NULL, W1)));
        append("s", custom("note", 1));
        get(store().closeSession("s", Json.NULL, W1));
        assertEquals(List.of("note", "session_close"), types("s"));
    }

    @Test
    @DisplayName("R6: a checkpoint that was found and not created claims no id")
    void foundCheckpoint() {
        Write.ground(store(), "s");
        CheckpointRequest request = CheckpointRequest.atLastMessage().withLabel("here");
        Snapshot made = get(store().checkpoint("s", request)).snapshot();
        List<SessionEvent> before = feed();
        assertEquals(made, get(store().checkpoint("s", request, W1)).snapshot());
        assertEquals(before, feed());
        get(store().deleteSnapshots("s"));
        Snapshot again = get(store().checkpoint("s", request, W1)).snapshot();
        assertNotEquals(made.id(), again.id());
        assertEquals(again, get(store().getSnapshot(again.id())));
    }

    @Test
    @DisplayName("R6: a draft's own ids win over those of the write")
    void ownIdsWin() {
        get(store().append("s", List.of(custom("a", 1), custom("b", 2).withId("own"), custom("c", 3)), W1));
        assertEquals(
                List.of(DerivedIds.ofEvent("s", "w1", 0), "own", DerivedIds.ofEvent("s", "w1", 2)), idsOf(log("s")));
        Message message =
                get(store().putMessage("s", MessageDraft.user("hi").withId("m9"), W1.withIdempotencyKey("w2")));
        Snapshot snapshot =
                get(store().putSnapshot("s", SnapshotDraft.of(Json.NULL).withId("c9"), W1.withIdempotencyKey("w3")));
        Fork fork = get(store().fork("s", ForkRequest.whole().withId("f9"), W1.withIdempotencyKey("w4")));
        assertEquals(List.of("m9", "c9", "f9"), List.of(message.id(), snapshot.id(), fork.sessionId()));
        assertEquals(DerivedIds.ofEvent("s", "w2", 0), log("s").get(3).id());
        assertEquals(DerivedIds.ofEvent("s", "w3", 0), log("s").get(4).id());
        assertEquals(DerivedIds.ofEvent("f9", "w4", 0), log("f9").get(5).id());
        List<SessionEvent> before = feed();
        assertEquals(fork, get(store().fork("s", ForkRequest.whole().withId("f9"), W1.withIdempotencyKey("w4"))));
        assertEquals(before, feed());
    }

    @Test
    @DisplayName("R6: the ids of created rows are derived from the idempotency key, as event ids are")
    void madeIdsFollow() {
        Write.ground(store(), "s");
        String id = DerivedIds.ofEvent("s", "w1", 0);
        assertEquals(
                id, get(store().putMessage("s", MessageDraft.user("hi"), W1)).id());
        assertEquals(id, log("s").get(7).id());
        String id2 = DerivedIds.ofEvent("s", "w2", 0);
        assertEquals(
                id2,
                get(store().putSnapshot("s", SnapshotDraft.of(Json.NULL), W1.withIdempotencyKey("w2")))
                        .id());
        String id3 = DerivedIds.ofEvent("s", "w3", 0);
        CheckpointRequest request = CheckpointRequest.at("m1");
        assertEquals(
                id3,
                get(store().checkpoint("s", request, W1.withIdempotencyKey("w3")))
                        .snapshot()
                        .id());
        assertEquals(
                DerivedIds.ofFork("s", "w4"),
                get(store().fork("s", ForkRequest.whole(), W1.withIdempotencyKey("w4")))
                        .sessionId());
    }

    @Test
    @DisplayName("R6: createSession generates an id, and rejects an idempotency key; putSession accepts one")
    void createSession() {
        SessionDraft unnamed = SessionDraft.empty().withTitle("t");
        error(IllegalArgumentException.class, store().createSession(unnamed, W1));
        Session made = get(store().createSession(unnamed));
        assertEquals("t", made.title());
        assertEquals(List.of(made.id()), all(store().sessionIds()));
        get(store().putSession("s", SessionDraft.empty().withTitle("t"), W1));
        assertEquals(List.of(DerivedIds.ofEvent("s", "w1", 0)), idsOf(log("s")));
    }

    @Test
    @DisplayName("R6: a purge repeated under its idempotency key does not remove later writes")
    void purgeRepeated() {
        Write.ground(store(), "s");
        maybe(store().purge("s", W1));
        List<SessionEvent> feed = feed();
        assertEquals(List.of("session_purged"), typesOf(feed));
        assertEquals(List.of(DerivedIds.ofEvent("s", "w1", 0)), idsOf(feed));
        append("s", custom("anew", 1));
        maybe(store().purge("s", W1));
        assertEquals(List.of("anew"), types("s"));
        List<String> expected = new ArrayList<>(List.of("session_purged", "anew"));
        assertEquals(expected, typesOf(feed()));
        maybe(store().purge("s", W1.withIdempotencyKey("w2")));
        assertEquals(List.of(), log("s"));
        assertEquals(List.of("session_purged", "session_purged"), typesOf(feed()));
    }

    @Test
    @DisplayName("R6: an idempotency key is known in its own session only")
    void idsBelongToOneSession() {
        Message one = get(store().putMessage("s", MessageDraft.user("to s"), W1));
        Message other = get(store().putMessage("t", MessageDraft.user("to t"), W1));
        assertNotEquals(one.id(), other.id());
        assertEquals(List.of("user_message"), types("s"));
        assertEquals(List.of("user_message"), types("t"));
    }
}
