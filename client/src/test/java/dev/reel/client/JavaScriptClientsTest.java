package dev.reel.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.EventDraft;
import dev.reel.Json;
import dev.reel.SessionStore;
import dev.reel.memory.MemorySessionStore;
import dev.reel.server.ServerOptions;
import dev.reel.server.SessionServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Clients of other projects read from a server. Each is a script of {@code src/test/js} that runs as a separate
 * process. {@code .ci/js-clients} installs the scripts' dependencies and runs this test.
 */
@Tag("js")
@Timeout(120)
class JavaScriptClientsTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final SessionStore store = MemorySessionStore.create();
    private final SessionServer server = SessionServer.start(
            store,
            ServerOptions.standard()
                    .withPort(0)
                    .withLongPoll(Duration.ofMillis(200))
                    .withHeartbeat(Duration.ofMillis(100)));
    private final Proxy proxy = new Proxy();
    private final List<Script> scripts = new ArrayList<>();
    private final String events = proxy.uri() + "/v1/sessions/a/events";
    private long appended;

    {
        proxy.to(server.address().getPort());
    }

    @AfterEach
    void close() {
        scripts.forEach(script -> script.process.destroyForcibly());
        proxy.close();
        server.close();
        store.close();
    }

    /** A running script, and the lines that it prints. */
    private static final class Script {

        private static final String END = "(end)";

        private final Process process;
        private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

        Script(String name, String... arguments) throws IOException {
            Path folder = Path.of(Objects.requireNonNull(System.getProperty("reel.js"), "what .ci/js-clients sets"));
            List<String> command =
                    new ArrayList<>(List.of("node", folder.resolve(name).toString()));
            command.addAll(List.of(arguments));
            process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            Thread reader = new Thread(this::read, name);
            reader.setDaemon(true);
            reader.start();
        }

        private void read() {
            try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
                for (String line = out.readLine(); line != null; line = out.readLine()) {
                    lines.add(line);
                }
                lines.add(END + " " + process.waitFor());
            } catch (IOException | InterruptedException e) {
                lines.add(END + " " + e);
            }
        }

        String next() throws InterruptedException {
            String line = lines.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            return line == null ? "(nothing)" : line;
        }

        /** Checks that the next lines are these versions. */
        void expect(long first, long last) throws InterruptedException {
            for (long version = first; version <= last; version++) {
                assertEquals(Long.toString(version), next());
            }
        }

        void expectEnd(String lastLine) throws InterruptedException {
            assertEquals(lastLine, next());
            assertEquals(END + " 0", next());
        }
    }

    private Script run(String name, String... arguments) throws IOException {
        Script script = new Script(name, arguments);
        scripts.add(script);
        return script;
    }

    private void append(int count) {
        List<EventDraft> drafts = LongStream.rangeClosed(appended + 1, appended + count)
                .mapToObj(n -> EventDraft.of("n", Json.object("n", n)))
                .toList();
        store.append("a", drafts).block(PATIENCE);
        appended += count;
    }

    private void closeSession() {
        store.closeSession("a", Json.EMPTY_OBJECT).block(PATIENCE);
        appended++;
    }

    private String head() {
        return Objects.requireNonNull(store.head("a").block(PATIENCE)).toString();
    }

    @Test
    @DisplayName(
            "@durable-streams/client reads existing events, from the start and after a place, also of a closed session")
    void durableRead() throws Exception {
        run("durable-streams.js", events, "read").expectEnd("open whole -1");
        append(3);
        String third = head();
        append(2_000);
        Script all = run("durable-streams.js", events, "read");
        all.expect(1, appended);
        all.expectEnd("open whole " + head());
        Script later = run("durable-streams.js", events, "read", third);
        later.expect(4, appended);
        later.expectEnd("open whole " + head());
        closeSession();
        Script closed = run("durable-streams.js", events, "read", third);
        closed.expect(4, appended);
        closed.expectEnd("closed whole " + head());
    }

    @ParameterizedTest
    @ValueSource(strings = {"sse", "long-poll"})
    @DisplayName("@durable-streams/client follows a session until it is closed, and receives each event once")
    void durableFollow(String mode) throws Exception {
        append(1_000);
        Script script = run("durable-streams.js", events, mode);
        script.expect(1, 1_000);
        for (int i = 0; i < 3; i++) {
            append(1);
            script.expect(appended, appended);
            append(10);
            script.expect(appended - 9, appended);
        }
        closeSession();
        script.expect(appended, appended);
        script.expectEnd("closed whole " + head());
        run("durable-streams.js", events, mode, head()).expectEnd("closed whole " + head());
    }

    @Test
    @DisplayName("eventsource reconnects after cuts, between and within events, and ends with the session")
    void eventSource() throws Exception {
        append(2_000);
        proxy.cutAfter(50_000);
        Script script = run("event-source.js", events);
        script.expect(1, 2_000);
        int connections = proxy.connections();
        assertTrue(connections > 1, "the history was not cut");
        for (int cut = 1; cut <= 2; cut++) {
            append(1);
            script.expect(appended, appended);
            proxy.cut();
            append(10);
            script.expect(appended - 9, appended);
        }
        assertTrue(proxy.connections() >= connections + 2, "each cut caused a reconnect");
        closeSession();
        script.expect(appended, appended);
        assertEquals("end closed", script.next());
        script.expectEnd("closed 204");
    }
}
