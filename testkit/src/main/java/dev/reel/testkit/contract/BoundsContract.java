package dev.reel.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.Anchor;
import dev.reel.Bounds;
import dev.reel.CheckpointRequest;
import dev.reel.EventDraft;
import dev.reel.ForkRequest;
import dev.reel.Json;
import dev.reel.JsonLimits;
import dev.reel.Message;
import dev.reel.MessageDraft;
import dev.reel.Range;
import dev.reel.Role;
import dev.reel.SessionEvent;
import dev.reel.SessionStore;
import dev.reel.StoreOptions;
import dev.reel.TooLargeException;
import dev.reel.WriteOptions;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * R24: a call that exceeds a bound fails with its own error type and writes nothing. The bounds of unanswered writes
 * can be tested only if results can be delayed, so {@link HeldFlushContract} tests them.
 */
abstract class BoundsContract extends ContractGroup {

    BoundsContract(Function<StoreOptions, SessionStore> opener) {
        super(opener);
    }

    private SessionStore bounded(Bounds bounds) {
        return open(options.withBounds(bounds));
    }

    /** An event with the given number of bytes of data. */
    private static EventDraft sized(int bytes) {
        EventDraft draft = EventDraft.of("note", Json.object("t", "x".repeat(bytes - "{\"t\":\"\"}".length())));
        assertEquals(bytes, draft.data().size());
        return draft;
    }

    private static List<SessionEvent> log(SessionStore store, String session) {
        return all(store.replay(session, Range.all()));
    }

    @Test
    @DisplayName("R24: an event may have up to the bound of bytes and not more")
    void eventBytes() {
        SessionStore store = bounded(Bounds.standard().withEventBytes(1_000));
        get(store.append("s", sized(1_000)));
        TooLargeException large = error(TooLargeException.class, store.append("s", sized(1_001)));
        assertEquals("s", large.sessionId());
        assertEquals(1_000, large.bound());
        assertTrue(large.size() > 1_000, large.getMessage());
        error(TooLargeException.class, store.append("s", List.of(sized(10), sized(1_001), sized(10))));
        assertEquals(1, log(store, "s").size());
        assertEquals(
                2, get(store.append("s", List.of(sized(1_000), sized(1_000)))).firstVersion());
    }

    @Test
    @DisplayName("R24: bytes are those of UTF-8, and meta and unknown members count")
    void bytesOfEverything() {
        SessionStore store = bounded(Bounds.standard().withEventBytes(1_000));
        Json half = sized(600).data();
        error(TooLargeException.class, store.append("s", sized(600).withMeta(half)));
        error(
                TooLargeException.class,
                store.append("s", List.of(sized(600)), WriteOptions.none().withMeta(half)));
        error(TooLargeException.class, store.append("s", sized(600).withExtra(Map.of("more", half))));
        Map<String, Json> longName = Map.of("n".repeat(600), Json.NULL);
        error(TooLargeException.class, store.append("s", sized(600).withExtra(longName)));
        error(
                TooLargeException.class,
                store.append("s", custom("note", 1).withExtra(Map.of("\u20ac".repeat(400), Json.NULL))));
        EventDraft threeBytesEach = EventDraft.of("note", Json.object("t", "\u20ac".repeat(400)));
        error(TooLargeException.class, store.append("s", threeBytesEach));
        Json small = sized(100).data();
        EventDraft fits = sized(600).withMeta(small).withExtra(Map.of("more", small));
        assertEquals(1, get(store.append("s", fits)).version());
        assertEquals(small, log(store, "s").get(0).meta());
    }

    @ParameterizedTest(name = "R24: {0} with too large content writes nothing")
    @EnumSource(
            value = Write.class,
            names = {
                "APPEND",
                "PUT_SESSION",
                "UPDATE_SESSION",
                "PUT_MESSAGE",
                "APPEND_TO_MESSAGE",
                "PUT_SNAPSHOT",
                "CHECKPOINT",
                "FORK",
                "TAKE_TURN",
                "CLOSE_SESSION"
            })
    void everyContentIsBounded(Write write) {
        SessionStore store = bounded(Bounds.standard().withEventBytes(190));
        Write.ground(store, "s");
        List<SessionEvent> before = log(store, "s");
        error(TooLargeException.class, write.call(store, "s", WriteOptions.none(), "x".repeat(200)));
        assertEquals(before, log(store, "s"));
        assertEquals(List.of("s"), all(store.sessionIds()));
        assertTrue(answer(write.call(store, "s", WriteOptions.none(), "x")).isPresent());
    }

    @Test
    @DisplayName("R24: a batch may have up to the bound of events and not more")
    void batchEvents() {
        SessionStore store = bounded(Bounds.standard().withBatchEvents(3));
        EventDraft note = custom("note", 1);
        get(store.append("s", List.of(note, note, note)));
        TooLargeException large = error(TooLargeException.class, store.append("s", List.of(note, note, note, note)));
        assertEquals("s", large.sessionId());
        assertEquals(4, large.size());
        assertEquals(3, large.bound());
        assertEquals(3, log(store, "s").size());
        assertEquals(4, get(store.append("s", note)).version());
    }

    @Test
    @DisplayName("R24: a rewind that would restore more truncations than a batch may have events writes nothing")
    void rewindIsBounded() {
        SessionStore store = bounded(Bounds.standard().withBatchEvents(3));
        for (int i = 1; i <= 5; i++) {
            get(store.putMessage("s", MessageDraft.user("hi").withId("m" + i)));
        }
        get(store.checkpoint("s", CheckpointRequest.at("m4").withId("at m4")));
        get(store.checkpoint("s", CheckpointRequest.at("m5").withId("at m5")));
        for (int i = 4; i >= 1; i--) {
            get(store.deleteMessagesAfter("s", "m" + i));
        }
        List<SessionEvent> before = log(store, "s");
        TooLargeException large = error(TooLargeException.class, store.rewind("s", Anchor.snapshot("at m5")));
        assertEquals(3, large.bound());
        assertTrue(large.size() > 3, large.getMessage());
        assertEquals(before, log(store, "s"));
        assertEquals(3, get(store.rewind("s", Anchor.snapshot("at m4"))).restored());
        assertEquals(before.size() + 3, log(store, "s").size());
        get(store.undo("s"));
        get(store.redo("s"));
        get(store.redo("s"));
        assertEquals(5, get(store.state("s")).messages().size());
    }

    @Test
    @DisplayName("R24: a rewind counts its truncation after what it restores")
    void rewindCountsItsCut() {
        SessionStore store = bounded(Bounds.standard().withBatchEvents(2));
        for (int i = 1; i <= 4; i++) {
            get(store.putMessage("s", MessageDraft.user("hi").withId("m" + i)));
        }
        get(store.checkpoint("s", CheckpointRequest.at("m3").withId("at m3")));
        get(store.deleteMessagesAfter("s", "m2"));
        get(store.deleteMessagesAfter("s", "m1"));
        List<SessionEvent> before = log(store, "s");
        TooLargeException large = error(TooLargeException.class, store.rewind("s", Anchor.snapshot("at m3")));
        assertEquals(3, large.size());
        assertEquals(before, log(store, "s"));
    }

    @Test
    @DisplayName("R24: a fork whose snapshots exceed the size of its event writes nothing")
    void carriedSnapshotsAreBounded() {
        SessionStore store = bounded(Bounds.standard().withEventBytes(500));
        get(store.putMessage("s", MessageDraft.user("hi").withId("m1")));
        for (int i = 0; i < 20; i++) {
            get(store.checkpoint("s", CheckpointRequest.at("m1").withLabel("checkpoint " + i)));
        }
        error(
                TooLargeException.class,
                store.fork("s", ForkRequest.whole().withId("f").withSnapshots()));
        assertEquals(List.of("s"), all(store.sessionIds()));
        get(store.fork("s", ForkRequest.whole().withId("f")));
    }

    @Test
    @DisplayName("R24: JSON may nest up to the bound and not deeper")
    void jsonDepth() {
        JsonLimits limits = new JsonLimits(JsonLimits.DEFAULT.maxBytes(), 6, 100);
        SessionStore store = bounded(Bounds.standard().withJson(limits));
        get(store.append("s", EventDraft.of("note", nested(6))));
        TooLargeException deep = error(TooLargeException.class, store.append("s", EventDraft.of("note", nested(7))));
        assertEquals(6, deep.bound());
        assertEquals(7, deep.size());
        EventDraft shallow = custom("note", 1);
        error(TooLargeException.class, store.append("s", shallow.withMeta(nested(7))));
        error(
                TooLargeException.class,
                store.append("s", List.of(shallow), WriteOptions.none().withMeta(nested(7))));
        error(TooLargeException.class, store.append("s", shallow.withExtra(Map.of("more", nested(7)))));
        error(TooLargeException.class, store.putMessage("s", MessageDraft.of(Role.USER, nested(6))));
        assertEquals(1, log(store, "s").size());
        Message message = get(store.putMessage("s", MessageDraft.of(Role.USER, nested(5))));
        assertEquals(nested(5), message.content());
    }

    private static Json nested(int depth) {
        Json json = Json.parse("{\"a\":".repeat(depth - 1) + "{}" + "}".repeat(depth - 1));
        assertEquals(depth, json.depth());
        return json;
    }

    @Test
    @DisplayName("R24: the standard bounds allow a batch of 10,000 events, and one of 1 MiB")
    void standardBounds() {
        assertEquals(
                10_000,
                get(store().append("s", Collections.nCopies(10_000, custom("n", 1))))
                        .version());
        error(TooLargeException.class, store().append("s", Collections.nCopies(10_001, custom("n", 1))));
        EventDraft large = sized(1 << 20);
        assertEquals(10_001, append("s", large).version());
        SessionEvent last = all(store().replay("s", Range.last(1))).get(0);
        assertEquals(large.data(), last.data());
        assertNull(last.meta());
    }
}
