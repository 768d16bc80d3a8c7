package dev.reel.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code reel serve} refuses. {@link ReelJarTest} tests a running server. */
@Timeout(60)
class ServeCommandTest {

    @TempDir
    Path directory;

    private static Run serve(String... args) {
        List<String> all = new ArrayList<>(List.of("serve"));
        all.addAll(List.of(args));
        return Run.here(all.toArray(String[]::new));
    }

    private static void assertFails(int code, String message, Run run) {
        assertEquals(code, run.code(), run::err);
        assertEquals("", run.out());
        if (code == 1) {
            assertEquals("reel: " + message + "\n", run.err());
        } else {
            assertEquals(message, run.err().lines().findFirst().orElse(""));
            assertTrue(run.err().contains("Usage: reel serve"), run::err);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            --insecure                     | No store: pass --store ROOT or --demo, or set REEL_STORE
            --demo --store sessions        | Pass --store ROOT or --demo, not both
            --demo --tls-cert cert.pem     | Pass --tls-cert and --tls-key together
            --demo --tls-key key.pem       | Pass --tls-cert and --tls-key together
            --demo --port 65536            | invalid --port 65536: expected 0 to 65535
            --demo --port -1               | invalid --port -1: expected 0 to 65535
            --demo --origin example.org    | invalid --origin 'example.org': expected one such as https://example.org
            --demo --origin https://a.org/ | invalid --origin 'https://a.org/': expected one such as https://example.org
            """)
    @DisplayName("wrong usage")
    void wrongUsage(String line, String message) {
        assertFails(2, message, serve(line.split(" ")));
    }

    @Test
    @DisplayName("the message for a token that is too short does not contain the token")
    void shortToken() throws IOException {
        Path file = Files.writeString(directory.resolve("token"), "secret\n");
        for (String option : List.of("--token-file", "--read-token-file")) {
            Run run = serve("--demo", "--port", "0", option, file.toString());
            assertFails(2, file + ": a token must be 16 or more visible ASCII characters without blanks", run);
            assertFalse(run.err().contains("secret"), run::err);
        }
    }

    @Test
    @DisplayName("a missing token file is an error")
    void noTokenFile() {
        Path file = directory.resolve("token");
        assertFails(1, "token file not found: " + file, serve("--demo", "--token-file", file.toString()));
    }

    @Test
    @DisplayName("without a token it does not listen on an address that other machines can reach")
    void hostWithoutToken() {
        assertFails(
                1,
                "0.0.0.0 can be reached from other machines; set REEL_TOKEN or --token-file, or pass --insecure",
                serve("--demo", "--port", "0", "--host", "0.0.0.0"));
    }

    @Test
    @DisplayName("a port in use is an error, and the store is closed again")
    void portInUse() throws IOException {
        Path root = directory.resolve("sessions");
        try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            String port = String.valueOf(other.getLocalPort());
            assertFails(
                    1,
                    "cannot listen at 127.0.0.1, port " + port
                            + ": the port is in use, or the address does not belong to"
                            + " this machine; pass another --port or --host",
                    serve("--store", root.toString(), "--port", port));
        }
        Run ls = Run.here("ls", "--store", root.toString());
        assertEquals(0, ls.code(), ls::err);
    }

    @Test
    @DisplayName("TLS files without a certificate are an error")
    void noCertificate() throws IOException {
        String file = Files.writeString(directory.resolve("pem"), "none\n").toString();
        Run run = serve("--demo", "--port", "0", "--tls-cert", file, "--tls-key", file);
        assertEquals(1, run.code());
        assertTrue(run.err().startsWith("reel: cannot use the files of --tls-cert and --tls-key: "), run::err);
        assertEquals(1, run.err().lines().count(), run::err);
    }
}
