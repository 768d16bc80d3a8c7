package dev.reel.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.reel.Commit;
import dev.reel.DuplicateEventException;
import dev.reel.EventDraft;
import dev.reel.ExpectedVersion;
import dev.reel.ForkRequest;
import dev.reel.From;
import dev.reel.IdempotencyConflictException;
import dev.reel.Json;
import dev.reel.SessionEvent;
import dev.reel.SessionStore;
import dev.reel.Snapshot;
import dev.reel.SnapshotDraft;
import dev.reel.StoreOptions;
import dev.reel.Turn;
import dev.reel.WriteOptions;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Mono;

/** R5: an append is idempotent by event id. */
abstract class IdempotenceContract extends ContractGroup {

    IdempotenceContract(Function<StoreOptions, SessionStore> opener) {
        super(opener);
    }

    /** Events of the type "note" whose content is derived from their ids. */
    private static List<EventDraft> notes(String... ids) {
        return Arrays.stream(ids).map(IdempotenceContract::note).toList();
    }

    private static EventDraft note(String id) {
        return EventDraft.of("note", Json.object("of", id)).withId(id);
    }

    private Commit appendNotes(String session, String... ids) {
        return get(store().append(session, notes(ids)));
    }

    private static Commit repeated(Commit commit) {
        return new Commit(
                commit.sessionId(),
                commit.firstVersion(),
                commit.version(),
                commit.eventId(),
                commit.position(),
                commit.at(),
                true);
    }

    @Test
    @DisplayName("R5: a batch that is in the log already is not written again, and returns the first commit")
    void wholeBatchRepeated() {
        Commit first = appendNotes("s", "x1", "x2");
        assertFalse(first.repeated());
        clock.advance(Duration.ofSeconds(5));
        assertEquals(repeated(first), appendNotes("s", "x1", "x2"));
        appendNotes("s", "x3");
        List<SessionEvent> before = feed();
        assertEquals(repeated(first), appendNotes("s", "x1", "x2"));
        assertEquals(before, feed());
        assertEquals(List.of("x1", "x2", "x3"), idsOf(log("s")));
    }

    @Test
    @DisplayName("R5: no tail emits a repeat")
    void noTailHearsOfIt() throws Exception {
        appendNotes("s", "x1", "x2");
        CompletableFuture<List<String>> heard = store().tail("s", From.start())
                .map(SessionEvent::id)
                .takeUntil("end"::equals)
                .collectList()
                .toFuture();
        assertTrue(appendNotes("s", "x1", "x2").repeated());
        appendNotes("s", "x3");
        assertTrue(appendNotes("s", "x3").repeated());
        assertTrue(appendNotes("s", "x2", "x3").repeated());
        appendNotes("s", "end");
        assertEquals(List.of("x1", "x2", "x3", "end"), get(Mono.fromFuture(heard)));
    }

    @Test
    @DisplayName("R5: instant and meta are not compared as content")
    void instantAndMetaAreNoContent() {
        Commit first = appendNotes("s", "x1");
        EventDraft later = note("x1").withAt(START.plusSeconds(60)).withMeta(Json.object("trace", "other"));
        assertEquals(repeated(first), append("s", later));
        SessionEvent event = log("s").get(0);
        assertEquals(START, event.at());
        assertEquals(null, event.meta());
    }

    static Stream<Arguments> otherContents() {
        return Stream.of(
                arguments("other data", EventDraft.of("note", Json.object("of", "y"))),
                arguments("more data", EventDraft.of("note", note("x2").data().with("more", 1))),
                arguments("no data", EventDraft.of("note", Json.EMPTY_OBJECT)),
                arguments("another type", EventDraft.of("remark", note("x2").data())),
                arguments("another v", note("x2").withSchemaVersion(2)));
    }

    @ParameterizedTest(name = "R5: an id with {0} is a conflict")
    @MethodSource("otherContents")
    void otherContentIsAConflict(String what, EventDraft other) {
        appendNotes("s", "x1", "x2", "x3");
        List<SessionEvent> before = feed();
        EventDraft x2 = other.withId("x2");
        List<List<EventDraft>> batches = List.of(
                List.of(x2),
                List.of(note("x1"), x2),
                List.of(note("x1"), x2, note("x3")),
                List.of(note("new"), x2),
                List.of(x2, note("new")),
                List.of(note("x1"), note("new"), x2));
        for (List<EventDraft> batch : batches) {
            IdempotencyConflictException conflict =
                    error(IdempotencyConflictException.class, store().append("s", batch));
            assertEquals("s", conflict.sessionId());
            assertEquals("x2", conflict.eventId(), () -> what + " in " + batch);
            assertEquals(2, conflict.version());
        }
        assertEquals(before, feed());
        assertEquals(4, appendNotes("s", "new").version());
    }

    static Stream<Arguments> sameContents() {
        return Stream.of(
                arguments("{\"a\":1,\"b\":[true,null]}", "{ \"b\" : [true, null], \"a\" : 1 }"),
                arguments("{\"n\":1}", "{\"n\":1.0}"),
                arguments("{\"n\":1}", "{\"n\":1e0}"),
                arguments("{\"n\":100}", "{\"n\":1E+2}"),
                arguments("{\"n\":0}", "{\"n\":-0.0}"),
                arguments("{\"n\":1e999999999}", "{\"n\":10e999999998}"),
                arguments("{\"t\":\"\u00e9\"}", "{\"t\":\"\\u00e9\"}"),
                arguments("{\"t\":\"a/b\"}", "{\"t\":\"a\\/b\"}"));
    }

    @ParameterizedTest(name = "R5: {0} and {1} are the same content")
    @MethodSource("sameContents")
    void sameContent(String one, String other) {
        EventDraft draft = EventDraft.of("note", Json.parse(one)).withId("x1");
        Commit first = append("s", draft);
        assertEquals(
                repeated(first),
                append("s", EventDraft.of("note", Json.parse(other)).withId("x1")));
        assertEquals(one, log("s").get(0).data().toString(), "the text is kept unchanged");
    }

    static Stream<Arguments> differentContents() {
        return Stream.of(
                arguments("{\"n\":1}", "{\"n\":1.0000000000000000000001}"),
                arguments("{\"n\":1}", "{\"n\":\"1\"}"),
                arguments("{\"n\":9007199254740993}", "{\"n\":9007199254740992}"),
                arguments("{\"n\":1e999999999}", "{\"n\":1e999999998}"),
                arguments("{\"a\":[1,2]}", "{\"a\":[2,1]}"),
                arguments("{\"a\":null}", "{}"),
                arguments("{\"t\":\"\u00e9\"}", "{\"t\":\"e\u0301\"}"),
                arguments("{\"t\":\"a\"}", "{\"T\":\"a\"}"));
    }

    @ParameterizedTest(name = "R5: {0} and {1} are other content")
    @MethodSource("differentContents")
    void differentContent(String one, String other) {
        append("s", EventDraft.of("note", Json.parse(one)).withId("x1"));
        error(
                IdempotencyConflictException.class,
                store().append("s", EventDraft.of("note", Json.parse(other)).withId("x1")));
        assertEquals(
                List.of(Json.parse(one)),
                log("s").stream().map(SessionEvent::data).toList());
    }

    static Stream<Arguments> duplicates() {
        return Stream.of(
                arguments("some known, then new", List.of("x3", "new")),
                arguments("new, then some known", List.of("new", "x1")),
                arguments("known around new", List.of("x1", "new", "x2")),
                arguments("known, but not contiguous", List.of("x1", "x3")),
                arguments("known, in another order", List.of("x2", "x1")),
                arguments("known, backwards", List.of("x3", "x2", "x1")));
    }

    @ParameterizedTest(name = "R5: a duplicate: {0} {1}")
    @MethodSource("duplicates")
    void partsOfABatchAreDuplicates(String what, List<String> ids) {
        appendNotes("s", "x1", "x2");
        appendNotes("s", "x3");
        List<SessionEvent> before = feed();
        DuplicateEventException duplicate =
                error(DuplicateEventException.class, store().append("s", notes(ids.toArray(String[]::new))));
        assertEquals("s", duplicate.sessionId(), what);
        assertTrue(ids.contains(duplicate.eventId()), duplicate.eventId() + " is of the batch");
        assertEquals(
                duplicate.eventId(), before.get((int) duplicate.version() - 1).id());
        assertEquals(before, feed());
        assertEquals(4, appendNotes("s", "new").version());
    }

    @Test
    @DisplayName("R5: any contiguous run of existing events is a repeat, wherever its commits began")
    void contiguousRunsAreRepeats() {
        appendNotes("s", "x1", "x2");
        appendNotes("s", "x3", "x4");
        List<SessionEvent> before = feed();
        SessionEvent x2 = before.get(1);
        SessionEvent x3 = before.get(2);
        assertEquals(new Commit("s", 2, 2, "x2", x2.position(), x2.at(), true), appendNotes("s", "x2"));
        assertEquals(new Commit("s", 2, 3, "x3", x3.position(), x3.at(), true), appendNotes("s", "x2", "x3"));
        assertEquals(before, feed());
    }

    @Test
    @DisplayName("R5: ids are looked up before expected version, turn and closing")
    void idsComeBeforeVersionTurnAndClosing() {
        Turn old = get(store().takeTurn("s", "old"));
        WriteOptions options = WriteOptions.expecting(ExpectedVersion.exactly(1, old.eventId()))
                .withTurn(old);
        Commit first = get(store().append("s", notes("x1", "x2"), options));
        get(store().takeTurn("s", "new"));
        assertEquals(repeated(first), get(store().append("s", notes("x1", "x2"), options)));
        get(store().closeSession("s", Json.NULL));
        List<SessionEvent> before = feed();
        assertEquals(repeated(first), get(store().append("s", notes("x1", "x2"), options)));
        EventDraft other = custom("other", 1).withId("x1");
        IdempotencyConflictException conflict = error(
                IdempotencyConflictException.class,
                store().append("s", List.of(other), options.withIdempotencyKey("w")));
        assertNull(conflict.idempotencyKey(), "the id is the event's own");
        error(DuplicateEventException.class, store().append("s", notes("x1", "new"), options));
        assertEquals(before, feed());
    }

    @Test
    @DisplayName("R5: a repeat is recognized by its event ids before snapshot ids and rows are checked")
    void idsComeBeforeSnapshotIdsAndRows() {
        append("s", EventDraft.of("session_start", Json.EMPTY_OBJECT));
        List<EventDraft> batch = List.of(
                EventDraft.of("session_update", Json.object("title", "t")).withId("x1"),
                EventDraft.of("checkpoint", Json.object("id", "c", "state", 1)).withId("x2"));
        Commit first = get(store().append("s", batch));
        get(store().deleteSession("s"));
        Snapshot taken =
                get(store().putSnapshot("thief", SnapshotDraft.of(Json.NULL).withId("c")));
        assertEquals(repeated(first), get(store().append("s", batch)));
        assertEquals(taken, get(store().getSnapshot("c")));
        assertEquals(List.of("session_start", "session_update", "checkpoint", "session_delete"), types("s"));
    }

    @Test
    @DisplayName("R5: inherited events count in a fork, and later ones of the parent do not")
    void inheritedEventsCount() {
        Commit first = appendNotes("s", "x1", "x2");
        get(store().fork("s", ForkRequest.whole().withId("f")));
        appendNotes("s", "x3");
        List<SessionEvent> before = feed();
        Commit inherited = new Commit("f", 1, 2, "x2", first.position(), first.at(), true);
        assertEquals(inherited, appendNotes("f", "x1", "x2"));
        EventDraft other = custom("other", 1).withId("x2");
        error(IdempotencyConflictException.class, store().append("f", other));
        error(DuplicateEventException.class, store().append("f", notes("x2", "new")));
        assertEquals(before, feed());

        assertFalse(appendNotes("f", "x3").repeated());
        assertEquals(List.of("note", "note", "session_fork", "note"), types("f"));
    }

    @Test
    @DisplayName("R5: an id is known only in its session's log, and free again after a purge")
    void idsBelongToOneLog() {
        assertFalse(appendNotes("s", "x1", "x2").repeated());
        assertFalse(appendNotes("t", "x1", "x2").repeated());
        assertFalse(append("u", custom("other", 1).withId("x2")).repeated());
        maybe(store().purge("s"));
        Commit anew = append("s", custom("other", 2).withId("x2"));
        assertFalse(anew.repeated());
        assertEquals(1, anew.version());
        assertTrue(appendNotes("t", "x1", "x2").repeated());
    }

    @Test
    @DisplayName("R5: events without a given id are always new")
    void storesIdsAreNew() {
        append("s", custom("note", 1));
        assertFalse(append("s", custom("note", 1)).repeated());
        List<String> ids = idsOf(log("s"));
        assertEquals(2, ids.stream().distinct().count(), ids::toString);
    }

    @Test
    @DisplayName("R5: of many callers that append the same batch concurrently, one writes it")
    void manyAppendTheSame() {
        List<Mono<Commit>> writers = Stream.generate(() -> store().append("s", notes("x1", "x2")))
                .limit(16)
                .toList();
        List<Commit> commits = atOnce(writers);
        assertEquals(1, commits.stream().filter(commit -> !commit.repeated()).count());
        assertEquals(
                1,
                commits.stream().map(IdempotenceContract::repeated).distinct().count());
        assertEquals(List.of("x1", "x2"), idsOf(log("s")));
    }
}
