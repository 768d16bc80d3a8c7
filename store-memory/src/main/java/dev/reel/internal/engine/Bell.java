package dev.reel.internal.engine;

import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Sinks;

/**
 * The live edge: tells who listens that a log has grown, and no more. What it has grown by, each listener reads from the
 * log at its own pace, so nothing is buffered here and a slow listener loses nothing.
 *
 * <p>Rung by one thread at a time. Made only when somebody listens, since most sessions are never tailed.
 */
final class Bell {

    private volatile Sinks.@Nullable Many<Boolean> sink;

    void ring() {
        Sinks.Many<Boolean> known = sink;
        if (known != null) {
            // Nobody listening, or a listener that is just leaving, is no failure: the log has the events.
            known.tryEmitNext(Boolean.TRUE);
        }
    }

    /**
     * Calls back at each ring, on the thread that rings, until disposed. Whoever begins to listen looks at the log once
     * more afterwards, since a ring just before was for others.
     */
    Disposable listen(Runnable listener) {
        return sink().asFlux().subscribe(ring -> {
            try {
                listener.run();
            } catch (Throwable t) {
                Failure.drop(t); // else the sink would take the listener for gone
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
