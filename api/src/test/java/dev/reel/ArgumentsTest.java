package dev.reel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("R23: arguments are checked when they are passed")
class ArgumentsTest {

    private static final Json TEXT = Json.of("text");

    @TestFactory
    @DisplayName("malformed arguments throw")
    Stream<DynamicTest> malformed() {
        return Stream.of(
                refused("version below 0", () -> Anchor.version(-1)),
                refused("message anchor", () -> Anchor.message("")),
                refused("snapshot anchor", () -> Anchor.snapshot("\n")),
                refused("fork id", () -> ForkRequest.whole().withId("")),
                refused("checkpoint message", () -> CheckpointRequest.at("")),
                refused("checkpoint id", () -> CheckpointRequest.atLastMessage().withId("")),
                refused(
                        "checkpoint label",
                        () -> CheckpointRequest.atLastMessage().withLabel("")),
                refused("parent", () -> SessionDraft.empty().withParent("")),
                refused("metadata of a draft", () -> SessionDraft.empty().withMetadata(TEXT)),
                refused("message id", () -> MessageDraft.user("text").withId("")),
                refused("delta's message", () -> MessageDelta.of("", 0, "")),
                refused("delta's n", () -> MessageDelta.of("m", -1, "")),
                refused("snapshot id", () -> SnapshotDraft.of(TEXT).withId("")),
                refused("snapshot message", () -> SnapshotDraft.of(TEXT).withMessage("")),
                refused("event's v", () -> note().withSchemaVersion(0)),
                refused("event's meta", () -> note().withMeta(TEXT)),
                refused("event's extra", () -> note().withExtra(Map.of("uuid", TEXT))),
                refused("control in a member's name", () -> note().withExtra(Map.of("a\nb", TEXT))),
                refused("unpaired surrogate in a member's name", () -> note().withExtra(Map.of("\ud800", TEXT))),
                refused("null member", () -> note().withExtra(nullMember())),
                refused("at beyond all years", () -> note().withAt(Instant.MAX)),
                refused("at before all years", () -> note().withAt(Instant.MIN)),
                refused(
                        "message at beyond all years",
                        () -> MessageDraft.user("text").withAt(Instant.MAX)),
                refused("createdAt beyond all years", () -> SessionDraft.empty().withCreatedAt(Instant.MAX)),
                refused("idempotency key", () -> WriteOptions.none().withIdempotencyKey("")),
                refused("write meta", () -> WriteOptions.none().withMeta(TEXT)),
                refused("turn's epoch", () -> WriteOptions.none().withTurn(0, "e")),
                refused("turn's event", () -> WriteOptions.none().withTurn(1, "")),
                refused("expected version", () -> ExpectedVersion.exactly(-1)),
                refused("expected id at 0", () -> ExpectedVersion.exactly(0, "e")),
                refused("expected id", () -> ExpectedVersion.exactly(1, "")),
                refused("last 0", () -> Range.last(0)),
                refused("range from below 0", () -> Range.between(-1, 3)),
                refused("range to below 0", () -> Range.between(0, -3)),
                refused("up to below 0", () -> Range.all().withUpTo(-1)),
                refused("tail of last 0", () -> From.last(0)),
                refused("version without id", () -> new LogPlace(1, null, 1)),
                refused("id without version", () -> LogPlace.of(0, "e", 1)),
                refused("version without position", () -> LogPlace.of(1, "e", 0)),
                refused("position below 0", () -> FeedPlace.of(-1)),
                refused("seq below 0", () -> MessageQuery.after(-1)),
                refused("seq before below 0", () -> MessageQuery.before(-1)),
                refused("last 0 messages", () -> MessageQuery.last(0)),
                refused("limit 0", () -> SessionQuery.all().withLimit(0)),
                refused("cursor 0", () -> ListCursor.parse("0000000000000000000")),
                refused("cursor of 18 digits", () -> ListCursor.parse("000000000000000007")),
                refused("cursor that is not a number", () -> ListCursor.parse("000000000000000000x")),
                refused("cursor with a sign", () -> ListCursor.parse("+000000000000000007")),
                refused("cursor above all positions", () -> ListCursor.parse("9999999999999999999")),
                refused("cursor of a row without a place", () -> ListCursor.after(rowAt(0))),
                refused("changed after now", () -> SessionQuery.all().withChangedAfter(FeedPlace.now())),
                refused("query's parent", () -> SessionQuery.all().withParent("")),
                refused("feed up to now", () -> FeedFilter.all().withUpTo(FeedPlace.now())),
                refused("lag below 0", () -> TailOptions.standard().withLag(-1)),
                refused("idle 0", () -> TailOptions.standard().withIdle(Duration.ZERO)),
                refused("idle below 0", () -> TailOptions.standard().withIdle(Duration.ofMillis(-1))),
                refused("no threads", () -> StoreOptions.standard().withDeliveryThreads(0)),
                refused("event bytes", () -> Bounds.standard().withEventBytes(0)),
                refused("batch events", () -> Bounds.standard().withBatchEvents(0)),
                refused("session writes", () -> Bounds.standard().withSessionWrites(0, 1)),
                refused("store bytes", () -> Bounds.standard().withStoreWrites(1, 0)),
                refused("upcaster of turns", () -> Upcasters.none().with("session_turn", 1, data -> data)),
                refused("upcaster of forks", () -> Upcasters.none().with("session_fork", 1, "note", data -> data)),
                refused("upcaster of closes", () -> Upcasters.none().with("session_close", 2, data -> data)),
                refused("upcaster of purges", () -> Upcasters.none().with("session_purged", 1, data -> data)),
                refused("upcaster of deletes", () -> Upcasters.none().with("session_delete", 1, data -> data)),
                refused("upcaster of cuts", () -> Upcasters.none().with("messages_truncate", 1, data -> data)),
                refused("upcaster of redos", () -> Upcasters.none().with("messages_restore", 1, data -> data)),
                refused("upcaster of clears", () -> Upcasters.none().with("messages_clear", 1, data -> data)),
                refused("upcaster of removals", () -> Upcasters.none().with("snapshots_clear", 1, data -> data)),
                refused("upcaster to a fork", () -> Upcasters.none().with("note", 1, "session_fork", data -> data)),
                refused("upcaster to a turn", () -> Upcasters.none().with("note", 1, "session_turn", data -> data)),
                refused("upcaster's type", () -> Upcasters.none().with("reel:x", 1, data -> data)),
                refused(
                        "two upcasters for one",
                        () -> Upcasters.none().with("t", 1, data -> data).with("t", 1, "u", data -> data)));
    }

    private static DynamicTest refused(String what, Executable call) {
        return DynamicTest.dynamicTest(what, () -> {
            IllegalArgumentException refusal = assertThrows(IllegalArgumentException.class, call);
            assertFalse(String.valueOf(refusal.getMessage()).isBlank());
        });
    }

    private static Map<String, Json> nullMember() {
        Map<String, Json> members = new HashMap<>();
        members.put("k", nothing());
        return members;
    }

    @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"})
    private static <T> T nothing() {
        return null;
    }

    @Test
    @DisplayName("values at the bounds are accepted")
    void wellFormed() {
        Instant first = Instant.parse("-999999999-01-01T00:00:00Z");
        Instant last = Instant.parse("+999999999-12-31T23:59:59.999999Z");
        assertEquals(first, note().withAt(first).at());
        assertEquals(last, note().withAt(last).at());
        assertEquals(Set.of("x", "y"), Range.all().withTypes("x", "y", "x").types());
        assertEquals(Set.of("x"), FeedFilter.all().withTypes("x", "x").types());
        Duration ages = Duration.ofSeconds(Long.MAX_VALUE);
        assertEquals(ages, TailOptions.standard().withIdle(ages).idle());
        assertEquals(
                Set.of("", "\u00e9"),
                note().withExtra(Map.of("", TEXT, "\u00e9", TEXT)).extra().keySet());
        MessageQuery query = MessageQuery.before(9).withAfter(3).withLast(2);
        assertEquals(List.of(3L, 9L, 2L), List.of(query.afterSeq(), query.beforeSeq(), (long) query.last()));
        assertEquals(MessageQuery.all().beforeSeq(), MessageQuery.after(3).beforeSeq());
    }

    private static EventDraft note() {
        return EventDraft.of("note", Json.EMPTY_OBJECT);
    }

    @Test
    @DisplayName("data that is not an object is malformed")
    void dataIsAnObject() {
        MalformedEventException refusal =
                assertThrows(MalformedEventException.class, () -> EventDraft.of("note", Json.parse("[1]")));
        assertEquals(
                "event of type 'note' has data that is not a JSON object, but ARRAY; nothing was written",
                refusal.getMessage());
    }

    @Test
    @DisplayName("a tail begins after the place that a client sends back, or at the start if it sends none")
    void fromText() {
        LogPlace place = LogPlace.of(12, "e:7", 340);
        assertEquals(From.after(place), From.parse(place.toString()));
        assertEquals(From.start(), From.parse(null));
        assertEquals(From.start(), From.parse(""));
        assertThrows(InvalidInputException.class, () -> From.parse("12"));
    }

    @Test
    @DisplayName("a place can be parsed from its text, and the texts of one log sort in the order of the log")
    void places() {
        assertEquals("0000000000000000012.340.e:7", LogPlace.of(12, "e:7", 340).toString());
        assertEquals("-1", LogPlace.start().toString());
        for (LogPlace place :
                List.of(LogPlace.start(), LogPlace.of(12, "e.7", 34), LogPlace.of(Long.MAX_VALUE, "x", 1))) {
            assertEquals(place, LogPlace.parse(place.toString()));
        }
        assertTrue(LogPlace.of(9, "z", 90)
                        .toString()
                        .compareTo(LogPlace.of(10, "a", 100).toString())
                < 0);
    }

    @Test
    @DisplayName("a place in the feed can be parsed from its text, and the texts sort in the order of the feed")
    void placesInTheFeed() {
        assertEquals("0000000000000003401", FeedPlace.of(3401).toString());
        List<FeedPlace> inOrder = List.of(
                FeedPlace.start(), FeedPlace.of(9), FeedPlace.of(10), FeedPlace.of(Long.MAX_VALUE), FeedPlace.now());
        for (FeedPlace place : inOrder) {
            assertEquals(place, FeedPlace.parse(place.toString()));
        }
        List<String> texts = inOrder.stream().map(FeedPlace::toString).toList();
        assertEquals(texts.stream().sorted().toList(), texts);
        assertEquals(FeedPlace.start(), FeedPlace.of(0));
        assertThrows(IllegalStateException.class, () -> FeedPlace.now().position());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "-2",
                "12",
                "+000000000000000012",
                "0000000000000000012.34.e",
                "NOW",
                "9999999999999999999"
            })
    @DisplayName("any other text is rejected as a place in the feed")
    void notAPlaceInTheFeed(String text) {
        assertThrows(InvalidInputException.class, () -> FeedPlace.parse(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "-2",
                "+1",
                "x",
                "12.e",
                "0000000000000000012.",
                "0000000000000000012.e",
                "0000000000000000012.34",
                "0000000000000000012.34.",
                "0000000000000000012..e",
                "0000000000000000012.0.e",
                "0000000000000000012.-4.e",
                "0000000000000000012.+4.e",
                "0000000000000000000.34.e",
                "0000000000000000012.34.e e",
                "-000000000000000012.34.e",
                "99999999999999999999",
                "0000000000000000012",
                "now",
                "1.0",
                "--1",
                "9999999999999999999.34.e"
            })
    @DisplayName("any other text is rejected as a place in a log")
    void notAPlace(String text) {
        assertThrows(InvalidInputException.class, () -> LogPlace.parse(text));
    }

    @Test
    @DisplayName("instants are cut to microseconds")
    void instants() {
        Instant fine = Instant.parse("2026-01-01T00:00:00.123456789Z");
        Instant cut = Instant.parse("2026-01-01T00:00:00.123456Z");
        assertEquals(cut, note().withAt(fine).at());
        assertEquals(cut, MessageDraft.user("x").withAt(fine).at());
        assertEquals(cut, SessionDraft.empty().withCreatedAt(fine).toChange().createdAt());
    }

    @Test
    @DisplayName("each expected version accepts exactly the logs that it describes")
    void expectations() {
        assertTrue(ExpectedVersion.any().holds(0, null) && ExpectedVersion.any().holds(7, "e"));
        assertTrue(ExpectedVersion.emptyLog().holds(0, null));
        assertFalse(ExpectedVersion.emptyLog().holds(1, "e"));
        assertFalse(ExpectedVersion.nonEmptyLog().holds(0, null));
        assertTrue(ExpectedVersion.nonEmptyLog().holds(1, "e"));
        assertTrue(ExpectedVersion.exactly(3).holds(3, "e"));
        assertFalse(ExpectedVersion.exactly(3).holds(4, "e"));
        assertTrue(ExpectedVersion.exactly(0).holds(0, null));
        assertTrue(ExpectedVersion.exactly(3, "e").holds(3, "e"));
        assertFalse(ExpectedVersion.exactly(3, "e").holds(3, "f"));
        assertFalse(ExpectedVersion.exactly(3, "e").holds(2, "e"));
    }

    @Test
    @DisplayName("drafts and requests are immutable: each with… method returns a copy")
    void copies() {
        EventDraft draft = note();
        assertEquals("e", draft.withId("e").id());
        assertNull(draft.id());
        SessionQuery query = SessionQuery.all();
        query.withParent("p")
                .withLimit(3)
                .withCursor(ListCursor.after(rowAt(7)))
                .withTitleContaining("t")
                .withMetadata("k", TEXT);
        assertNull(query.parentId());
        assertNull(query.titleContains());
        assertNull(query.cursor());
        assertEquals(Map.of(), query.metadata());
        assertEquals(Integer.MAX_VALUE, query.limit());
        Range.all().withTypes("note").withLast(3);
        assertEquals(Set.of(), Range.all().types());
        WriteOptions.none().withIdempotencyKey("w");
        assertNull(WriteOptions.none().idempotencyKey());
        assertFalse(WriteOptions.none().isRecorded());
        assertTrue(WriteOptions.recorded().isRecorded());
    }

    @Test
    @DisplayName("a session query matches exactly the rows that meet its conditions")
    void sessionQuery() {
        Json metadata = Json.object("team", "red", "n", 1);
        Session row = new Session(
                "s", "p", null, "A Straße Title", null, HandLog.START, HandLog.instant(5), metadata, false, 50);
        SessionQuery all = SessionQuery.all();
        assertTrue(all.matches(row));
        assertTrue(all.withParent("p").matches(row));
        assertFalse(all.withParent("q").matches(row));
        assertTrue(all.withTitleContaining("STRASSE".replace("SS", "ß")).matches(row));
        assertTrue(all.withTitleContaining("title").matches(row));
        assertTrue(all.withTitleContaining("").matches(row));
        assertFalse(all.withTitleContaining("titles").matches(row));
        assertTrue(all.withMetadata("team", Json.of("red"))
                .withMetadata("n", Json.parse("1.0"))
                .matches(row));
        assertFalse(all.withMetadata("team", Json.of("red"))
                .withMetadata("n", Json.of(2))
                .matches(row));
        assertFalse(all.withMetadata("other", Json.NULL).matches(row));
        assertTrue(all.withChangedAfter(FeedPlace.of(49)).matches(row));
        assertFalse(all.withChangedAfter(FeedPlace.of(50)).matches(row));
        assertTrue(all.withChangedAfter(HandLog.instant(4)).matches(row));
        assertFalse(all.withChangedAfter(HandLog.instant(5)).matches(row));
        Session untitled =
                new Session("s", null, null, null, null, HandLog.START, HandLog.START, Json.EMPTY_OBJECT, false, 1);
        assertFalse(all.withTitleContaining("").matches(untitled));
    }

    @Test
    @DisplayName("session_fork and session_purged pass a feed filter's types, but not its prefix")
    void feedFilter() {
        FeedFilter filter = FeedFilter.all().withTypes("note").withSessionPrefix("a");
        assertTrue(filter.passes("ab", "note"));
        assertFalse(filter.passes("ab", "other"));
        assertTrue(filter.passes("ab", "session_fork"));
        assertTrue(filter.passes("ab", "session_purged"));
        assertFalse(filter.passes("b", "session_purged"));
        assertTrue(FeedFilter.all().passes("b", "anything"));
    }

    private static Session rowAt(long position) {
        return new Session(
                "s", null, null, null, null, Instant.EPOCH, Instant.EPOCH, Json.EMPTY_OBJECT, false, position);
    }

    @Test
    @DisplayName("a cursor's text needs no escaping in a URL, and reads back as an equal cursor")
    void cursors() {
        ListCursor cursor = ListCursor.after(rowAt(3402));
        assertEquals("0000000000000003402", cursor.toString());
        assertEquals(cursor, ListCursor.parse(cursor.toString()));
        assertEquals(3402, ListCursor.parse("0000000000000003402").position());
    }
}
