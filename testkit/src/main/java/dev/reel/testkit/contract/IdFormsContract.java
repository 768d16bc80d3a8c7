package dev.reel.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.Anchor;
import dev.reel.CheckpointRequest;
import dev.reel.EventDraft;
import dev.reel.FeedFilter;
import dev.reel.FeedPlace;
import dev.reel.ForkRequest;
import dev.reel.From;
import dev.reel.InvalidInputException;
import dev.reel.Json;
import dev.reel.LogPlace;
import dev.reel.Message;
import dev.reel.MessageDelta;
import dev.reel.MessageDraft;
import dev.reel.MessageQuery;
import dev.reel.Range;
import dev.reel.ResumeRequest;
import dev.reel.SessionEvent;
import dev.reel.SessionStore;
import dev.reel.Snapshot;
import dev.reel.SnapshotDraft;
import dev.reel.StoreOptions;
import dev.reel.TailOptions;
import dev.reel.Turn;
import dev.reel.WriteOptions;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;

/** R21: valid and invalid ids, and that different ids share no data. */
abstract class IdFormsContract extends ContractGroup {

    private static final String ROCKET = "\ud83d\ude80";

    IdFormsContract(Function<StoreOptions, SessionStore> opener) {
        super(opener);
    }

    /** Valid ids, many of which a storage could confuse with each other or misread as more than a name. */
    static Stream<String> ids() {
        return Stream.of(
                "a",
                "A",
                "a.",
                ".a",
                " a",
                "a ",
                "a b",
                "a%20b",
                "a+b",
                "0",
                "00",
                "-a",
                "--help",
                "~",
                "*",
                "?",
                ".",
                "..",
                "../a",
                "../../etc/passwd",
                "/",
                "/a",
                "a/b",
                "a\\b",
                "\\",
                "C:\\a",
                "a:b",
                "CON",
                "nul.jsonl",
                "a.jsonl",
                "a.JSONL",
                "%2e%2e%2f",
                "$HOME",
                "`a`",
                "'a'",
                "\"a\"",
                "a'; drop table events; --",
                "{}",
                "null",
                "-1",
                "reel:a",
                "<b>a</b>",
                "\u00df",
                "ss",
                "\u00e9",
                "e\u0301",
                "\u0130",
                "\u0131",
                "i",
                "I",
                "\u2028",
                "\u202ea",
                "\u200b",
                "\ufeffa",
                "\uffff",
                "\u65e5\u672c\u8a9e",
                "\u0627\u0644",
                "\ud83d\udc69\u200d\ud83d\udcbb",
                ROCKET,
                "x".repeat(200),
                "x".repeat(199) + "X",
                ROCKET.repeat(200));
    }

    static Stream<String> malformedIds() {
        return Stream.of(
                "",
                "x".repeat(201),
                ROCKET.repeat(201),
                "a\u0000",
                "\n",
                "a\rb",
                "\t",
                "\u001b[2J",
                "\u007f",
                "\u0085",
                "\u009f",
                "\ud83d",
                "\ude80",
                "a\ude80\ud83d",
                "\ud83da");
    }

    @Test
    @DisplayName("R21: session ids of any script and form name sessions of their own")
    void sessionIds() {
        List<String> ids = ids().toList();
        for (int i = 0; i < ids.size(); i++) {
            append(ids.get(i), custom("note", i));
            user(ids.get(i), "m1", "of " + i);
        }
        assertEquals(ids, all(store().sessionIds()));
        for (int i = 0; i < ids.size(); i++) {
            String id = ids.get(i);
            List<SessionEvent> log = log(id);
            assertEquals(List.of("note", "user_message"), typesOf(log));
            assertEquals(id, log.get(0).sessionId());
            assertEquals(Json.object("n", i), log.get(0).data());
            assertEquals("of " + i, get(store().getMessage(id, "m1")).text());
            assertEquals(id, get(store().getSession(id)).id());
        }
        List<String> ofFeed =
                feed().stream().map(SessionEvent::sessionId).distinct().toList();
        assertEquals(ids, ofFeed);
        for (String id : ids) {
            maybe(store().purge(id));
            assertEquals(List.of(), log(id));
        }
        assertEquals(List.of(), all(store().sessionIds()));
        assertEquals(ids, feed().stream().map(SessionEvent::sessionId).toList());
    }

    @Test
    @DisplayName("R21: message ids of any script and form name messages of their own")
    void idsOfMessages() {
        List<String> ids = ids().toList();
        for (String id : ids) {
            user("s", id, "this is " + id);
        }
        assertEquals(ids, messageIds("s"));
        for (String id : ids) {
            assertEquals("this is " + id, get(store().getMessage("s", id)).text());
        }
        get(store().deleteMessagesAfter("s", "A"));
        assertEquals(List.of("a", "A"), messageIds("s"));
    }

    @Test
    @DisplayName("R21: snapshot ids of any script and form name snapshots of their own")
    void idsOfSnapshots() {
        List<String> ids = ids().toList();
        for (String id : ids) {
            get(store().putSnapshot(
                            "s", SnapshotDraft.of(Json.of(id)).withId(id).withMessage(id)));
        }
        assertEquals(
                ids, all(store().listSnapshots("s")).stream().map(Snapshot::id).toList());
        for (String id : ids) {
            Snapshot snapshot = get(store().getSnapshot(id));
            assertEquals(Json.of(id), snapshot.state());
            assertEquals(id, snapshot.messageId());
        }
    }

    @Test
    @DisplayName(
            "R21: idempotency keys, holders and labels have the form of ids too, and different ones are not confused")
    void writeIdsHoldersAndLabels() {
        List<String> ids = ids().toList();
        for (String id : ids) {
            Message message = get(store().putMessage(
                            "s", MessageDraft.user(id), WriteOptions.none().withIdempotencyKey(id)));
            assertEquals(id, message.text());
        }
        assertEquals(ids.size(), messageIds("s").size());
        for (String id : ids) {
            Turn turn = get(store().takeTurn("s", id));
            assertEquals(id, turn.holder());
            Snapshot snapshot = get(store().checkpoint(
                                    "s", CheckpointRequest.atLastMessage().withLabel(id)))
                    .snapshot();
            assertEquals(id, snapshot.state().textOf("label"));
        }
        assertEquals(ids.size(), all(store().listSnapshots("s")).size());
        assertEquals(ids.size(), get(store().state("s")).epoch());
    }

    @Test
    @DisplayName("R21: event ids have 1 to 100 characters, and are case-sensitive")
    void eventIds() {
        String everyCharacter = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:~";
        List<String> ids =
                List.of("a", "A", "-", "..", "~2", ":", "0", everyCharacter, "x".repeat(100), "X".repeat(100));
        for (String id : ids) {
            append("s", custom("note", 1).withId(id));
        }
        assertEquals(ids, idsOf(log("s")));
        for (SessionEvent event : log("s")) {
            Range after = Range.after(LogPlace.parse(event.place().toString()));
            assertEquals(
                    ids.size() - event.version(),
                    all(store().replay("s", after)).size());
        }
        for (String malformed : List.of("", "x".repeat(101), "a b", "a/b", "\u00e9", "a\n")) {
            EventDraft note = custom("note", 1);
            assertThrows(InvalidInputException.class, () -> append("s", note.withId(malformed)));
        }
        assertEquals(ids.size(), log("s").size());
    }

    @Test
    @DisplayName("R21: event types have 1 to 100 code points of any script, and must not be one of Reel's own")
    void eventTypes() {
        List<String> types = List.of(
                "a",
                "A",
                " ",
                "a b",
                "../a",
                "reel",
                "Reel:a",
                "x-reel:a",
                "\u65e5\u672c",
                "x".repeat(100),
                ROCKET.repeat(100),
                "user_message ",
                "USER_MESSAGE");
        for (String type : types) {
            append("s", custom(type, 1));
        }
        assertEquals(types, types("s"));
        assertEquals(List.of(), messageIds("s"));
        for (String type : types) {
            assertEquals(
                    1, all(store().replay("s", Range.all().withTypes(type))).size());
            assertEquals(
                    1,
                    all(store().replayAll(FeedPlace.start(), FeedFilter.all().withTypes(type)))
                            .size());
        }
        for (String malformed : List.of("", "x".repeat(101), "reel:", "reel:started", "a\u0000", "\ud800")) {
            assertThrows(InvalidInputException.class, () -> append("s", custom(malformed, 1)));
        }
        assertEquals(types, types("s"));
    }

    @ParameterizedTest(name = "R21: {0} signals a malformed session id as an error")
    @EnumSource(Write.class)
    void writesRefuseMalformedIds(Write write) {
        Write.ground(store(), "s");
        List<SessionEvent> before = feed();
        malformedIds().forEach(id -> error(InvalidInputException.class, write.call(store(), id, WriteOptions.none())));
        assertEquals(before, feed());
        answer(write.call(store(), "s", WriteOptions.none()));
        assertEquals(write.types(), typesOf(since(before)));
    }

    /** Returns every read of one session. */
    private static Map<String, BiFunction<SessionStore, String, Publisher<?>>> reads() {
        Map<String, BiFunction<SessionStore, String, Publisher<?>>> reads = new LinkedHashMap<>();
        reads.put("replay", (store, id) -> store.replay(id, Range.all()));
        reads.put("tail", (store, id) -> store.tail(id, From.start()).take(1));
        reads.put(
                "tailSignals",
                (store, id) -> store.tailSignals(id, From.start(), TailOptions.standard())
                        .take(1));
        reads.put("head", SessionStore::head);
        reads.put("getSession", SessionStore::getSession);
        reads.put("getMessage", (store, id) -> store.getMessage(id, "m1"));
        reads.put("listMessages", (store, id) -> store.listMessages(id, MessageQuery.all()));
        reads.put("listSnapshots", SessionStore::listSnapshots);
        reads.put("state", SessionStore::state);
        reads.put("asOf", (store, id) -> store.asOf(id, 3));
        reads.put("states", (store, id) -> store.states(id).take(1));
        reads.put("resume", (store, id) -> store.resume(id, ResumeRequest.whole()));
        return reads;
    }

    static Stream<String> namesOfReads() {
        return reads().keySet().stream();
    }

    @ParameterizedTest(name = "R21: {0} signals that a session id is malformed")
    @MethodSource("namesOfReads")
    void readsRefuseMalformedIds(String name) {
        BiFunction<SessionStore, String, Publisher<?>> read =
                reads().getOrDefault(name, (store, id) -> store.state(id));
        Write.ground(store(), "s");
        malformedIds().forEach(id -> error(InvalidInputException.class, read.apply(store(), id)));
        assertTrue(get(Flux.from(read.apply(store(), "s")).hasElements()));
    }

    @Test
    @DisplayName("R21: other malformed ids are rejected by drafts, or signalled by the store; nothing is written")
    void otherMalformedIds() {
        Write.ground(store(), "s");
        List<SessionEvent> before = feed();
        SessionStore store = store();
        malformedIds().forEach(id -> {
            List<Executable> drafts = List.of(
                    () -> MessageDraft.user("x").withId(id),
                    () -> MessageDelta.of(id, 0, "x"),
                    () -> SnapshotDraft.of(Json.NULL).withId(id),
                    () -> SnapshotDraft.of(Json.NULL).withMessage(id),
                    () -> WriteOptions.none().withIdempotencyKey(id),
                    () -> Anchor.message(id),
                    () -> ForkRequest.whole().withId(id),
                    () -> CheckpointRequest.at(id),
                    () -> CheckpointRequest.atLastMessage().withLabel(id));
            for (int i = 0; i < drafts.size(); i++) {
                int draft = i;
                assertThrows(
                        InvalidInputException.class, drafts.get(i), () -> "draft " + draft + " for " + Json.of(id));
            }
            List<Publisher<?>> calls = List.of(
                    store.getMessage("s", id),
                    store.deleteMessagesAfter("s", id),
                    store.getSnapshot(id),
                    store.takeTurn("s", id));
            calls.forEach(call -> error(InvalidInputException.class, call));
        });
        assertEquals(before, feed());
        assertEquals("x", get(store.putMessage("s", MessageDraft.user("x"))).text());
    }
}
