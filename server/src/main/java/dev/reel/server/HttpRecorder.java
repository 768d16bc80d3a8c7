package dev.reel.server;

/**
 * Receives events of a server, to count and time them. Every method has a default that does nothing, so a recorder
 * implements only the methods that it needs. {@code reel-micrometer} has a recorder that writes Micrometer meters.
 *
 * <pre>{@code
 * LongAdder failures = new LongAdder();
 * HttpRecorder counting = new HttpRecorder() {
 *     @Override
 *     public void requestAnswered(String method, String route, int status, long nanos) {
 *         if (status >= 500) {
 *             failures.increment();
 *         }
 *     }
 * };
 * ServerOptions options = ServerOptions.standard().withRecorder(counting);
 * }</pre>
 *
 * <p><b>Requests.</b> Each request causes one call of {@link #requestAnswered}: after its answer is sent, after it
 * fails, or after its client disconnects. The time ends there, except for two kinds of answer. The time of a stream of
 * server-sent events ends when the head of its answer is ready, which is sent with the first event; how long the stream
 * stays open is not timed. The time of a long poll ends when it begins to wait, and is reported when it is answered. So
 * neither distorts the times of other requests. Requests that Reactor Netty itself refuses, for example because their
 * headers are too long, are not reported.
 *
 * <p>Reactor Netty's own {@code HttpServer.metrics} is not used: it writes only to Micrometer's global registry, so
 * each server would need Micrometer and share its meters with all other servers of the process; and it would time a
 * stream until its end.
 *
 * <p><b>Threads.</b> Methods run on the server's event loops and on the store's threads, concurrently. They must be thread-safe,
 * must not block, and must not call the store.
 *
 * <p><b>Errors.</b> A recorder that throws does not affect the server. The first exception is reported to {@code
 * Operators.onErrorDropped}; later ones are ignored.
 *
 * <p>No method receives an id, or any other value that a client chooses: such values are unbounded and would make
 * unbounded tags.
 */
public interface HttpRecorder {

    /**
     * Returns the recorder that records nothing, which is the default.
     *
     * @return the recorder
     */
    static HttpRecorder none() {
        return NoHttpRecorder.NONE;
    }

    /**
     * A request was answered, or its connection ended before the answer.
     *
     * @param method {@code GET}, {@code HEAD}, {@code POST}, {@code PUT}, {@code PATCH}, {@code DELETE} or {@code OPTIONS};
     *     {@code other} for any other
     * @param route the path of the route, with names in place of ids, such as {@code /v1/sessions/{session}/events};
     *     {@code none} for a request that was refused or answered before routing, and for one that matches no route
     * @param status the status of the answer, even if the answer broke off; 0 if the connection ended before the
     *     answer's head was sent
     * @param nanos the time from the arrival of the request's head, in nanoseconds
     */
    default void requestAnswered(String method, String route, int status, long nanos) {}

    /** A stream of server-sent events was opened, or a long poll began to wait. */
    default void streamOpened() {}

    /** A stream has ended, or a long poll no longer waits. */
    default void streamEnded() {}

    /** A connection was opened. Only a {@link SessionServer} reports connections. */
    default void connectionOpened() {}

    /** A connection that was opened is closed. */
    default void connectionClosed() {}

    /**
     * A connection beyond {@link ServerOptions#maxConnections} was closed at once. Neither {@link #connectionOpened}
     * nor {@link #connectionClosed} is called for it.
     */
    default void connectionRefused() {}
}
