package dev.reel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("Arguments of a store are values: equal by their members, which toString shows")
class ValuesTest {

    private static final Instant AT = Instant.parse("2026-01-02T03:04:05Z");
    private static final Clock CLOCK = Clock.fixed(AT, ZoneOffset.UTC);
    private static final Recorder RECORDER = new Recorder() {};
    private static final Json META = Json.object("trace", "t1");

    /** Values of one class that are all different: each differs from the first in one member. */
    static Stream<List<Supplier<Object>>> classes() {
        Range range = Range.all();
        WriteOptions write = WriteOptions.none();
        EventDraft event = EventDraft.of("note", Json.object("n", 1));
        MessageDraft message = MessageDraft.user("hello");
        SessionDraft session = SessionDraft.empty();
        SnapshotDraft snapshot = SnapshotDraft.of(META);
        SessionQuery sessions = SessionQuery.all();
        CheckpointRequest checkpoint = CheckpointRequest.atLastMessage();
        ForkRequest fork = ForkRequest.whole();
        FeedFilter feed = FeedFilter.all();
        TailOptions tail = TailOptions.standard();
        Bounds bounds = Bounds.standard();
        StoreOptions store = StoreOptions.standard().withClock(CLOCK);
        IdGenerator ids = IdGenerator.random(CLOCK);
        Upcasters upcasters = Upcasters.none();
        UnaryOperator<Json> same = data -> data;
        return Stream.of(
                List.of(
                        () -> range,
                        () -> Range.after(LogPlace.of(3, "e", 7)),
                        () -> Range.between(3, Long.MAX_VALUE),
                        () -> range.withUpTo(9),
                        () -> range.withLast(2),
                        () -> range.withTypes("note")),
                List.of(
                        () -> write,
                        () -> WriteOptions.expecting(3),
                        () -> WriteOptions.expecting(LogPlace.of(3, "e", 7)),
                        () -> write.withTurn(2, "e"),
                        () -> write.withTurn(2, "f"),
                        () -> write.withIdempotencyKey("k"),
                        () -> write.withMeta(META),
                        WriteOptions::recorded),
                List.of(
                        () -> event,
                        () -> EventDraft.of("note", Json.object("n", 2)),
                        () -> EventDraft.of("other", Json.object("n", 1)),
                        () -> event.withId("e"),
                        () -> event.withAt(AT),
                        () -> event.withSchemaVersion(2),
                        () -> event.withMeta(META),
                        () -> event.withExtra(Map.of("x", Json.NULL))),
                List.of(
                        () -> message,
                        () -> MessageDraft.assistant("hello"),
                        () -> MessageDraft.user("hi"),
                        () -> message.withId("m"),
                        () -> message.withAt(AT)),
                List.of(
                        () -> session,
                        () -> session.withTitle("t"),
                        () -> session.withModel("m"),
                        () -> session.withCreatedAt(AT)),
                List.of(
                        () -> snapshot,
                        () -> SnapshotDraft.of(Json.NULL),
                        () -> snapshot.withId("c"),
                        () -> snapshot.withMessage("m")),
                List.of(
                        () -> sessions,
                        () -> sessions.withLimit(3),
                        () -> sessions.withCursor(ListCursor.parse("0000000000000000003")),
                        () -> sessions.withParent("p"),
                        () -> sessions.withMetadata("user", META),
                        () -> sessions.withChangedAfter(FeedPlace.of(3)),
                        () -> sessions.withChangedAfter(AT)),
                List.of(
                        MessageQuery::all,
                        () -> MessageQuery.after(3),
                        () -> MessageQuery.before(3),
                        () -> MessageQuery.last(3)),
                List.of(
                        () -> checkpoint,
                        () -> CheckpointRequest.at("m"),
                        () -> checkpoint.withLabel("l"),
                        () -> checkpoint.withMetadata(META)),
                List.of(
                        () -> fork,
                        () -> ForkRequest.at(Anchor.version(3)),
                        () -> fork.withId("f"),
                        () -> fork.withTitle("t")),
                List.of(ResumeRequest::whole, ResumeRequest::upToLastUserMessage),
                List.of(
                        () -> feed,
                        () -> feed.withTypes("note"),
                        () -> feed.withSessionPrefix("a"),
                        () -> feed.withUpTo(FeedPlace.of(9)),
                        () -> feed.withLast(2)),
                List.of(() -> tail, () -> tail.withLag(3), () -> tail.withIdle(Duration.ofSeconds(3))),
                List.of(
                        () -> bounds,
                        () -> bounds.withEventBytes(3),
                        () -> bounds.withBatchEvents(3),
                        () -> bounds.withSessionWrites(3, 64 << 20)),
                List.of(
                        () -> upcasters,
                        () -> upcasters.with("a", 1, same),
                        () -> upcasters.with("a", 2, same),
                        () -> upcasters.with("b", 1, same),
                        () -> upcasters.with("a", 1, "c", same),
                        () -> upcasters.with("a", 1, same).with("b", 1, same)),
                List.of(
                        () -> store,
                        () -> store.withIds(ids),
                        () -> store.withBounds(bounds.withEventBytes(3)),
                        () -> store.withDeliveryThreads(3),
                        () -> store.withUpcasters(upcasters.with("a", 1, same)),
                        () -> store.withRecorder(RECORDER)));
    }

    @ParameterizedTest
    @MethodSource("classes")
    @DisplayName("values are equal if and only if all their members are equal")
    void equality(List<Supplier<Object>> values) {
        for (int i = 0; i < values.size(); i++) {
            for (int j = 0; j < values.size(); j++) {
                Object one = values.get(i).get();
                Object other = values.get(j).get();
                if (i == j) {
                    assertEquals(one, other);
                    assertEquals(one.hashCode(), other.hashCode());
                    assertEquals(one.toString(), other.toString());
                } else {
                    assertNotEquals(one, other);
                    assertNotEquals(one.toString(), other.toString());
                }
            }
            assertNotEquals(values.get(i).get(), new Object());
        }
    }

    @Test
    @DisplayName("toString shows the members that were set")
    void shown() {
        assertEquals(
                "MessageQuery[afterSeq=3, beforeSeq=9223372036854775807, last=2147483647]", "" + MessageQuery.after(3));
        assertEquals(
                "EventDraft[type=note, data={\"n\":1}, schemaVersion=1]",
                EventDraft.of("note", Json.object("n", 1)).toString());
        assertEquals(
                "Upcasters[a v 2 -> a v 3, a v 10 -> c v 1, b v 1 -> b v 2]",
                Upcasters.none()
                        .with("b", 1, data -> data)
                        .with("a", 10, "c", data -> data)
                        .with("a", 2, data -> data)
                        .toString());
    }

    @Test
    @DisplayName("upcasters are equal if they have the same functions, in any order")
    void upcasterFunctions() {
        UnaryOperator<Json> same = data -> data;
        UnaryOperator<Json> other = data -> Json.EMPTY_OBJECT;
        Upcasters none = Upcasters.none();
        assertNotEquals(none.with("a", 1, same), none.with("a", 1, other));
        assertEquals(
                none.with("a", 1, same).with("b", 1, other),
                none.with("b", 1, other).with("a", 1, same));
    }

    @Test
    @DisplayName("each setting of a store's options keeps the others")
    void keptSettings() {
        IdGenerator ids = IdGenerator.random(CLOCK);
        assertSame(ids, StoreOptions.standard().withIds(ids).withClock(CLOCK).ids());
        assertSame(CLOCK, StoreOptions.standard().withClock(CLOCK).withIds(ids).clock());
        assertEquals(
                StoreOptions.standard().withClock(CLOCK).withIds(ids).withDeliveryThreads(3),
                StoreOptions.standard().withDeliveryThreads(3).withIds(ids).withClock(CLOCK));
        StoreOptions recorded = StoreOptions.standard()
                .withRecorder(RECORDER)
                .withClock(CLOCK)
                .withIds(ids)
                .withBounds(Bounds.standard())
                .withUpcasters(Upcasters.none())
                .withDeliveryThreads(3)
                .withMetaFromContext(context -> null);
        assertSame(RECORDER, recorded.recorder());
        assertSame(Recorder.none(), StoreOptions.standard().recorder());
    }

    @Test
    @DisplayName("options are read from a configuration; an unknown name or a malformed value is rejected")
    void configured() {
        Bounds bounds = Bounds.standard();
        StoreOptions read = StoreOptions.from(Map.of(
                "delivery-threads", "3",
                "event-bytes", "4 MiB",
                "batch-events", "7",
                "session-writes", "5",
                "store-bytes", "1GiB"));
        assertEquals(3, read.deliveryThreads());
        assertEquals(
                bounds.withEventBytes(4 << 20)
                        .withBatchEvents(7)
                        .withSessionWrites(5, bounds.sessionBytes())
                        .withStoreWrites(bounds.storeWrites(), 1 << 30),
                read.bounds());
        assertEquals(bounds, StoreOptions.from(Map.of()).bounds());
        for (Map<String, String> wrong : List.of(
                Map.of("threads", "3"),
                Map.of("delivery-threads", "many"),
                Map.of("event-bytes", "4 MB"),
                Map.of("event-bytes", "4 GiB"),
                Map.of("store-bytes", "99999999999 GiB"))) {
            String message = assertThrows(InvalidInputException.class, () -> StoreOptions.from(wrong), wrong::toString)
                    .getMessage();
            assertTrue(message.contains(wrong.keySet().iterator().next()), message);
        }
    }
}
