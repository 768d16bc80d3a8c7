package dev.reel.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.Bounds;
import dev.reel.Commit;
import dev.reel.ForwardingSessionStore;
import dev.reel.Json;
import dev.reel.Message;
import dev.reel.MessageDraft;
import dev.reel.MessageQuery;
import dev.reel.Range;
import dev.reel.Session;
import dev.reel.SessionDamagedException;
import dev.reel.SessionDraft;
import dev.reel.SessionEvent;
import dev.reel.SessionPurgedException;
import dev.reel.SessionState;
import dev.reel.Snapshot;
import dev.reel.StoreOptions;
import dev.reel.Turn;
import dev.reel.WriteOptions;
import dev.reel.memory.MemorySessionStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

class RowRoutesTest {

    private static final String A = "/v1/sessions/a";
    private static final String MESSAGES = A + "/messages";
    private static final String SNAPSHOTS = A + "/snapshots";

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
        assertEquals(status, answer.json().longOf("status"));
        assertNull(answer.header("etag"));
        assertNull(answer.header("stream-next-offset"));
    }

    private Served.Answer put(String path, String body, String... headers) {
        return served.send("PUT", path, body, headers);
    }

    private static String message(String text) {
        return "{\"role\":\"user\",\"text\":\"" + text + "\"}";
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

    private static List<String> ids(Served.Answer answer) {
        assertStatus(200, answer);
        return answer.json().elements().stream().map(row -> row.textOf("id")).toList();
    }

    // ---- Sessions

    @Test
    @DisplayName("PUT of a session replaces the whole row; GET returns it with its place")
    void putSession() {
        Served.Answer put = put(
                A,
                "{\"title\":\"A trip\",\"model\":\"m\",\"metadata\":{\"n\":1.50},\"parent_id\":\"p\","
                        + "\"created_at\":\"2026-04-26T12:34:56.789Z\"}");
        assertStatus(200, put);
        Session row = Session.fromJson(put.json());
        assertEquals("a", row.id());
        assertEquals("A trip", row.title());
        assertEquals("m", row.model());
        assertEquals("{\"n\":1.50}", row.metadata().toString());
        assertEquals("p", row.parentId());
        assertEquals("2026-04-26T12:34:56.789Z", row.createdAt().toString());
        assertNull(put.header("etag"), "a row has no place");

        Served.Answer get = served.get(A);
        assertStatus(200, get);
        assertEquals("application/json", get.header("content-type"));
        assertEquals(put.json(), get.json());
        assertEquals(state("a").place().toString(), get.header("stream-next-offset"));
        assertEquals("\"" + state("a").place() + "\"", get.header("etag"));

        Session cleared = Session.fromJson(put(A, "{\"title\":\"B\"}").json());
        assertEquals("B", cleared.title());
        assertNull(cleared.model());
        assertEquals(Json.EMPTY_OBJECT, cleared.metadata());
        assertEquals(row.createdAt(), cleared.createdAt());
        assertEquals(200, served.send("PUT", A, null).status(), "an empty body is {}");
        assertNull(Session.fromJson(served.get(A).json()).title());
    }

    @Test
    @DisplayName("POST creates a session and returns its location")
    void createSession() {
        Served.Answer created =
                served.send("POST", "/v1/sessions", "{\"title\":\"T\"}", "Reel-Meta", "%7B%22t%22%3A1%7D");
        assertStatus(201, created);
        String id = created.json().textOf("id");
        assertEquals("/v1/sessions/" + Percent.encode(id), created.header("location"));
        assertEquals(
                created.json(), served.get("/v1/sessions/" + Percent.encode(id)).json());
        assertEquals("{\"t\":1}", String.valueOf(lastEvent(id).meta()));
        assertStatus(201, served.send("POST", "/v1/sessions", null));
        assertProblem(400, "malformed-request", served.send("POST", "/v1/sessions", "{}", "Idempotency-Key", "k"));
        assertEquals(2, ids(served.get("/v1/sessions")).size());
    }

    @Test
    @DisplayName("PATCH changes the named members; null clears a member")
    void updateSession() {
        assertProblem(404, "session-not-found", served.send("PATCH", A, "{\"title\":\"x\"}"));
        put(A, "{\"title\":\"T\",\"model\":\"m\",\"metadata\":{\"x\":1}}");
        Session row = Session.fromJson(served.send("PATCH", A, "{\"title\":null,\"metadata\":{\"y\":2}}")
                .json());
        assertNull(row.title());
        assertEquals("m", row.model());
        assertEquals("{\"y\":2}", row.metadata().toString());
        row = Session.fromJson(
                served.send("PATCH", A, "{\"title\":\"new\",\"model\":null}").json());
        assertEquals("new", row.title());
        assertNull(row.model());
        assertEquals("{\"y\":2}", row.metadata().toString());
        long version = version("a");
        assertStatus(200, served.send("PATCH", A, "{}"));
        assertEquals(version, version("a"), "an empty patch writes nothing");
        assertProblem(400, "malformed-request", served.send("PATCH", A, "{\"parent_id\":\"p\"}"));
    }

    @Test
    @DisplayName(
            "DELETE removes the rows and keeps the log; with purge it erases both; 204 if there was nothing to remove")
    void deleteSession() {
        assertStatus(204, served.send("DELETE", A, null));
        put(A, "{}");
        put(MESSAGES + "/m1", message("hi"));
        Served.Answer deleted = served.send("DELETE", A, null);
        assertStatus(200, deleted);
        Commit commit = Commit.fromJson(deleted.json());
        assertEquals(3, commit.version());
        assertEquals(commit.place().toString(), deleted.header("stream-next-offset"));
        assertProblem(404, "session-not-found", served.get(A));
        assertEquals(3, version("a"));
        assertStatus(204, served.send("DELETE", A + "?purge=false", null));
        Served.Answer purged = served.send("DELETE", A + "?purge=true", null);
        assertStatus(204, purged);
        assertEquals("", purged.text());
        assertEquals(0, version("a"));
        put(A, "{}");
        assertStatus(204, served.send("DELETE", A + "?purge", null));
        assertEquals(0, version("a"));
        assertStatus(204, served.send("DELETE", A + "?purge=true", null));
        assertProblem(400, "malformed-request", served.send("DELETE", A + "?purge=yes", null));
    }

    @Test
    @DisplayName("a row that the client already has is 304")
    void notModified() {
        put(A, "{\"title\":\"T\"}");
        String tag = Objects.requireNonNull(served.get(A).header("etag"));
        Served.Answer same = served.get(A, "If-None-Match", tag);
        assertStatus(304, same);
        assertEquals(tag, same.header("etag"));
        put(A, "{\"title\":\"T\"}");
        assertStatus(200, served.get(A, "If-None-Match", tag));
    }

    @Test
    @DisplayName("sessions are listed by each filter, and page by page until there is no cursor")
    void listSessions() {
        assertEquals("[]", served.get("/v1/sessions").text());
        List<String> all = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            String id = "s" + i;
            put(
                    "/v1/sessions/" + id,
                    "{\"title\":\"Trip " + i + "\",\"metadata\":{\"user\":\"u" + i % 2 + "\",\"n\":" + i + "}"
                            + (i == 3 ? ",\"parent_id\":\"s0\"" : "") + "}");
            all.add(0, id);
        }
        assertEquals(all, ids(served.get("/v1/sessions")));
        assertNull(served.get("/v1/sessions").header("reel-next-cursor"));
        assertEquals(List.of("s3"), ids(served.get("/v1/sessions?parent=s0")));
        assertEquals(List.of("s4"), ids(served.get("/v1/sessions?title=trip+4")));
        assertEquals(List.of("s4"), ids(served.get("/v1/sessions?title=TRIP%204")));
        String user = Percent.encode("{\"user\":\"u1\"}");
        assertEquals(List.of("s3", "s1"), ids(served.get("/v1/sessions?metadata=" + user)));
        String both = Percent.encode("{\"user\":\"u1\",\"n\":3}");
        assertEquals(List.of("s3"), ids(served.get("/v1/sessions?metadata=" + both)));
        long position = Session.fromJson(served.get("/v1/sessions/s2").json()).position();
        String place = "%019d".formatted(position);
        assertEquals(List.of("s4", "s3"), ids(served.get("/v1/sessions?changed_after=" + place)));
        assertEquals(all, ids(served.get("/v1/sessions?changed_after=2020-01-01T00:00:00Z")));
        assertEquals(List.of("s4", "s3"), ids(served.get("/v1/sessions?changed_after=2020-01-01T00:00:00Z," + place)));
        assertEquals(
                "[]",
                served.get("/v1/sessions?changed_after=" + place + ",2999-01-01T00:00:00Z")
                        .text());
        assertEquals(
                "[]",
                served.get("/v1/sessions?changed_after=2999-01-01T00:00:00Z").text());

        assertEquals(200, served.send("POST", "/v1/sessions/s1/close", "{}").status());
        assertEquals(List.of("s1"), ids(served.get("/v1/sessions?closed=true")));
        assertEquals(List.of("s4", "s3", "s2", "s0"), ids(served.get("/v1/sessions?closed=false")));
        all.remove("s1");
        all.add(0, "s1");

        List<String> paged = new ArrayList<>();
        String cursor = "";
        int pages = 0;
        for (String next = ""; next != null; pages++) {
            Served.Answer page = served.get("/v1/sessions?limit=2" + cursor);
            paged.addAll(ids(page));
            next = page.header("reel-next-cursor");
            cursor = "&cursor=" + next;
        }
        assertEquals(all, paged);
        assertEquals(3, pages);
        Served.Answer exact = served.get("/v1/sessions?limit=5");
        assertEquals(
                "[]",
                served.get("/v1/sessions?limit=5&cursor=" + exact.header("reel-next-cursor"))
                        .text());
        for (String wrong : List.of(
                "limit=0",
                "limit=10001",
                "limit=-1",
                "limit=x",
                "limit=",
                "limit=1&limit=2",
                "cursor=0",
                "cursor=a",
                "changed_after=yesterday",
                "changed_after=noT",
                "changed_after=2999-01-01T00:00:00Z,2999-01-01T00:00:00Z",
                "changed_after=0000000000000000001,0000000000000000001",
                "metadata=1",
                "metadata=%7B",
                "parent=",
                "parent=%FF",
                "titel=x")) {
            assertStatus(400, served.get("/v1/sessions?" + wrong));
        }
    }

    @Test
    @DisplayName("session ids are listed, including that of a session without a row")
    void sessionIds() {
        assertEquals("[]", served.get("/v1/session-ids").text());
        String odd = "ü/\"\\ 🌍";
        put("/v1/sessions/" + Percent.encode(odd), "{}");
        served.send("POST", "/v1/sessions/b/events", "{\"event\":\"note\"}");
        List<String> found = served.get("/v1/session-ids").json().elements().stream()
                .map(Json::text)
                .sorted()
                .toList();
        assertEquals(List.of("b", odd), found);
    }

    @Test
    @DisplayName("ids in a path are decoded once; a malformed one is refused")
    void ids() {
        String id = "ü/../%2F +?#&=世🌍";
        String path = "/v1/sessions/" + Percent.encode(id);
        assertEquals(id, put(path, "{}").json().textOf("id"));
        String messagePath = path + "/messages/" + Percent.encode(id);
        assertStatus(200, put(messagePath, message("hi")));
        assertEquals(id, served.get(messagePath).json().textOf("id"));
        assertStatus(200, put(path + "/snapshots/" + Percent.encode(id), "{\"state\":1}"));
        assertEquals(
                id, served.get("/v1/snapshots/" + Percent.encode(id)).json().textOf("sessionId"));
        assertEquals(List.of(id), ids(served.get("/v1/sessions")));
        assertStatus(204, served.send("DELETE", path + "/messages?after=" + Percent.encode(id), null));
        for (String malformed : List.of("", "%FF", "%00", "%0A", "%C3", "%ED%A0%80", "x".repeat(201))) {
            assertStatus(400, served.get("/v1/sessions/" + malformed));
            assertStatus(400, put("/v1/sessions/" + malformed, "{}"));
            assertStatus(400, served.get("/v1/sessions/" + malformed + "/messages"));
            assertStatus(400, served.get(MESSAGES + "/" + malformed));
            assertStatus(400, put(MESSAGES + "/" + malformed, message("x")));
            assertStatus(400, served.get("/v1/snapshots/" + malformed));
            assertStatus(400, put(SNAPSHOTS + "/" + malformed, "{\"state\":1}"));
        }
        assertEquals(0, version("a"));
    }

    // ---- Messages

    @Test
    @DisplayName("a message is put by its id, or with an id from the store; an edited message keeps its place")
    void putMessage() {
        Served.Answer put = put(
                MESSAGES + "/m1",
                "{\"role\":\"assistant\",\"message\":{\"n\":1.50},\"ts\":\"2026-04-26T12:34:56.789Z\"}");
        assertStatus(200, put);
        Message row = Message.fromJson(put.json());
        assertEquals("m1", row.id());
        assertEquals("assistant", row.role().text());
        assertEquals("{\"n\":1.50}", row.content().toString());
        assertEquals("2026-04-26T12:34:56.789Z", row.at().toString());
        assertEquals(put.json(), served.get(MESSAGES + "/m1").json());

        Served.Answer second = served.send("POST", MESSAGES, message("hi"));
        assertStatus(200, second);
        String id = second.json().textOf("id");
        assertNotEquals("", id);
        assertEquals("hi", Message.fromJson(second.json()).text());
        assertEquals(List.of("m1", id), ids(served.get(MESSAGES)));
        put(MESSAGES + "/m1", "{\"role\":\"user\",\"message\":null}");
        assertEquals(List.of("m1", id), ids(served.get(MESSAGES)));
        assertEquals(
                Json.NULL, Message.fromJson(served.get(MESSAGES + "/m1").json()).content());

        assertProblem(404, "message-not-found", served.get(MESSAGES + "/none"));
        assertProblem(404, "message-not-found", served.get("/v1/sessions/none/messages/m1"));
        assertEquals("[]", served.get("/v1/sessions/none/messages").text());
        long version = version("a");
        for (String body : List.of(
                "",
                "{}",
                "[]",
                "{",
                "{\"role\":\"user\"}",
                "{\"role\":\"User\",\"text\":\"x\"}",
                "{\"role\":null,\"text\":\"x\"}",
                "{\"text\":\"x\"}",
                "{\"role\":\"user\",\"text\":1}",
                "{\"role\":\"user\",\"text\":\"x\",\"message\":1}",
                "{\"role\":\"user\",\"text\":\"x\",\"ts\":\"now\"}",
                "{\"role\":\"user\",\"text\":\"x\",\"id\":\"m1\"}",
                "{\"role\":\"user\",\"text\":\"x\",\"role\":\"user\"}")) {
            Served.Answer answer = put(MESSAGES + "/m1", body);
            assertStatus(400, answer);
            assertNotNull(answer.problem(), body);
        }
        assertEquals(version, version("a"));
    }

    @Test
    @DisplayName("messages are listed after a seq, before one, and from the end")
    void listMessages() {
        for (int i = 1; i <= 5; i++) {
            put(MESSAGES + "/m" + i, message("x" + i));
        }
        assertEquals(List.of("m1", "m2", "m3", "m4", "m5"), ids(served.get(MESSAGES)));
        assertEquals(List.of("m4", "m5"), ids(served.get(MESSAGES + "?after=3")));
        assertEquals(List.of("m1", "m2"), ids(served.get(MESSAGES + "?before=3")));
        assertEquals(List.of("m5"), ids(served.get(MESSAGES + "?last=1")));
        assertEquals(List.of("m3"), ids(served.get(MESSAGES + "?after=1&before=4&last=1")));
        assertEquals("[]", served.get(MESSAGES + "?after=5").text());
        for (String wrong : List.of("last=0", "last=-1", "last=x", "after=-1", "before=1.5", "before=", "limit=1")) {
            assertStatus(400, served.get(MESSAGES + "?" + wrong));
        }
    }

    @Test
    @DisplayName("PATCH appends a part of a streamed message")
    void appendToMessage() {
        Served.Answer first = served.send("PATCH", MESSAGES + "/m1", "{\"n\":0,\"text\":\"Hel\"}");
        assertStatus(200, first);
        Commit commit = Commit.fromJson(first.json());
        assertEquals(1, commit.version());
        assertEquals(commit.place().toString(), first.header("stream-next-offset"));
        served.send("PATCH", MESSAGES + "/m1", "{\"n\":1,\"text\":\"lo\",\"role\":\"assistant\"}");
        Message row = Message.fromJson(served.get(MESSAGES + "/m1").json());
        assertEquals("Hello", row.text());
        assertTrue(row.partial());
        assertEquals("assistant", row.role().text());
        served.send("PATCH", MESSAGES + "/m2", "{\"n\":0,\"text\":\"x\",\"role\":\"tool\"}");
        assertEquals("tool", served.get(MESSAGES + "/m2").json().textOf("role"));
        for (String body : List.of(
                "{}",
                "{\"n\":0}",
                "{\"text\":\"x\"}",
                "{\"n\":-1,\"text\":\"x\"}",
                "{\"n\":0.5,\"text\":\"x\"}",
                "{\"n\":\"0\",\"text\":\"x\"}",
                "{\"n\":0,\"text\":\"x\",\"role\":\"robot\"}",
                "{\"n\":0,\"text\":\"x\",\"more\":1}")) {
            assertStatus(400, served.send("PATCH", MESSAGES + "/m1", body));
        }
        assertEquals(3, version("a"));
    }

    @Test
    @DisplayName("all messages are removed, or those after one; 204 if there was nothing to remove")
    void deleteMessages() {
        assertStatus(204, served.send("DELETE", MESSAGES, null));
        for (int i = 1; i <= 3; i++) {
            put(MESSAGES + "/m" + i, message("x"));
        }
        assertStatus(204, served.send("DELETE", MESSAGES + "?after=m3", null));
        assertStatus(204, served.send("DELETE", MESSAGES + "?after=none", null));
        Served.Answer cut = served.send("DELETE", MESSAGES + "?after=m1", null);
        assertStatus(200, cut);
        assertEquals(4, cut.json().longOf("version"));
        assertEquals(state("a").place().toString(), cut.header("stream-next-offset"));
        assertEquals(List.of("m1"), ids(served.get(MESSAGES)));
        assertEquals(5, served.send("DELETE", MESSAGES, null).json().longOf("version"));
        assertEquals("[]", served.get(MESSAGES).text());
        assertStatus(400, served.send("DELETE", MESSAGES + "?before=m1", null));
        assertProblem(405, "method-not-allowed", served.send("DELETE", MESSAGES + "/m1", null));
    }

    // ---- Snapshots

    @Test
    @DisplayName("snapshots are put, listed, found by id alone, and removed; an id that another session has is 409")
    void snapshots() {
        put(MESSAGES + "/m1", message("x"));
        Served.Answer put = put(SNAPSHOTS + "/c1", "{\"state\":{\"n\":1.50},\"message_id\":\"m1\"}");
        assertStatus(200, put);
        Snapshot row = Snapshot.fromJson(put.json());
        assertEquals("c1", row.id());
        assertEquals("m1", row.messageId());
        assertEquals("{\"n\":1.50}", row.state().toString());
        Served.Answer second = served.send("POST", SNAPSHOTS, "{\"state\":null}");
        assertStatus(200, second);
        assertEquals(Json.NULL, Snapshot.fromJson(second.json()).state());
        assertNull(Snapshot.fromJson(second.json()).messageId());
        assertEquals(List.of("c1", second.json().textOf("id")), ids(served.get(SNAPSHOTS)));
        assertEquals(put.json(), served.get("/v1/snapshots/c1").json());
        put(SNAPSHOTS + "/c1", "{\"state\":2}");
        assertEquals(
                Json.of(2),
                Snapshot.fromJson(served.get("/v1/snapshots/c1").json()).state());

        Served.Answer taken = put("/v1/sessions/b/snapshots/c1", "{\"state\":1}");
        assertProblem(409, "snapshot-id-taken", taken);
        assertEquals("a", taken.json().textOf("holder"));
        assertEquals("c1", taken.json().textOf("snapshot"));
        assertProblem(404, "snapshot-not-found", served.get("/v1/snapshots/none"));
        assertEquals("[]", served.get("/v1/sessions/none/snapshots").text());
        for (String body : List.of("{}", "[]", "{\"state\":1,\"id\":\"x\"}", "{\"state\":1,\"message_id\":1}")) {
            assertProblem(400, "malformed-request", put(SNAPSHOTS + "/c2", body));
        }
        Served.Answer removed = served.send("DELETE", SNAPSHOTS, null);
        assertStatus(200, removed);
        assertEquals(version("a"), removed.json().longOf("version"));
        assertEquals(state("a").place().toString(), removed.header("stream-next-offset"));
        assertEquals("[]", served.get(SNAPSHOTS).text());
        assertStatus(204, served.send("DELETE", SNAPSHOTS, null));
    }

    // ---- As of a version

    /** 1 session, 2 m1, 3 m2, 4 snapshot c1, 5 m3 begun, 6 m3 continued, 7 m1 edited, 8 cut after m2, 9 m4. */
    private void history() {
        put(A, "{\"title\":\"Then\"}");
        put(MESSAGES + "/m1", message("one"));
        put(MESSAGES + "/m2", message("two"));
        put(SNAPSHOTS + "/c1", "{\"state\":1,\"message_id\":\"m2\"}");
        served.send("PATCH", MESSAGES + "/m3", "{\"n\":0,\"text\":\"thr\"}");
        served.send("PATCH", MESSAGES + "/m3", "{\"n\":1,\"text\":\"ee\"}");
        put(MESSAGES + "/m1", message("edited"));
        served.send("DELETE", MESSAGES + "?after=m2", null);
        put(MESSAGES + "/m4", message("four"));
        assertEquals(9, version("a"));
    }

    private SessionState asOf(long version) {
        return Objects.requireNonNull(served.store.asOf("a", version).block(Served.PATIENCE));
    }

    @Test
    @DisplayName("the rows as of each version are those of the state as of that version")
    void asOf() {
        history();
        put(A, "{\"title\":\"Now\"}");
        served.send("DELETE", SNAPSHOTS, null);
        served.send("DELETE", A, null);
        for (long version = 0; version <= version("a"); version++) {
            SessionState state = asOf(version);
            String at = "version=" + version;
            assertEquals(
                    state.messages(),
                    served.get(MESSAGES + "?" + at).json().elements().stream()
                            .map(Message::fromJson)
                            .toList(),
                    at);
            assertEquals(
                    state.snapshots(),
                    served.get(SNAPSHOTS + "?" + at).json().elements().stream()
                            .map(Snapshot::fromJson)
                            .toList(),
                    at);
            for (String id : List.of("m1", "m2", "m3", "m4")) {
                Served.Answer one = served.get(MESSAGES + "/" + id + "?" + at);
                Message row = state.message(id);
                if (row == null) {
                    assertProblem(404, "message-not-found", one);
                } else {
                    assertStatus(200, one);
                    assertEquals(row, Message.fromJson(one.json()));
                }
            }
            Served.Answer session = served.get(A + "?" + at);
            if (state.session() == null) {
                assertProblem(404, "session-not-found", session);
            } else {
                assertStatus(200, session);
                assertEquals(state.session(), Session.fromJson(session.json()));
                assertEquals(state.place().toString(), session.header("stream-next-offset"));
                assertEquals("\"" + state.place() + "\"", session.header("etag"));
                assertStatus(304, served.get(A + "?" + at, "If-None-Match", "\"" + state.place() + "\""));
            }
        }
        assertEquals(12, version("a"));
    }

    @Test
    @DisplayName("a window of the messages as of a version is selected as that of the current ones")
    void windowsAsOf() {
        history();
        String then = MESSAGES + "?version=6";
        assertEquals(List.of("m1", "m2", "m3"), ids(served.get(then)));
        assertEquals(List.of("m3"), ids(served.get(then + "&last=1")));
        assertEquals(List.of("m1", "m2"), ids(served.get(then + "&before=5")));
        assertEquals(List.of("m2"), ids(served.get(then + "&before=5&last=1")));
        assertEquals(List.of("m2", "m3"), ids(served.get(then + "&after=2&last=9")));
        assertEquals(List.of("m2"), ids(served.get(then + "&after=2&before=4")));
        assertEquals("[]", served.get(then + "&after=4&before=3").text());
        assertEquals("[]", served.get(then + "&after=5").text());
        assertEquals(List.of("m1", "m2", "m4"), ids(served.get(MESSAGES + "?version=9")));
    }

    @Test
    @DisplayName("a version that the log has not reached is 404, also for a list; a malformed one is 400")
    void versionAhead() {
        history();
        for (String path : List.of(A, MESSAGES, MESSAGES + "/m1", SNAPSHOTS)) {
            Served.Answer ahead = served.get(path + "?version=10");
            assertProblem(404, "version-ahead", ahead);
            assertEquals(10, ahead.json().longOf("version"));
            assertEquals(9, ahead.json().longOf("published"));
            for (String wrong : List.of("version=-1", "version=x", "version=", "version=1&version=2")) {
                assertProblem(400, "malformed-request", served.get(path + "?" + wrong));
            }
        }
        assertProblem(404, "version-ahead", served.get(MESSAGES + "?version=1&differs_from=10"));
        assertProblem(400, "malformed-request", served.get(MESSAGES + "?differs_from=x"));
        assertProblem(400, "invalid-input", served.get(MESSAGES + "/" + "x".repeat(201) + "?version=1"));
        assertEquals("[]", served.get("/v1/sessions/none/messages?version=7").text());
        assertEquals("[]", served.get("/v1/sessions/none/snapshots?version=7").text());
        assertProblem(404, "session-not-found", served.get("/v1/sessions/none?version=7"));
        assertProblem(404, "message-not-found", served.get("/v1/sessions/none/messages/m1?version=7"));
    }

    @Test
    @DisplayName(
            "differs_from lists only the messages that the other version does not have, or has with other contents")
    void differsFrom() {
        history();
        assertEquals(List.of("m1", "m4"), ids(served.get(MESSAGES + "?differs_from=6")));
        assertEquals(List.of("m1", "m3"), ids(served.get(MESSAGES + "?version=6&differs_from=9")));
        assertEquals(List.of("m3"), ids(served.get(MESSAGES + "?version=6&differs_from=9&last=1")));
        assertEquals(List.of("m1"), ids(served.get(MESSAGES + "?version=6&differs_from=9&before=5")));
        assertEquals(List.of("m3"), ids(served.get(MESSAGES + "?version=6&differs_from=5")));
        assertEquals("[]", served.get(MESSAGES + "?version=6&differs_from=6").text());
        assertEquals("[]", served.get(MESSAGES + "?version=3&differs_from=4").text());
        assertEquals(List.of("m1", "m2", "m3"), ids(served.get(MESSAGES + "?version=6&differs_from=0")));
        assertEquals(
                "[]", served.get("/v1/sessions/none/messages?differs_from=0").text());

        // 10 writes the same contents again, 11 another role, 12 removes m4, 13 writes it anew.
        put(MESSAGES + "/m2", message("two"));
        assertEquals("[]", served.get(MESSAGES + "?version=10&differs_from=9").text());
        put(MESSAGES + "/m4", "{\"role\":\"tool\",\"message\":{\"role\":\"user\",\"content\":\"four\"}}");
        assertEquals(List.of("m4"), ids(served.get(MESSAGES + "?version=11&differs_from=10")), "another role");
        served.send("DELETE", MESSAGES + "?after=m2", null);
        put(MESSAGES + "/m4", "{\"role\":\"tool\",\"message\":{\"role\":\"user\",\"content\":\"four\"}}");
        assertEquals(List.of("m4"), ids(served.get(MESSAGES + "?version=13&differs_from=11")), "another message");
        served.send("PATCH", MESSAGES + "/m5", "{\"n\":0,\"text\":\"five\"}");
        put(MESSAGES + "/m5", "{\"role\":\"assistant\",\"text\":\"five\"}");
        assertEquals(List.of("m5"), ids(served.get(MESSAGES + "?version=15&differs_from=14")), "no longer partial");
    }

    // ---- Headers of writes

    /** One write each: method, path, body. */
    private static final List<String[]> WRITES = List.of(
            new String[] {"PUT", A, "{\"title\":\"T\"}"},
            new String[] {"PATCH", A, "{\"title\":\"T2\"}"},
            new String[] {"POST", MESSAGES, "{\"role\":\"user\",\"text\":\"x\"}"},
            new String[] {"PUT", MESSAGES + "/m1", "{\"role\":\"user\",\"text\":\"x\"}"},
            new String[] {"PATCH", MESSAGES + "/m2", "{\"n\":0,\"text\":\"x\"}"},
            new String[] {"POST", SNAPSHOTS, "{\"state\":1}"},
            new String[] {"PUT", SNAPSHOTS + "/c1", "{\"state\":1}"},
            new String[] {"DELETE", MESSAGES, null},
            new String[] {"DELETE", MESSAGES + "?after=m0", null},
            new String[] {"DELETE", SNAPSHOTS, null},
            new String[] {"DELETE", A, null});

    private Served.Answer write(@Nullable String[] write, String... headers) {
        return served.send(Objects.requireNonNull(write[0]), Objects.requireNonNull(write[1]), write[2], headers);
    }

    /** A session in which each of the writes changes something. */
    private void begin() {
        put(A, "{}");
        put(MESSAGES + "/m0", message("x"));
        put(MESSAGES + "/last", message("x"));
        put(SNAPSHOTS + "/c0", "{\"state\":1}");
    }

    @Test
    @DisplayName("If-Match is checked by each write; 412 has the actual version, and nothing is written")
    void ifMatch() {
        for (String[] write : WRITES) {
            begin();
            long version = version("a");
            String tag = Objects.requireNonNull(served.get(A).header("etag"));
            Served.Answer stale = write(write, "If-Match", "\"" + (version - 1) + "\"");
            assertProblem(412, "version-conflict", stale);
            assertEquals(version, stale.json().longOf("actual"));
            assertProblem(412, "version-conflict", write(write, "If-None-Match", "*"));
            assertProblem(400, "malformed-request", write(write, "If-None-Match", "\"1\""));
            assertProblem(400, "malformed-request", write(write, "If-None-Match", "*", "If-Match", "*"));
            assertEquals(version, version("a"));
            assertStatus(200, write(write, "If-Match", tag));
            assertEquals(version + 1, version("a"), write[0] + " " + write[1]);
            assertProblem(412, "version-conflict", write(write, "If-Match", tag));
            served.store.purge("a").block(Served.PATIENCE);
        }
        assertProblem(412, "version-conflict", put(A, "{}", "If-Match", "*"));
        assertStatus(200, put(A, "{}", "If-None-Match", "*"));
        assertProblem(412, "version-conflict", served.send("DELETE", A + "?purge=true", null, "If-Match", "7"));
        assertStatus(204, served.send("DELETE", A + "?purge=true", null, "If-Match", "1"));
    }

    @Test
    @DisplayName(
            "a repeat with its idempotency key writes nothing and returns the same; another write with the key is 409")
    void idempotencyKey() {
        for (String[] write : WRITES) {
            begin();
            String key = "\"" + Percent.encode("key ü/1") + "\"";
            Served.Answer first = write(write, "Idempotency-Key", key);
            assertStatus(200, first);
            assertNull(first.header("reel-repeated"));
            long version = version("a");
            Served.Answer again = write(write, "Idempotency-Key", key);
            assertStatus(200, again);
            assertEquals(version, version("a"));
            if (first.json().get("firstVersion") != null) {
                assertEquals("true", again.header("reel-repeated"), write[0] + " " + write[1]);
                assertEquals(first.json().with("repeated", true), again.json());
                assertEquals(first.header("stream-next-offset"), again.header("stream-next-offset"));
            } else {
                assertNull(again.header("reel-repeated"), "a row has no repeated header");
                assertEquals(first.json(), again.json());
            }
            boolean patch = write[1].equals(A) && "PATCH".equals(write[0]);
            Served.Answer other = patch
                    ? put(MESSAGES + "/m9", message("other"), "Idempotency-Key", key)
                    : served.send("PATCH", A, "{\"title\":\"other\"}", "Idempotency-Key", key);
            assertProblem(409, "idempotency-conflict", other);
            assertEquals("key ü/1", other.json().textOf("idempotencyKey"));
            assertEquals(version, version("a"));
            served.store.purge("a").block(Served.PATIENCE);
        }
        assertStatus(400, put(A, "{}", "Idempotency-Key", ""));
        assertStatus(400, put(A, "{}", "Idempotency-Key", "%0A"));
    }

    @Test
    @DisplayName("a write of a turn that has ended is 409, with the current turn")
    void turn() {
        for (String[] write : WRITES) {
            begin();
            Turn old = Objects.requireNonNull(served.store.takeTurn("a", "w1").block(Served.PATIENCE));
            Turn now = Objects.requireNonNull(served.store.takeTurn("a", "w2").block(Served.PATIENCE));
            long version = version("a");
            Served.Answer fenced = write(write, "Reel-Turn", old.epoch() + "." + old.eventId());
            assertProblem(409, "fenced", fenced);
            assertEquals(old.epoch(), fenced.json().longOf("epoch"));
            assertEquals(now, Turn.fromJson(Objects.requireNonNull(fenced.json().get("current"))));
            assertEquals(version, version("a"));
            assertStatus(200, write(write, "Reel-Turn", now.epoch() + "." + now.eventId()));
            served.store.purge("a").block(Served.PATIENCE);
        }
        for (String wrong : List.of("", "1", "x.y", "0.e", "-1.e", "1.", "99999999999999999999.e")) {
            assertStatus(400, put(A, "{}", "Reel-Turn", wrong));
        }
    }

    @Test
    @DisplayName("Reel-Meta is stored with the event of each write")
    void meta() {
        for (String[] write : WRITES) {
            begin();
            assertStatus(200, write(write, "Reel-Meta", Percent.encode("{\"trace\":\"é\"}")));
            assertEquals("{\"trace\":\"é\"}", String.valueOf(lastEvent("a").meta()));
            served.store.purge("a").block(Served.PATIENCE);
        }
        for (String wrong : List.of("1", "%7B", "[]", "{\"a b\":1}")) {
            assertStatus(400, put(A, "{}", "Reel-Meta", wrong));
        }
        assertEquals(0, version("a"));
    }

    @Test
    @DisplayName("a closed session is 409 for each write")
    void closed() {
        begin();
        served.store.closeSession("a", Json.NULL).block(Served.PATIENCE);
        for (String[] write : WRITES) {
            assertProblem(409, "session-closed", write(write));
        }
    }

    // ---- Bounds and failures

    @Test
    @DisplayName("a body beyond the bound is 413, with or without a Content-Length, and the connection closes")
    void largeBodies() {
        served.close();
        served = Served.of(MemorySessionStore.create(), options -> options.withMaxBodyBytes(1024));
        String fits = message("x".repeat(1024 - message("").length()));
        assertEquals(1024, fits.length());
        assertStatus(200, put(MESSAGES + "/m1", fits));
        Served.Answer known = put(MESSAGES + "/m2", fits + " ");
        assertProblem(413, "body-too-large", known);
        assertEquals("close", known.header("connection"));
        assertProblem(413, "body-too-large", served.sendUnsized("PUT", MESSAGES + "/m2", fits + " "));
        assertStatus(200, served.sendUnsized("PUT", MESSAGES + "/m2", fits));
        assertEquals(2, version("a"));
    }

    @Test
    @DisplayName("an event beyond the store's bound is 413, with the bound")
    void largeEvents() {
        served.close();
        StoreOptions small =
                StoreOptions.standard().withBounds(Bounds.standard().withEventBytes(2_000));
        served = Served.of(MemorySessionStore.create(small), options -> options);
        Served.Answer large = put(MESSAGES + "/m1", message("x".repeat(2_000)));
        assertProblem(413, "too-large", large);
        assertEquals(2_000, large.json().longOf("bound"));
        assertTrue(large.json().longOf("size") > 2_000);
    }

    private void serve(RuntimeException error) {
        served.close();
        served = Served.of(
                new ForwardingSessionStore(MemorySessionStore.create()) {
                    @Override
                    public Mono<SessionState> state(String sessionId) {
                        return Mono.error(error);
                    }

                    @Override
                    public Flux<Message> listMessages(String sessionId, MessageQuery query) {
                        return Flux.error(error);
                    }

                    @Override
                    public Mono<Session> putSession(String sessionId, SessionDraft session, WriteOptions options) {
                        throw error;
                    }

                    @Override
                    public Mono<Message> putMessage(String sessionId, MessageDraft draft, WriteOptions options) {
                        return Mono.error(error);
                    }

                    @Override
                    public Mono<Void> purge(String sessionId, WriteOptions options) {
                        return Mono.error(error);
                    }
                },
                options -> options);
    }

    private List<Served.Answer> failing() {
        return List.of(
                served.get(A),
                served.get(MESSAGES),
                put(A, "{}"),
                put(MESSAGES + "/m1", message("x")),
                served.send("DELETE", A + "?purge=true", null));
    }

    @Test
    @DisplayName("an error of the store becomes a problem without file names")
    void failures() {
        serve(new SessionDamagedException("a", "/secret/a.jsonl", 3, 20, "bad checksum"));
        for (Served.Answer answer : failing()) {
            assertProblem(500, "session-damaged", answer);
            assertFalse(answer.toString().contains("secret"), answer.toString());
            assertEquals("a", answer.json().textOf("session"));
            assertEquals("failed", answer.json().textOf("category"));
        }
        serve(new IllegalStateException("/secret/file"));
        for (Served.Answer answer : failing()) {
            assertProblem(500, "internal", answer);
            assertFalse(answer.toString().contains("secret"), answer.toString());
        }
        serve(new SessionPurgedException("a"));
        for (Served.Answer answer : failing()) {
            assertProblem(410, "session-purged", answer);
        }
        served.close();
        served = Served.memory();
        served.store.close();
        for (Served.Answer answer : failing()) {
            assertProblem(503, "store-closed", answer);
        }
    }
}
