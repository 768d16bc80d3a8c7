package dev.reel.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.Change;
import dev.reel.Commit;
import dev.reel.EventDraft;
import dev.reel.Json;
import dev.reel.Message;
import dev.reel.MessageDelta;
import dev.reel.MessageDraft;
import dev.reel.MessageQuery;
import dev.reel.Role;
import dev.reel.SessionEvent;
import dev.reel.SessionState;
import dev.reel.SessionStore;
import dev.reel.SnapshotDraft;
import dev.reel.StoreOptions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Message rows: put, replaced, streamed in parts, queried, deleted. */
@DisplayName("Message rows")
class MessageRowsContract extends ContractGroup {

    MessageRowsContract(Function<StoreOptions, SessionStore> opener) {
        super(opener);
    }

    private Message message(String id) {
        return get(store().getMessage("s", id));
    }

    private List<String> query(MessageQuery query) {
        return all(store().listMessages("s", query)).stream().map(Message::id).toList();
    }

    @ParameterizedTest
    @EnumSource(Role.class)
    @DisplayName("R17: a message of each role is read as it was put, and is one event of its type")
    void put(Role role) {
        Json content = Json.parse("{\"role\":\"someone else\", \"parts\":[1.50,null,\"\\u00fc\"]}");
        Message answer =
                get(store().putMessage("s", MessageDraft.of(role, content).withId("m")));
        assertEquals(new Message("m", "s", 1, role, content, START, false), answer);
        assertEquals(answer, message("m"));
        assertEquals(List.of(answer), all(store().listMessages("s")));
        assertEquals(content.toString(), message("m").content().toString());
        assertEquals(List.of(role.eventType()), types("s"));
    }

    @Test
    @DisplayName("R17: a message put without an id gets a generated one, and a given instant is kept")
    void defaults() {
        Message made = get(store().putMessage("s", MessageDraft.user("text")));
        assertEquals("m1", made.id());
        Instant given = Instant.parse("2020-01-01T00:00:00.000001Z");
        get(store().putMessage("s", MessageDraft.user("old").withId("old").withAt(given)));
        assertEquals(given, message("old").at());
        assertEquals(START, message("m1").at());
    }

    @Test
    @DisplayName("R18: messages are listed in the order of their events, even if all instants are equal or go back")
    void order() {
        user("s", "z", "one");
        assistant("s", "a", "two");
        clock.advance(Duration.ofHours(-1));
        user("s", "m", "three");
        assertEquals(List.of("z", "a", "m"), messageIds("s"));
        assertEquals(
                List.of(1L, 2L, 3L),
                all(store().listMessages("s")).stream().map(Message::seq).toList());
    }

    @Test
    @DisplayName(
            "R18: an existing message that is put again gets new role and content, and keeps seq, instant and place")
    void putAgain() {
        user("s", "m1", "one");
        user("s", "m2", "two");
        clock.advance(Duration.ofSeconds(1));
        Message again = assistant("s", "m1", "edited");
        assertEquals(1, again.seq());
        assertEquals(START, again.at());
        assertEquals(Role.ASSISTANT, again.role());
        assertEquals("edited", message("m1").text());
        assertEquals(List.of("m1", "m2"), messageIds("s"));
    }

    @Test
    @DisplayName("R18: a message that is put after it was truncated is a new row at the end")
    void putAfterCut() {
        user("s", "m1", "one");
        user("s", "m2", "two");
        user("s", "m3", "three");
        get(store().deleteMessagesAfter("s", "m1"));
        user("s", "m3", "again");
        user("s", "m2", "again");
        assertEquals(List.of("m1", "m3", "m2"), messageIds("s"));
        assertEquals(6, message("m2").seq());
    }

    @Test
    @DisplayName("R17: before(seq) lists the messages before a seq, alone and with last(n) and after(seq)")
    void before() {
        append("s", custom("note", 1));
        for (int i = 2; i <= 6; i++) {
            user("s", "m" + i, "text");
        }
        append("s", custom("note", 2));
        user("s", "m8", "text");
        assertEquals(List.of("m2", "m3", "m4"), query(MessageQuery.before(5)));
        assertEquals(List.of("m3", "m4"), query(MessageQuery.before(5).withLast(2)));
        assertEquals(List.of("m2", "m3", "m4"), query(MessageQuery.before(5).withLast(100)));
        assertEquals(List.of("m5", "m6"), query(MessageQuery.before(8).withLast(2)));
        assertEquals(List.of("m5", "m6"), query(MessageQuery.before(7).withLast(2)));
        assertEquals(List.of("m4", "m5"), query(MessageQuery.after(3).withBefore(6)));
        assertEquals(List.of("m5"), query(MessageQuery.last(1).withBefore(6).withAfter(3)));
        assertEquals(List.of(), query(MessageQuery.before(2)));
        assertEquals(List.of(), query(MessageQuery.before(0)));
        assertEquals(List.of(), query(MessageQuery.after(5).withBefore(6)));
        assertEquals(List.of(), query(MessageQuery.after(8).withBefore(3)));
        assertEquals(List.of("m2", "m3", "m4", "m5", "m6", "m8"), query(MessageQuery.before(100)));
        assertEquals(List.of("m8"), query(MessageQuery.before(Long.MAX_VALUE).withLast(1)));
        assertEquals(List.of(), all(store().listMessages("none", MessageQuery.before(5))));
    }

    @Test
    @DisplayName("R17: queries return the messages after a seq, the last n, and the last n after a seq")
    void queries() {
        append("s", custom("note", 1));
        for (int i = 2; i <= 6; i++) {
            user("s", "m" + i, "text");
        }
        append("s", custom("note", 2));
        user("s", "m8", "text");
        assertEquals(List.of("m2", "m3", "m4", "m5", "m6", "m8"), query(MessageQuery.all()));
        assertEquals(List.of("m5", "m6", "m8"), query(MessageQuery.after(4)));
        assertEquals(List.of("m8"), query(MessageQuery.after(7)));
        assertEquals(List.of(), query(MessageQuery.after(8)));
        assertEquals(List.of(), query(MessageQuery.after(100)));
        assertEquals(List.of("m6", "m8"), query(MessageQuery.last(2)));
        assertEquals(List.of("m2", "m3", "m4", "m5", "m6", "m8"), query(MessageQuery.last(100)));
        assertEquals(List.of("m8"), query(MessageQuery.after(5).withLast(1)));
        assertEquals(List.of("m6", "m8"), query(MessageQuery.after(5).withLast(3)));
    }

    @Test
    @DisplayName("R18: the parts of a streamed message are one row from the first part until the message is put")
    void streamed() {
        user("s", "q", "question");
        assertEquals(2, part(0, "Hel").version());
        assertEquals(new Message("a", "s", 2, Role.ASSISTANT, text("Hel"), START, true), message("a"));
        clock.advance(Duration.ofSeconds(1));
        part(1, "lo");
        assertEquals(new Message("a", "s", 2, Role.ASSISTANT, text("Hello"), START, true), message("a"));
        assertEquals(List.of("q", "a"), messageIds("s"));
        assistant("s", "a", "Hello.");
        assertEquals(new Message("a", "s", 2, Role.ASSISTANT, text("Hello."), START, false), message("a"));
        assertEquals(List.of("user_message", "message_delta", "message_delta", "assistant_message"), types("s"));
    }

    private Commit part(long n, String text) {
        return get(store().appendToMessage("s", MessageDelta.of("a", n, text)));
    }

    private static Json text(String text) {
        return Json.object("role", "assistant", "content", text);
    }

    @Test
    @DisplayName("R18: a part out of order, or of a complete message, is recorded and changes no message")
    void partsWithoutEffect() {
        part(0, "a");
        part(2, "lost");
        assertEquals("a", message("a").text());
        part(1, "b");
        part(1, "twice");
        assertEquals("ab", message("a").text());
        get(store().appendToMessage("s", MessageDelta.of("unknown", 3, "x")));
        assertNull(maybe(store().getMessage("s", "unknown")));
        assistant("s", "a", "whole");
        part(2, "late");
        part(0, "late");
        assertEquals("whole", message("a").text());
        assertFalse(message("a").partial());
        assertEquals(IntStream.rangeClosed(1, 8).mapToObj(v -> (long) v).toList(), versions("s"));
    }

    @Test
    @DisplayName("R18: part 0 restarts a partial message, and sets its role")
    void partZeroAgain() {
        part(0, "first");
        part(1, " try");
        get(store().appendToMessage("s", new MessageDelta("a", Role.TOOL, 0, "second")));
        part(1, " try");
        assertEquals(
                new Message("a", "s", 1, Role.TOOL, Json.object("role", "tool", "content", "second try"), START, true),
                message("a"));
    }

    @Test
    @DisplayName("R18: a partial message can be truncated, restored and then extended")
    void partialIsARow() {
        user("s", "q", "question");
        part(0, "an");
        get(store().deleteMessagesAfter("s", "q"));
        part(1, "lost");
        assertEquals(List.of("q"), messageIds("s"));
        assertEquals(1, get(store().redo("s")).restored());
        part(1, "swer");
        assertEquals("answer", message("a").text());
        assertTrue(message("a").partial());
    }

    @Test
    @DisplayName("R17: deleteMessagesAfter keeps the anchor, and redo restores the rest")
    void deleteAfterKeepsTheAnchor() {
        user("s", "m1", "one");
        assistant("s", "m2", "two");
        user("s", "m3", "three");
        Commit commit = get(store().deleteMessagesAfter("s", "m1"));
        assertEquals(4, commit.version());
        assertEquals(List.of("m1"), messageIds("s"));
        assertNull(maybe(store().getMessage("s", "m2")));
        SessionEvent event = log("s").get(3);
        assertEquals("messages_truncate", event.type());
        assertEquals(Json.object("after", "m1"), event.data());
        get(store().redo("s"));
        assertEquals(List.of("m1", "m2", "m3"), messageIds("s"));
    }

    @Test
    @DisplayName("R17: deleteMessages removes all messages and everything that could be redone, and no snapshot")
    void deleteAll() {
        user("s", "m1", "one");
        user("s", "m2", "two");
        get(store().putSnapshot("s", SnapshotDraft.of(Json.NULL).withId("c").withMessage("m1")));
        get(store().deleteMessagesAfter("s", "m1"));
        assertEquals(5, get(store().deleteMessages("s")).version());
        assertEquals(List.of(), messageIds("s"));
        assertEquals("m1", get(store().getSnapshot("c")).messageId());
        assertFalse(get(store().redo("s")).changed());
        assertEquals("messages_clear", log("s").get(4).type());
        assertEquals("s", get(store().getSession("s")).id());
    }

    @Test
    @DisplayName("R19: a delete that changes nothing appends nothing, and reports so")
    void deletesOfNothing() {
        append("custom", custom("note", 1));
        user("s", "m1", "one");
        user("s", "m2", "two");
        user("gone", "m1", "one");
        get(store().deleteSession("gone"));
        var feed = feed();
        assertEquals(5, feed.size());
        List<Mono<Commit>> deletes = List.of(
                store().deleteMessagesAfter("s", "m2"),
                store().deleteMessagesAfter("s", "unknown"),
                store().deleteMessagesAfter("gone", "m1"),
                store().deleteMessagesAfter("never", "m1"),
                store().deleteSnapshots("s"),
                store().deleteSnapshots("never"),
                store().deleteMessages("custom"),
                store().deleteMessages("gone"),
                store().deleteMessages("never"),
                store().deleteSession("custom"),
                store().deleteSession("gone"),
                store().deleteSession("never"));
        for (Mono<Commit> delete : deletes) {
            assertNull(maybe(delete));
        }
        assertEquals(feed, feed());
        assertEquals(List.of("m1", "m2"), messageIds("s"));
    }

    @Test
    @DisplayName("R19: a delete that changed nothing is not counted among the truncations that redo restores")
    void deleteOfNothingAndRedo() {
        user("s", "m1", "one");
        user("s", "m2", "two");
        get(store().deleteMessagesAfter("s", "m1"));
        assertNull(maybe(store().deleteMessagesAfter("s", "m1")));
        assertNull(maybe(store().deleteSnapshots("s")));
        assertEquals(1, get(store().redo("s")).restored());
        assertEquals(List.of("m1", "m2"), messageIds("s"));
    }

    @Test
    @DisplayName("R19: no read shows half a batch")
    void neverHalfABatch() {
        int batches = 300;
        CompletableFuture<Void> writing = Mono.<Void>fromRunnable(() -> {
                    for (int i = 0; i < batches; i++) {
                        Json text = Json.of(i);
                        append(
                                "s",
                                EventDraft.of(Change.putMessage(Role.USER, "m1", text)),
                                EventDraft.of(Change.putMessage(Role.USER, "m2", text)));
                    }
                })
                .subscribeOn(Schedulers.boundedElastic())
                .toFuture();
        int seen = 0;
        while (!writing.isDone()) {
            List<Message> listed = all(store().listMessages("s"));
            if (listed.isEmpty()) {
                continue;
            }
            assertEquals(2, listed.size());
            assertEquals(listed.get(0).content(), listed.get(1).content());
            assertEquals(0, get(store().state("s")).version() % 2);
            assertEquals(0, log("s").size() % 2);
            int now = Math.toIntExact(listed.get(0).content().asLong());
            assertTrue(now >= seen, "no read goes back");
            seen = now;
        }
        maybe(Mono.fromFuture(writing));
        assertEquals(2 * batches, log("s").size());
    }

    @Test
    @DisplayName("R17: an id that is put and truncated repeatedly names the current row, at every version")
    void reusedId() {
        for (int i = 0; i < 20; i++) {
            user("a", "m" + i, "question");
            assistant("a", "typing", "answer " + i);
            assertEquals("answer " + i, get(store().getMessage("a", "typing")).text());
            get(store().deleteMessagesAfter("a", "m" + i));
            assertNull(maybe(store().getMessage("a", "typing")));
        }
        for (int i = 0; i < 20; i++) {
            SessionState rows = get(store().asOf("a", 3L * i + 2));
            assertEquals(
                    "answer " + i,
                    Objects.requireNonNull(rows.message("typing")).text());
            assertNull(get(store().asOf("a", 3L * i + 3)).message("typing"));
        }
        assistant("a", "typing", "the last");
        assertEquals(61, get(store().getMessage("a", "typing")).seq());
    }

    @Test
    @DisplayName("R17: ids with the same hash code are different ids, of messages, snapshots and events")
    void collidingIds() {
        for (int i = 0; i < 64; i++) {
            append(
                    "a",
                    EventDraft.of(Change.putMessage(Role.USER, colliding(i), Json.object("content", "" + i)))
                            .withId(colliding(i)));
            get(store().putSnapshot("a", SnapshotDraft.of(Json.object("n", i)).withId(colliding(i))));
        }
        for (int i = 0; i < 64; i++) {
            assertEquals(
                    "" + i, get(store().getMessage("a", colliding(i))).content().textOf("content"));
            assertEquals(i, get(store().getSnapshot(colliding(i))).state().longOf("n"));
            assertTrue(append(
                            "a",
                            EventDraft.of(Change.putMessage(Role.USER, colliding(i), Json.object("content", "" + i)))
                                    .withId(colliding(i)))
                    .repeated());
        }
        assertNull(maybe(store().getMessage("a", colliding(64))));
    }

    /** Returns one of many texts with the same hash code, built from "Aa" and "BB", whose hash codes are equal. */
    private static String colliding(int number) {
        StringBuilder id = new StringBuilder();
        for (int bit = 0; bit < 8; bit++) {
            id.append((number >> bit & 1) == 0 ? "Aa" : "BB");
        }
        return id.toString();
    }
}
