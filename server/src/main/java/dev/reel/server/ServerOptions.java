package dev.reel.server;

import dev.reel.InvalidInputException;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Where a server listens, and its bounds. An immutable value.
 *
 * <pre>{@code
 * ServerOptions options = ServerOptions.standard().withPort(7070).withMaxBodyBytes(1 << 20);
 * }</pre>
 */
public final class ServerOptions {

    private static final ServerOptions STANDARD = new ServerOptions("127.0.0.1", 7070, 8 << 20, Duration.ofSeconds(15));

    private final String host;
    private final int port;
    private final long maxBodyBytes;
    private final Duration heartbeat;

    private ServerOptions(String host, int port, long maxBodyBytes, Duration heartbeat) {
        this.host = host;
        this.port = port;
        this.maxBodyBytes = maxBodyBytes;
        this.heartbeat = heartbeat;
    }

    /**
     * The host 127.0.0.1 and the port 7070; bodies of up to 8 MiB; a heartbeat each 15 seconds.
     *
     * @return these options
     */
    public static ServerOptions standard() {
        return STANDARD;
    }

    /**
     * Another address to listen at.
     *
     * @param newHost a name or an address of this machine
     * @return a copy
     */
    public ServerOptions withHost(String newHost) {
        return new ServerOptions(Objects.requireNonNull(newHost, "host"), port, maxBodyBytes, heartbeat);
    }

    /**
     * Another port.
     *
     * @param newPort 0 to 65,535; 0 takes one that is free
     * @return a copy
     * @throws InvalidInputException when it is out of range
     */
    public ServerOptions withPort(int newPort) {
        if (newPort < 0 || newPort > 65_535) {
            throw new InvalidInputException("a port must be 0 to 65535: " + newPort);
        }
        return new ServerOptions(host, newPort, maxBodyBytes, heartbeat);
    }

    /**
     * Another bound of a request's body; what is longer gets 413.
     *
     * @param bytes 1 KiB to 1 GiB
     * @return a copy
     * @throws InvalidInputException when it is out of range
     */
    public ServerOptions withMaxBodyBytes(long bytes) {
        if (bytes < 1 << 10 || bytes > 1 << 30) {
            throw new InvalidInputException("the bound of a body must be 1 KiB to 1 GiB: " + bytes);
        }
        return new ServerOptions(host, port, bytes, heartbeat);
    }

    /**
     * How often a stream on which nothing happens sends a comment, so that both sides notice when the other is gone.
     *
     * @param interval 10 milliseconds to 1 hour
     * @return a copy
     * @throws InvalidInputException when it is out of range
     */
    public ServerOptions withHeartbeat(Duration interval) {
        if (interval.compareTo(Duration.ofMillis(10)) < 0 || interval.compareTo(Duration.ofHours(1)) > 0) {
            throw new InvalidInputException("a heartbeat must be 10 ms to 1 hour: " + interval);
        }
        return new ServerOptions(host, port, maxBodyBytes, interval);
    }

    /**
     * Where it listens.
     *
     * @return the host
     */
    public String host() {
        return host;
    }

    /**
     * Where it listens.
     *
     * @return the port; 0 for one that is free
     */
    public int port() {
        return port;
    }

    /**
     * The bound of a request's body.
     *
     * @return in bytes
     */
    public long maxBodyBytes() {
        return maxBodyBytes;
    }

    /**
     * How often an idle stream sends a comment.
     *
     * @return the interval
     */
    public Duration heartbeat() {
        return heartbeat;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ServerOptions that
                && host.equals(that.host)
                && port == that.port
                && maxBodyBytes == that.maxBodyBytes
                && heartbeat.equals(that.heartbeat);
    }

    @Override
    public int hashCode() {
        return Objects.hash(host, port, maxBodyBytes, heartbeat);
    }

    @Override
    public String toString() {
        return "ServerOptions[host=" + host + ", port=" + port + ", maxBodyBytes=" + maxBodyBytes + ", heartbeat="
                + heartbeat + "]";
    }
}
