package dev.reel.server;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.Commit;
import dev.reel.EventDraft;
import dev.reel.ForwardingSessionStore;
import dev.reel.WriteOptions;
import dev.reel.memory.MemorySessionStore;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * Requests over one connection, to a store whose writes are answered by another thread, and whose reads at once. Such a
 * request may arrive before the server's event loop knows that the previous answer was sent.
 */
class PipelinedTest {

    private static final String BODY = "{\"event\":\"note\",\"data\":{}}";
    private static final String WRITE = "POST /v1/sessions/s/events HTTP/1.1\r\nHost: localhost\r\n"
            + "Content-Type: application/json\r\nContent-Length: " + BODY.length() + "\r\n\r\n" + BODY;
    private static final String READ = "GET /v1/sessions/s/events?last=1 HTTP/1.1\r\nHost: localhost\r\n\r\n";
    private static final String HEAD = "HEAD /v1/sessions/s/events HTTP/1.1\r\nHost: localhost\r\n\r\n";
    private static final String LENGTH = "content-length: ";

    private static final class OtherThread extends ForwardingSessionStore {

        OtherThread() {
            super(MemorySessionStore.create());
        }

        @Override
        public Mono<Commit> append(String sessionId, List<EventDraft> events, WriteOptions options) {
            return super.append(sessionId, events, options).publishOn(Schedulers.parallel());
        }
    }

    /** A connection that is read byte by byte, so that the next request is sent as soon as it can be. */
    private static final class Connection implements AutoCloseable {

        private final Socket socket;

        Connection(Served served) throws IOException {
            socket = new Socket("127.0.0.1", served.server.address().getPort());
            socket.setSoTimeout((int) Served.PATIENCE.toMillis());
        }

        void send(String requests) throws IOException {
            socket.getOutputStream().write(requests.getBytes(StandardCharsets.US_ASCII));
        }

        /** Reads the answer of the next request, which must have status 200. */
        void receive(String request) throws IOException {
            String head = upTo("\r\n\r\n").toLowerCase(Locale.ROOT);
            assertTrue(head.startsWith("http/1.1 200"), head);
            int at = head.indexOf(LENGTH);
            if (request.startsWith("HEAD")) {
                return;
            }
            if (at >= 0) {
                int from = at + LENGTH.length();
                socket.getInputStream().readNBytes(Integer.parseInt(head.substring(from, head.indexOf('\r', from))));
            } else {
                upTo("\r\n0\r\n\r\n");
            }
        }

        private String upTo(String end) throws IOException {
            InputStream in = socket.getInputStream();
            StringBuilder text = new StringBuilder();
            while (text.indexOf(end, text.length() - end.length()) < 0) {
                int next = in.read();
                assertTrue(next >= 0, () -> "closed after " + text);
                text.append((char) next);
            }
            return text.toString();
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    @Test
    @DisplayName("each request of a connection is answered, also if it is sent the moment the previous answer is there")
    void oneAfterTheOther() throws IOException {
        try (Served served = Served.of(new OtherThread(), options -> options);
                Connection connection = new Connection(served)) {
            for (int round = 0; round < 3_000; round++) {
                for (String request : List.of(WRITE, HEAD, WRITE, READ)) {
                    connection.send(request);
                    connection.receive(request);
                }
            }
        }
    }

    @Test
    @DisplayName("requests that are sent together are answered in order, and so is the one after them")
    void together() throws IOException {
        try (Served served = Served.of(new OtherThread(), options -> options);
                Connection connection = new Connection(served)) {
            for (int round = 0; round < 200; round++) {
                List<String> requests = List.of(WRITE, HEAD, READ, WRITE, READ, HEAD);
                connection.send(String.join("", requests));
                for (String request : requests) {
                    connection.receive(request);
                }
            }
        }
    }
}
