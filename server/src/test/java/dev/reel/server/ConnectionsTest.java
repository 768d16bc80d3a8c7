package dev.reel.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.InvalidInputException;
import dev.reel.memory.MemorySessionStore;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tests ServerOptions.maxConnections with sockets. */
@Timeout(60)
class ConnectionsTest {

    private final AtomicInteger opened = new AtomicInteger();
    private final AtomicInteger closed = new AtomicInteger();
    private final AtomicInteger refused = new AtomicInteger();

    private final HttpRecorder recorder = new HttpRecorder() {
        @Override
        public void connectionOpened() {
            opened.incrementAndGet();
        }

        @Override
        public void connectionClosed() {
            closed.incrementAndGet();
        }

        @Override
        public void connectionRefused() {
            refused.incrementAndGet();
        }
    };

    private static Socket connected(Served served) throws IOException {
        Socket socket = new Socket("127.0.0.1", served.server.address().getPort());
        socket.setSoTimeout((int) Served.PATIENCE.toMillis());
        return socket;
    }

    private static void ask(Socket socket) throws IOException {
        socket.getOutputStream()
                .write("GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    }

    /**
     * Returns the status of an answer on a connection that stays open; 0 if the server closes the connection instead.
     */
    private static int status(Socket socket) throws IOException {
        try {
            ask(socket);
            String head = new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII);
            if (head.isEmpty()) {
                return 0;
            }
            String rest = "";
            while (!rest.endsWith("}")) {
                rest += (char) socket.getInputStream().read();
            }
            return Integer.parseInt(head.substring(9));
        } catch (SocketException reset) {
            return 0;
        }
    }

    @Test
    @DisplayName("a connection beyond the bound is closed unread; the others continue, and a freed place is used again")
    void bound() throws Exception {
        try (Served served = Served.of(
                MemorySessionStore.create(),
                options -> options.withMaxConnections(2).withRecorder(recorder))) {
            try (Socket one = connected(served);
                    Socket two = connected(served)) {
                assertEquals(200, status(one));
                assertEquals(200, status(two));
                for (int i = 1; i <= 3; i++) {
                    try (Socket more = connected(served)) {
                        assertEquals(0, status(more));
                    }
                    assertEquals(i, refused.get());
                }
                assertEquals(2, opened.get(), "a refused connection is not counted as opened");
                assertEquals(0, closed.get());
                assertEquals(200, status(one), "the same connection, again");
                two.shutdownOutput();
                long end = System.nanoTime() + Served.PATIENCE.toNanos();
                while (closed.get() == 0) {
                    assertTrue(System.nanoTime() < end, "the end of the connection was not noticed");
                    Thread.sleep(5);
                }
                try (Socket next = connected(served)) {
                    assertEquals(200, status(next));
                    try (Socket more = connected(served)) {
                        assertEquals(0, status(more));
                    }
                }
            }
        }
        assertThrows(InvalidInputException.class, () -> ServerOptions.standard().withMaxConnections(0));
    }

    @Test
    @DisplayName("a bound of 1 is enough for a client that reuses its connection")
    void reused() throws Exception {
        try (Served served = Served.of(MemorySessionStore.create(), options -> options.withMaxConnections(1));
                Socket one = connected(served)) {
            for (int i = 0; i < 20; i++) {
                assertEquals(200, status(one));
            }
        }
    }
}
