package dev.reel.client;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** A proxy between a client and a server that simulates network faults. */
final class Proxy implements AutoCloseable {

    private final ServerSocket listening;
    private final List<Socket> open = new CopyOnWriteArrayList<>();
    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicInteger answersToLose = new AtomicInteger();
    private final AtomicLong bytesLeft = new AtomicLong(Long.MAX_VALUE);
    private final AtomicInteger generation = new AtomicInteger();
    private volatile int frozenUpTo = -1;
    private volatile int delayMillis;
    private volatile int port;

    Proxy() {
        try {
            listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        daemon(this::accept);
    }

    URI uri() {
        return URI.create("http://127.0.0.1:" + listening.getLocalPort());
    }

    void to(int newPort) {
        port = newPort;
    }

    int connections() {
        return connections.get();
    }

    /** Cuts all connections. */
    void cut() {
        for (Socket socket : open) {
            quietly(socket);
        }
        open.clear();
    }

    /** The next {@code count} answers do not arrive: their connection is closed when they reach the proxy. */
    void loseAnswers(int count) {
        answersToLose.set(count);
    }

    /** Cuts one connection after this many bytes of answers. */
    void cutAfter(long bytes) {
        bytesLeft.set(bytes);
    }

    /** Stops all data, without closing a connection. */
    void freeze() {
        frozenUpTo = Integer.MAX_VALUE;
    }

    /** Lets data of new connections pass; frozen connections stay frozen. */
    void thawNewConnections() {
        frozenUpTo = generation.get();
    }

    /** Delays each part by this time. */
    void delay(int millis) {
        delayMillis = millis;
    }

    private static void daemon(Runnable work) {
        Thread thread = new Thread(work, "proxy");
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        while (!listening.isClosed()) {
            try {
                Socket client = listening.accept();
                connections.incrementAndGet();
                connect(client, generation.incrementAndGet());
            } catch (IOException e) {
                return; // closed
            }
        }
    }

    /** If no server can be reached, the client's connection is closed. */
    private void connect(Socket client, int number) {
        try {
            Socket server = new Socket("127.0.0.1", port);
            open.add(client);
            open.add(server);
            daemon(() -> pass(client, server, number, false));
            daemon(() -> pass(server, client, number, true));
        } catch (IOException e) {
            quietly(client);
        }
    }

    private void pass(Socket from, Socket to, int number, boolean answers) {
        byte[] buffer = new byte[8_192];
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                if (answers && answersToLose.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
                    return;
                }
                while (number <= frozenUpTo) {
                    Thread.sleep(5);
                }
                if (delayMillis > 0) {
                    Thread.sleep(delayMillis);
                }
                long left = answers ? bytesLeft.addAndGet(-n) : 0;
                if (left < 0) {
                    bytesLeft.set(Long.MAX_VALUE);
                    out.write(buffer, 0, (int)
                            Math.max(0, n + left)); // only a part, since a connection can break anywhere
                    return;
                }
                out.write(buffer, 0, n);
                out.flush();
            }
        } catch (IOException | InterruptedException e) {
            // One side has closed; closes the other side, too.
        }
    }

    private static void quietly(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // The connection is already closed.
        }
    }

    @Override
    public void close() {
        try {
            listening.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        frozenUpTo = -1;
        cut();
    }
}
