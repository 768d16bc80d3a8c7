package dev.reel.internal.engine;

import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Sinks;

/**
 * Notifies its listeners that a log has grown. Each listener reads the new events from the log at its own pace, so
 * nothing is buffered here and a slow listener loses nothing.
 *
 * <p>Only one thread at a time rings. The sink is created with the first listener, since most sessions are never
 * tailed.
 */
final class Bell {

    private volatile Sinks.@Nullable Many<Boolean> sink;

    void ring() {
        Sinks.Many<Boolean> known = sink;
        if (known != null) {
            // The result is ignored: without a listener, or if one is just leaving, nothing is lost, because the log
            // has the events.
            known.tryEmitNext(Boolean.TRUE);
        }
    }

    /**
     * Calls the listener at each ring, on the ringing thread, until disposed. After this call the listener must look at
     * the log once more, since it was not called for a ring just before.
     */
    Disposable listen(Runnable listener) {
        return sink().asFlux().subscribe(ring -> {
            try {
                listener.run();
            } catch (Throwable t) {
                Failure.drop(t); // otherwise the sink would remove the listener
            }
        });
    }

    private Sinks.Many<Boolean> sink() {
        Sinks.Many<Boolean> known = sink;
        if (known == null) {
            synchronized (this) {
                known = sink;
                if (known == null) {
                    known = Sinks.unsafe().many().multicast().directBestEffort();
                    sink = known;
                }
            }
        }
        return known;
    }
}
