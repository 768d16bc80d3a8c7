package dev.reel.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.SessionStore;
import dev.reel.jsonl.JsonlSessionStore;
import dev.reel.server.ServerOptions;
import dev.reel.server.SessionServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** A process that serves a root and flushes each acknowledged write, until it is killed. */
final class ServingProcess {

    private final Process process;

    private ServingProcess(Process process) {
        this.process = process;
    }

    /** Starts a process, and returns when it serves. */
    static ServingProcess start(Path root, int port) throws IOException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-Xshare:auto",
                        "-cp",
                        System.getProperty("java.class.path"),
                        ServingProcess.class.getName(),
                        root.toString(),
                        Integer.toString(port))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        ServingProcess started = new ServingProcess(process);
        try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
            assertEquals("serving", out.readLine());
        } catch (IOException | AssertionError e) {
            process.destroyForcibly();
            throw e;
        }
        return started;
    }

    /** Sends SIGKILL and waits for the end: afterwards no part of the process is running. */
    void kill() throws InterruptedException {
        process.destroyForcibly();
        assertTrue(process.waitFor(60, TimeUnit.SECONDS), "a killed process does not end");
    }

    public static void main(String[] args) throws Exception {
        SessionStore store = JsonlSessionStore.open(Path.of(args[0]));
        SessionServer.start(
                store,
                ServerOptions.standard().withPort(Integer.parseInt(args[1])).withHeartbeat(Duration.ofSeconds(1)));
        System.out.println("serving");
        while (System.in.read() >= 0) {
            // until the process that started it ends
        }
        System.exit(0);
    }
}
