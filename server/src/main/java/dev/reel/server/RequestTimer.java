package dev.reel.server;

import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

/** The time of one request, which it reports once. See {@link HttpRecorder} for when the time ends. */
final class RequestTimer {

    private static final String NO_ROUTE = "none";
    private static final String OTHER_METHOD = "other";
    /** A client may send any word as a method: the others share one name, so that there is no name for each. */
    private static final Set<String> METHODS = Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS");

    private final HttpRecorder recorder;
    private final String method;
    private final long startedAt = System.nanoTime();
    /** The head of a stream and the end of its connection may come at the same time, on two threads. */
    private final AtomicBoolean reported = new AtomicBoolean();

    private volatile String route = NO_ROUTE;
    private volatile long nanos = -1;

    RequestTimer(HttpRecorder recorder, String method) {
        this.recorder = recorder;
        this.method = METHODS.contains(method) ? method : OTHER_METHOD;
    }

    void found(Router.Route found) {
        route = found.template();
    }

    /** Ends the time. What is reported later has the time up to here. */
    void stop() {
        if (nanos < 0) {
            nanos = System.nanoTime() - startedAt;
        }
    }

    /**
     * Reports the request, if it was not.
     *
     * @param status of the answer; 0 for none
     */
    void report(int status) {
        stop();
        if (!reported.getAndSet(true)) {
            recorder.requestAnswered(method, route, status, nanos);
        }
    }
}
