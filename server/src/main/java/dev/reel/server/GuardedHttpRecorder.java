package dev.reel.server;

import java.util.concurrent.atomic.AtomicBoolean;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * Calls the user's recorder and catches its exceptions. The server calls it at the end of requests and streams, where
 * an exception would leave an answer unfinished or a stream counted.
 */
final class GuardedHttpRecorder implements HttpRecorder {

    private final HttpRecorder recorder;
    /**
     * Whether it has thrown. A recorder that throws probably throws for each request, so only the first exception is
     * reported.
     */
    private final AtomicBoolean thrown = new AtomicBoolean();

    private GuardedHttpRecorder(HttpRecorder recorder) {
        this.recorder = recorder;
    }

    static HttpRecorder of(HttpRecorder recorder) {
        return recorder == HttpRecorder.none() ? recorder : new GuardedHttpRecorder(recorder);
    }

    private void guarded(Runnable call) {
        try {
            call.run();
        } catch (Throwable t) {
            if (!thrown.getAndSet(true)) {
                drop(t);
            }
        }
    }

    private static void drop(Throwable t) {
        try {
            Operators.onErrorDropped(t, Context.empty());
        } catch (Throwable more) {
            // A hook threw, or there is not enough memory to report it.
        }
    }

    @Override
    public void requestAnswered(String method, String route, int status, long nanos) {
        guarded(() -> recorder.requestAnswered(method, route, status, nanos));
    }

    @Override
    public void streamOpened() {
        guarded(recorder::streamOpened);
    }

    @Override
    public void streamEnded() {
        guarded(recorder::streamEnded);
    }

    @Override
    public void connectionOpened() {
        guarded(recorder::connectionOpened);
    }

    @Override
    public void connectionClosed() {
        guarded(recorder::connectionClosed);
    }

    @Override
    public void connectionRefused() {
        guarded(recorder::connectionRefused);
    }
}
