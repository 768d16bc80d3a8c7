package dev.reel.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.Checkpoint;
import dev.reel.Commit;
import dev.reel.EventDraft;
import dev.reel.Fork;
import dev.reel.ForwardingSessionStore;
import dev.reel.Json;
import dev.reel.Message;
import dev.reel.MessageDraft;
import dev.reel.Range;
import dev.reel.ResumeRequest;
import dev.reel.ResumedSession;
import dev.reel.Rewind;
import dev.reel.Session;
import dev.reel.SessionEvent;
import dev.reel.SessionState;
import dev.reel.StoreFailedException;
import dev.reel.Turn;
import dev.reel.memory.MemorySessionStore;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

class TimelineRoutesTest {

    private static final String A = "/v1/sessions/a";

    private Served served = Served.memory();

    @AfterEach
    void close() {
        served.close();
    }

    private static void assertStatus(int status, Served.Answer answer) {
        assertEquals(status, answer.status(), answer.toString());
    }

    private static void assertProblem(int status, String type, Served.Answer answer) {
        assertStatus(status, answer);
        assertEquals(type, answer.problem(), answer.toString());
        assertNull(answer.header("etag"));
    }

    private Served.Answer post(String path, @Nullable String body, String... headers) {
        return served.send("POST", path, body, headers);
    }

    /** Two turns of a conversation: u1, a1, u2, a2 at the versions 1 to 4. */
    private void talk(String id) {
        served.store.putMessage(id, MessageDraft.user("1").withId("u1")).block(Served.PATIENCE);
        served.store.putMessage(id, MessageDraft.assistant("2").withId("a1")).block(Served.PATIENCE);
        served.store.putMessage(id, MessageDraft.user("3").withId("u2")).block(Served.PATIENCE);
        served.store.putMessage(id, MessageDraft.assistant("4").withId("a2")).block(Served.PATIENCE);
    }

    private SessionState state(String id) {
        return Objects.requireNonNull(served.store.state(id).block(Served.PATIENCE));
    }

    private long version(String id) {
        SessionState state = served.store.state(id).block(Served.PATIENCE);
        return state == null ? 0 : state.version();
    }

    private SessionEvent lastEvent(String id) {
        return Objects.requireNonNull(
                served.store.replay(id, Range.last(1)).next().block(Served.PATIENCE));
    }

    private List<String> messages(String id) {
        return state(id).messages().stream().map(Message::id).toList();
    }

    // ---- Reading

    @Test
    @DisplayName("the state, current and as of a version, with the place to continue after")
    void state() {
        assertProblem(404, "session-not-found", served.get(A + "/state"));
        talk("a");
        Served.Answer now = served.get(A + "/state");
        assertStatus(200, now);
        assertEquals(state("a").toJson(), now.json());
        assertEquals(state("a").place().toString(), now.header("stream-next-offset"));
        assertEquals("\"" + state("a").place() + "\"", now.header("etag"));
        Served.Answer then = served.get(A + "/state?version=2");
        SessionState asOf = Objects.requireNonNull(served.store.asOf("a", 2).block(Served.PATIENCE));
        assertEquals(asOf.toJson(), then.json());
        assertEquals(asOf.place().toString(), then.header("stream-next-offset"));
        assertNotEquals(now.header("etag"), then.header("etag"));
        assertEquals("-1", served.get(A + "/state?version=0").header("stream-next-offset"));

        Served.Answer ahead = served.get(A + "/state?version=5");
        assertStatus(404, ahead);
        assertEquals("version-ahead", ahead.problem());
        assertEquals(4, ahead.json().longOf("published"));
        for (String wrong : List.of("version=-1", "version=x", "version=", "at=1")) {
            assertProblem(400, "malformed-request", served.get(A + "/state?" + wrong));
        }
        assertProblem(405, "method-not-allowed", post(A + "/state", "{}"));
    }

    @Test
    @DisplayName("a state that the client already has is 304, until something is written")
    void notModified() {
        talk("a");
        String tag = Objects.requireNonNull(served.get(A + "/state").header("etag"));
        assertStatus(304, served.get(A + "/state", "If-None-Match", tag));
        assertStatus(304, served.get(A + "/resume", "If-None-Match", tag));
        assertStatus(200, served.get(A + "/state?version=1", "If-None-Match", tag));
        served.store.append("a", EventDraft.of("note", Json.EMPTY_OBJECT)).block(Served.PATIENCE);
        assertStatus(200, served.get(A + "/state", "If-None-Match", tag));
    }

    @Test
    @DisplayName("resume returns the whole conversation, or all up to the last user message")
    void resume() {
        assertProblem(404, "session-not-found", served.get(A + "/resume"));
        talk("a");
        Served.Answer whole = served.get(A + "/resume");
        assertStatus(200, whole);
        assertEquals(
                served.store.resume("a", ResumeRequest.whole()).block(Served.PATIENCE),
                ResumedSession.fromJson(whole.json()));
        assertEquals(state("a").place().toString(), whole.header("stream-next-offset"));
        assertEquals(
                whole.json(),
                served.get(A + "/resume?up_to_last_user_message=false").json());
        ResumedSession part = ResumedSession.fromJson(
                served.get(A + "/resume?up_to_last_user_message=true").json());
        assertEquals(
                List.of("u1", "a1", "u2"),
                part.messages().stream().map(Message::id).toList());
        assertProblem(400, "malformed-request", served.get(A + "/resume?up_to_last_user_message=1"));
        assertProblem(400, "malformed-request", served.get(A + "/resume?upToLastUserMessage=true"));
    }

    // ---- Checkpoints

    @Test
    @DisplayName("a checkpoint has message, label, metadata and id; an equal one is returned instead of a new one")
    void checkpoint() {
        assertProblem(404, "session-not-found", post(A + "/checkpoint", "{}"));
        talk("a");
        Served.Answer plain = post(A + "/checkpoint", null);
        assertStatus(200, plain);
        Checkpoint last = Checkpoint.fromJson(plain.json());
        assertEquals("a2", last.snapshot().messageId());
        assertFalse(last.existed());
        assertEquals(5, last.version());
        Checkpoint named = Checkpoint.fromJson(
                post(A + "/checkpoint", "{\"message\":\"u2\",\"label\":\"asked\",\"metadata\":[1.50],\"id\":\"c ü\"}")
                        .json());
        assertEquals("c ü", named.snapshot().id());
        assertEquals("u2", named.snapshot().messageId());
        assertEquals("asked", named.snapshot().state().textOf("label"));
        assertEquals("[1.50]", String.valueOf(named.snapshot().state().get("metadata")));
        Served.Answer again = post(A + "/checkpoint", "{\"message\":\"u2\",\"label\":\"asked\",\"metadata\":[1.50]}");
        assertTrue(Checkpoint.fromJson(again.json()).existed());
        assertEquals("c ü", Checkpoint.fromJson(again.json()).snapshot().id());
        assertNull(again.header("reel-repeated"), "found, but not a repeat of this client's write");
        assertEquals(6, version("a"));
        Served.Answer missing = post(A + "/checkpoint", "{\"message\":\"none\"}");
        assertProblem(404, "anchor-not-found", missing);
        assertEquals(Json.object("message", "none"), missing.json().get("anchor"));
        assertProblem(409, "snapshot-id-taken", postTo("b", "c ü"));
        for (String body : List.of(
                "[]",
                "{\"message\":1}",
                "{\"message\":\"\"}",
                "{\"label\":\"\"}",
                "{\"label\":{}}",
                "{\"id\":\"\"}",
                "{\"message_id\":\"u1\"}")) {
            assertStatus(400, post(A + "/checkpoint", body));
        }
        assertEquals(6, version("a"));
    }

    private Served.Answer postTo(String session, String snapshot) {
        talk(session);
        return post("/v1/sessions/" + session + "/checkpoint", "{\"id\":\"" + snapshot + "\"}");
    }

    // ---- Rewind, undo and redo

    @Test
    @DisplayName("rewind accepts each kind of anchor, redo returns, undo removes one turn")
    void rewind() {
        talk("a");
        String event = lastEvent("a").id();
        post(A + "/checkpoint", "{\"message\":\"a1\",\"id\":\"c1\"}");
        for (String anchor : List.of("{\"message\":\"a1\"}", "{\"snapshot\":\"c1\"}", "{\"version\":2}")) {
            Served.Answer cut = post(A + "/rewind", anchor);
            assertStatus(200, cut);
            Rewind done = Rewind.fromJson(cut.json());
            assertEquals(2, done.cut(), anchor);
            assertEquals(2, done.left());
            assertEquals("a1", done.anchorMessageId());
            assertEquals(version("a"), done.version());
            assertEquals(List.of("u1", "a1"), messages("a"));
            assertEquals(2, Rewind.fromJson(post(A + "/redo", "{}").json()).restored());
        }
        assertEquals(
                0,
                Rewind.fromJson(post(A + "/rewind", "{\"event\":\"" + event + "\"}")
                                .json())
                        .cut());
        assertEquals(
                1,
                Rewind.fromJson(post(A + "/rewind", "{\"lastUserMessage\":true}")
                                .json())
                        .cut());
        assertEquals(List.of("u1", "a1", "u2"), messages("a"));
        assertEquals(1, Rewind.fromJson(post(A + "/undo", null).json()).cut());
        assertEquals(List.of("u1", "a1"), messages("a"));
        assertEquals(
                0,
                Rewind.fromJson(post(A + "/rewind", "{\"message\":\"a1\"}").json())
                        .cut());
        post(A + "/redo", null);
        post(A + "/redo", null);
        assertEquals(List.of("u1", "a1", "u2", "a2"), messages("a"));
        assertFalse(Rewind.fromJson(post(A + "/redo", null).json()).changed());
    }

    @Test
    @DisplayName(
            "an anchor must be exactly one place; a missing one is 404, and the problem has it in the request's form")
    void anchors() {
        talk("a");
        long version = version("a");
        for (String anchor : List.of(
                "{\"message\":\"none\"}", "{\"snapshot\":\"none\"}", "{\"version\":99}", "{\"event\":\"none\"}")) {
            Served.Answer missing = post(A + "/rewind", anchor);
            assertProblem(404, "anchor-not-found", missing);
            assertEquals(Json.parse(anchor), missing.json().get("anchor"));
            assertProblem(404, "anchor-not-found", post(A + "/fork", "{\"at\":" + anchor + "}"));
        }
        served.store.append("b", EventDraft.of("note", Json.EMPTY_OBJECT)).block(Served.PATIENCE);
        Served.Answer noUser = post("/v1/sessions/b/rewind", "{\"lastUserMessage\":true}");
        assertProblem(404, "anchor-not-found", noUser);
        assertEquals(Json.object("lastUserMessage", true), noUser.json().get("anchor"));
        for (String anchor : List.of(
                "{}",
                "[]",
                "\"u1\"",
                "{\"message\":\"u1\",\"version\":1}",
                "{\"message\":null}",
                "{\"message\":1}",
                "{\"message\":\"\"}",
                "{\"version\":-1}",
                "{\"version\":\"1\"}",
                "{\"version\":1.5}",
                "{\"event\":\"a b\"}",
                "{\"lastUserMessage\":false}",
                "{\"lastUserMessage\":1}",
                "{\"messages\":\"u1\"}")) {
            assertStatus(400, post(A + "/rewind", anchor));
            assertStatus(400, post(A + "/fork", "{\"at\":" + anchor + "}"));
        }
        assertStatus(400, post(A + "/rewind", null));
        for (String path : List.of("/undo", "/redo")) {
            assertStatus(400, post(A + path, "{\"message\":\"u1\"}"));
            assertStatus(400, post(A + path, "[]"));
            assertProblem(404, "session-not-found", post("/v1/sessions/none" + path, null));
        }
        assertProblem(404, "session-not-found", post("/v1/sessions/none/rewind", "{\"version\":0}"));
        assertEquals(version, version("a"));
    }

    // ---- Forks

    @Test
    @DisplayName("a fork has the requested id, title and place, and a Location")
    void fork() {
        talk("a");
        post(A + "/checkpoint", "{\"message\":\"a1\",\"id\":\"c1\"}");
        Served.Answer whole = post(A + "/fork", null);
        assertStatus(201, whole);
        Fork made = Fork.fromJson(whole.json());
        assertEquals("/v1/sessions/" + Percent.encode(made.sessionId()), whole.header("location"));
        assertEquals(5, made.parentVersion());
        assertEquals(4, made.messageCount());
        assertEquals(0, state(made.sessionId()).snapshots().size());

        Served.Answer part = post(
                A + "/fork", "{\"id\":\"f/ü\",\"at\":{\"message\":\"a1\"},\"title\":\"What if\",\"snapshots\":true}");
        assertStatus(201, part);
        assertEquals("/v1/sessions/f%2F%C3%BC", part.header("location"));
        assertEquals(List.of("u1", "a1"), messages("f/ü"));
        Session row = Session.fromJson(
                served.get(Objects.requireNonNull(part.header("location"))).json());
        assertEquals("What if", row.title());
        assertEquals("a", row.parentId());

        Served.Answer carried = post(A + "/fork", "{\"id\":\"g\",\"snapshots\":true,\"at\":null}");
        assertStatus(201, carried);
        assertEquals(1, state("g").snapshots().size());

        assertProblem(409, "version-conflict", post(A + "/fork", "{\"id\":\"g\"}"));
        assertProblem(404, "session-not-found", post("/v1/sessions/none/fork", "{}"));
        for (String body : List.of(
                "[]",
                "{\"id\":1}",
                "{\"id\":\"\"}",
                "{\"snapshots\":1}",
                "{\"title\":[]}",
                "{\"at\":1}",
                "{\"to\":1}")) {
            assertStatus(400, post(A + "/fork", body));
        }
    }

    // ---- Turns and the end

    @Test
    @DisplayName("a holder takes the turn, and the previous holder is fenced off")
    void turn() {
        Served.Answer first = post(A + "/turn", "{\"holder\":\"w1\"}");
        assertStatus(200, first);
        Turn old = Turn.fromJson(first.json());
        assertEquals("w1", old.holder());
        assertEquals(1, old.epoch());
        String token = old.epoch() + "." + old.eventId();
        assertStatus(200, post(A + "/turn", "{\"holder\":\"w2\"}", "Reel-Turn", token));
        assertProblem(409, "fenced", post(A + "/turn", "{\"holder\":\"w3\"}", "Reel-Turn", token));
        assertEquals("w2", Objects.requireNonNull(state("a").turn()).holder());
        for (String body : List.of(
                "{}",
                "[]",
                "{\"holder\":null}",
                "{\"holder\":1}",
                "{\"holder\":\"\"}",
                "{\"holder\":\"w\",\"epoch\":3}")) {
            assertStatus(400, post(A + "/turn", body));
        }
        assertEquals(2, version("a"));
    }

    @Test
    @DisplayName("close accepts any reason; a session that is already closed or has no events is 204")
    void closeSession() {
        assertStatus(204, post(A + "/close", null));
        talk("a");
        assertStatus(400, post(A + "/close", "{\"because\":1}"));
        assertStatus(400, post(A + "/close", "\"done\""));
        Served.Answer closed = post(A + "/close", "{\"reason\":{\"n\":1.50}}");
        assertStatus(200, closed);
        Commit commit = Commit.fromJson(closed.json());
        assertEquals(5, commit.version());
        assertEquals(commit.place().toString(), closed.header("stream-next-offset"));
        assertEquals("{\"reason\":{\"n\":1.50}}", lastEvent("a").data().toString());
        assertTrue(Session.fromJson(served.get(A).json()).closed());
        Served.Answer again = post(A + "/close", "{}");
        assertStatus(204, again);
        assertEquals("", again.text());
        talk("b");
        assertStatus(200, post("/v1/sessions/b/close", null));
        assertEquals("{\"reason\":null}", lastEvent("b").data().toString());
    }

    @Test
    @DisplayName("sync is 204 after the store has synced; its error has no file names")
    void sync() {
        AtomicInteger syncs = new AtomicInteger();
        served.close();
        served = Served.of(
                new ForwardingSessionStore(MemorySessionStore.create()) {
                    @Override
                    public Mono<Void> sync() {
                        return Mono.defer(() -> syncs.incrementAndGet() == 1
                                ? Mono.empty()
                                : Mono.error(StoreFailedException.unusable(
                                        "/secret/journal cannot be flushed", new IOException("/secret/journal"))));
                    }
                },
                options -> options);
        assertStatus(400, post("/v1/sync", "{\"session\":\"a\"}"));
        assertEquals(0, syncs.get());
        Served.Answer done = post("/v1/sync", null);
        assertStatus(204, done);
        assertEquals(1, syncs.get());
        Served.Answer failed = post("/v1/sync", "{}");
        assertProblem(500, "store-failed", failed);
        assertFalse(failed.toString().contains("secret"), failed.toString());
        assertProblem(405, "method-not-allowed", served.get("/v1/sync"));
    }

    // ---- Headers of writes

    /** One write each, which changes something after {@link #begin}: path, body. */
    private static final List<String[]> WRITES = List.of(
            new String[] {"/checkpoint", "{\"label\":\"x\"}"},
            new String[] {"/rewind", "{\"message\":\"u1\"}"},
            new String[] {"/undo", "{}"},
            new String[] {"/redo", "{}"},
            new String[] {"/turn", "{\"holder\":\"w\"}"},
            new String[] {"/close", "{}"});

    private void begin() {
        talk("a");
        served.store.undo("a").block(Served.PATIENCE);
    }

    private void end() {
        served.store.purge("a").block(Served.PATIENCE);
    }

    @Test
    @DisplayName("If-Match is checked by each write; 412 has the actual version, and nothing is written")
    void ifMatch() {
        for (String[] write : WRITES) {
            begin();
            String tag = Objects.requireNonNull(served.get(A + "/state").header("etag"));
            Served.Answer stale = post(A + write[0], write[1], "If-Match", "\"4\"");
            assertProblem(412, "version-conflict", stale);
            assertEquals(5, stale.json().longOf("actual"));
            assertProblem(412, "version-conflict", post(A + write[0], write[1], "If-None-Match", "*"));
            assertEquals(5, version("a"));
            assertStatus(200, post(A + write[0], write[1], "If-Match", tag));
            assertEquals(6, version("a"), write[0]);
            end();
        }
        talk("a");
        assertProblem(412, "version-conflict", post(A + "/fork", "{\"id\":\"f\"}", "If-Match", "3"));
        assertStatus(201, post(A + "/fork", "{\"id\":\"f\"}", "If-Match", "4"));
    }

    @Test
    @DisplayName(
            "a repeat with its idempotency key writes nothing and returns the same; another write with the key is 409")
    void idempotencyKey() {
        for (String[] write : WRITES) {
            begin();
            Served.Answer first = post(A + write[0], write[1], "Idempotency-Key", "\"k\"");
            assertStatus(200, first);
            Served.Answer again = post(A + write[0], write[1], "Idempotency-Key", "k");
            assertStatus(200, again);
            assertEquals(6, version("a"), write[0]);
            boolean commit = write[0].equals("/close");
            assertEquals(commit ? "true" : null, again.header("reel-repeated"));
            assertEquals(commit ? first.json().with("repeated", true) : first.json(), again.json());
            assertProblem(
                    409,
                    "idempotency-conflict",
                    served.send("PUT", A, "{\"title\":\"other\"}", "Idempotency-Key", "k"));
            end();
        }
        talk("a");
        Served.Answer fork = post(A + "/fork", "{}", "Idempotency-Key", "k");
        Served.Answer again = post(A + "/fork", "{}", "Idempotency-Key", "k");
        assertStatus(201, again);
        assertEquals(fork.json(), again.json());
        assertEquals(fork.header("location"), again.header("location"));
    }

    @Test
    @DisplayName("each write checks Reel-Turn and stores Reel-Meta")
    void turnAndMeta() {
        for (String[] write : WRITES) {
            begin();
            Turn old = Objects.requireNonNull(served.store.takeTurn("a", "w1").block(Served.PATIENCE));
            Turn now = Objects.requireNonNull(served.store.takeTurn("a", "w2").block(Served.PATIENCE));
            assertProblem(409, "fenced", post(A + write[0], write[1], "Reel-Turn", old.epoch() + "." + old.eventId()));
            assertEquals(7, version("a"));
            Served.Answer done = post(
                    A + write[0],
                    write[1],
                    "Reel-Turn",
                    now.epoch() + "." + now.eventId(),
                    "Reel-Meta",
                    Percent.encode("{\"t\":1}"));
            assertStatus(200, done);
            assertEquals("{\"t\":1}", String.valueOf(lastEvent("a").meta()));
            end();
        }
    }

    @Test
    @DisplayName("a closed session is 409 for each write except close and fork")
    void closed() {
        begin();
        served.store.closeSession("a", Json.NULL).block(Served.PATIENCE);
        for (String[] write : WRITES) {
            Served.Answer answer = post(A + write[0], write[1]);
            if (write[0].equals("/close")) {
                assertStatus(204, answer);
            } else {
                assertProblem(409, "session-closed", answer);
            }
        }
        assertStatus(201, post(A + "/fork", "{}"));
    }
}
