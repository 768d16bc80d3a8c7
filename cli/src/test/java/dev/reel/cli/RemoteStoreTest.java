package dev.reel.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.Json;
import dev.reel.MessageDraft;
import dev.reel.Range;
import dev.reel.SessionDraft;
import dev.reel.SessionEvent;
import dev.reel.SessionStore;
import dev.reel.memory.MemorySessionStore;
import dev.reel.server.ServerOptions;
import dev.reel.server.SessionServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code --store http://HOST:PORT}: the commands work on a server's store. */
@Timeout(60)
class RemoteStoreTest {

    @TempDir
    Path directory;

    private final SessionStore store = MemorySessionStore.create();
    private final SessionServer server =
            SessionServer.start(store, ServerOptions.standard().withPort(0));

    @AfterEach
    void close() {
        server.close();
        store.close();
    }

    private Run run(String input, String... args) {
        List<String> all = new ArrayList<>(List.of(args));
        all.addAll(List.of("--store", server.uri().toString()));
        return Run.withInput(input, all.toArray(String[]::new));
    }

    private String ok(String... args) {
        return okWith("", args);
    }

    private String okWith(String input, String... args) {
        Run run = run(input, args);
        assertEquals(0, run.code(), run::err);
        assertEquals("", run.err());
        return run.out();
    }

    private List<String> types(String id) {
        return Objects.requireNonNull(store.replay(id, Range.all())
                .map(SessionEvent::type)
                .collectList()
                .block());
    }

    private void trip() {
        store.putSession("trip", SessionDraft.empty().withTitle("A trip")).block();
        store.putMessage("trip", MessageDraft.user("To Rome?").withId("m1")).block();
        store.putMessage("trip", MessageDraft.assistant("By train.").withId("m2"))
                .block();
    }

    @Test
    @DisplayName("ls, show, events, tail, export and stats read the server's store")
    void reads() {
        trip();
        assertTrue(ok("ls").contains("A trip"));
        assertTrue(ok("show", "trip").contains("By train."));
        assertEquals(3, ok("events", "trip", "--json").lines().count());
        assertTrue(ok("tail", "trip", "-n", "1").contains("assistant_message"));
        assertEquals(3, ok("export", "trip").lines().count());
        Json figures = Json.parse(ok("stats", "--json"));
        assertEquals(1, figures.longOf("sessions"));
        assertEquals(null, figures.get("session_bytes"), "the files are the server's");
    }

    @Test
    @DisplayName("append, checkpoint, fork, rewind, undo, redo and purge change it")
    void writes() {
        trip();
        okWith("{\"event\":\"note\",\"data\":{\"n\":1}}\n", "append", "trip", "--expect", "3");
        ok("checkpoint", "trip");
        ok("fork", "trip", "--id", "plane");
        ok("rewind", "trip", "message:m1");
        assertEquals("messages_truncate", types("trip").get(5));
        ok("redo", "trip");
        ok("undo", "trip");
        assertEquals(8, types("trip").size());
        assertTrue(ok("purge", "trip", "--yes").contains("1 session"));
        assertEquals(List.of(), types("trip"));
        assertFalse(types("plane").isEmpty());
    }

    @Test
    @DisplayName("import writes files' sessions to it")
    void imports() throws Exception {
        Files.writeString(directory.resolve("a.jsonl"), "{\"ts\":\"2026-04-26T12:00:00Z\",\"event\":\"x\"}\n");
        assertEquals(1, Json.parse(ok("import", directory.toString(), "--json")).longOf("sessions"));
        assertEquals(List.of("x"), types("a"));
    }

    @Test
    @DisplayName("commands that need files refuse a URL; an unreachable server is a one-line error")
    void refusals() {
        for (List<String> command : List.of(List.of("verify"), List.of("repair"), List.of("serve"))) {
            Run run = run("", command.toArray(String[]::new));
            assertEquals(2, run.code());
            assertTrue(run.err().startsWith("reel " + command.get(0) + " works on the files of a store"), run::err);
        }
        server.close();
        Run gone = run("", "ls");
        assertEquals(1, gone.code());
        assertTrue(gone.err().startsWith("reel: the server at " + server.uri() + " can't be reached"), gone::err);
        assertEquals(1, gone.err().lines().count());
        Run wrong = Run.here("ls", "--store", "http://:80");
        assertEquals(2, wrong.code());
        assertTrue(wrong.err().startsWith("invalid --store 'http://:80': "), wrong::err);
    }

    @Test
    @DisplayName("the error for a missing session names the server")
    void notThere() {
        Run run = run("", "show", "nobody");
        assertEquals(1, run.code());
        assertEquals(
                "reel: session not found: nobody in " + server.uri() + "; reel ls lists the sessions\n", run.err());
    }
}
