package dev.reel.server;

import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

/** Times one request, and reports it once. {@link HttpRecorder} describes when the time ends. */
final class RequestTimer {

    private static final String NO_ROUTE = "none";
    private static final String OTHER_METHOD = "other";
    /** A client may send any word as a method. Unknown ones share one name, so the number of names is bounded. */
    private static final Set<String> METHODS = Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS");

    private final HttpRecorder recorder;
    private final String method;
    private final long startedAt = System.nanoTime();
    /** Set once: the head of a stream and the end of its connection can arrive at the same time, on two threads. */
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

    /** Stops the time. A later report uses the time up to this call. */
    void stop() {
        if (nanos < 0) {
            nanos = System.nanoTime() - startedAt;
        }
    }

    /**
     * Reports the request, unless it was already reported.
     *
     * @param status the status of the answer; 0 for none
     */
    void report(int status) {
        stop();
        if (!reported.getAndSet(true)) {
            recorder.requestAnswered(method, route, status, nanos);
        }
    }
}
