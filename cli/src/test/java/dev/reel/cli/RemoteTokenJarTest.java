package dev.reel.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.SessionDraft;
import dev.reel.SessionStore;
import dev.reel.memory.MemorySessionStore;
import dev.reel.server.ServerOptions;
import dev.reel.server.SessionServer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code REEL_TOKEN}, which only a separate process can be given. Runs only after packaging, when the jar exists. */
class RemoteTokenJarTest {

    @TempDir
    Path directory;

    @Test
    void theTokenIsThatOfTheEnvironment() throws Exception {
        String token = "w".repeat(32);
        try (SessionStore store = MemorySessionStore.create();
                SessionServer server = SessionServer.start(
                        store, ServerOptions.standard().withPort(0).withWriteToken(token))) {
            store.putSession("trip", SessionDraft.empty().withTitle("A trip")).block();
            String uri = server.uri().toString();
            Run known = Run.jar(directory, Map.of("REEL_TOKEN", token, "REEL_STORE", uri), List.of(), "ls");
            assertEquals(0, known.code(), known::err);
            assertTrue(known.out().contains("A trip"), known::out);
            Run unknown = Run.jar(directory, Map.of("REEL_STORE", uri), List.of(), "ls");
            assertEquals(1, unknown.code());
            assertTrue(unknown.err().startsWith("reel: the server refuses the request: "), unknown::err);
        }
    }
}
