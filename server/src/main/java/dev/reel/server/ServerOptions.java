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

    private static final ServerOptions STANDARD =
            new ServerOptions("127.0.0.1", 7070, 8 << 20, Duration.ofSeconds(15), Duration.ofSeconds(20));

    private final String host;
    private final int port;
    private final long maxBodyBytes;
    private final Duration heartbeat;
    private final Duration longPoll;

    private ServerOptions(String host, int port, long maxBodyBytes, Duration heartbeat, Duration longPoll) {
        this.host = host;
        this.port = port;
        this.maxBodyBytes = maxBodyBytes;
        this.heartbeat = heartbeat;
        this.longPoll = longPoll;
    }

    /**
     * The host 127.0.0.1 and the port 7070; bodies of up to 8 MiB; a heartbeat each 15 seconds;
     * long polls of up to 20 seconds.
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
        return new ServerOptions(Objects.requireNonNull(newHost, "host"), port, maxBodyBytes, heartbeat, longPoll);
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
        return new ServerOptions(host, newPort, maxBodyBytes, heartbeat, longPoll);
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
        return new ServerOptions(host, port, bytes, heartbeat, longPoll);
    }

    /**
     * How long a stream sends nothing before it sends a comment, so that both sides notice when the other is gone. The
     * comment comes after one to one and a half of these intervals.
     *
     * @param interval 10 milliseconds to 1 hour
     * @return a copy
     * @throws InvalidInputException when it is out of range
     */
    public ServerOptions withHeartbeat(Duration interval) {
        if (interval.compareTo(Duration.ofMillis(10)) < 0 || interval.compareTo(Duration.ofHours(1)) > 0) {
            throw new InvalidInputException("a heartbeat must be 10 ms to 1 hour: " + interval);
        }
        return new ServerOptions(host, port, maxBodyBytes, interval, longPoll);
    }

    /**
     * Another bound of a long poll: how long a request with {@code live=long-poll} waits for an event.
     *
     * @param bound 10 milliseconds to 10 minutes
     * @return a copy
     * @throws InvalidInputException when it is out of range
     */
    public ServerOptions withLongPoll(Duration bound) {
        if (bound.compareTo(Duration.ofMillis(10)) < 0 || bound.compareTo(Duration.ofMinutes(10)) > 0) {
            throw new InvalidInputException("the bound of a long poll must be 10 ms to 10 minutes: " + bound);
        }
        return new ServerOptions(host, port, maxBodyBytes, heartbeat, bound);
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

    /**
     * How long a long poll waits for an event.
     *
     * @return the bound
     */
    public Duration longPoll() {
        return longPoll;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ServerOptions that
                && host.equals(that.host)
                && port == that.port
                && maxBodyBytes == that.maxBodyBytes
                && heartbeat.equals(that.heartbeat)
                && longPoll.equals(that.longPoll);
    }

    @Override
    public int hashCode() {
        return Objects.hash(host, port, maxBodyBytes, heartbeat, longPoll);
    }

    @Override
    public String toString() {
        return "ServerOptions[host=" + host + ", port=" + port + ", maxBodyBytes=" + maxBodyBytes + ", heartbeat="
                + heartbeat + ", longPoll=" + longPoll + "]";
    }
}
