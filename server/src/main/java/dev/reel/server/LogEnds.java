package dev.reel.server;

import dev.reel.Change;
import dev.reel.LogChangedException;
import dev.reel.LogPlace;
import dev.reel.Range;
import dev.reel.SessionPurgedException;
import dev.reel.SessionStore;
import dev.reel.StoreClosedException;
import reactor.core.publisher.Mono;

/** Finds where logs end, and why a tail has completed. */
final class LogEnds {

    /** The session is closed, and the tail has emitted its last event. */
    static final String CLOSED = "closed";

    /** The session is purged. */
    static final String PURGED = "purged";

    /** The store completed its tails, because the server shuts down. */
    static final String SHUTDOWN = "shutdown";

    /** A tail of the feed has passed the position where it ends. */
    static final String UP_TO = "up-to";

    /** A replay has emitted all requested events. */
    static final String COMPLETE = "complete";

    /** Any other reason; {@code reel:end} has the problem. */
    static final String ERROR = "error";

    private final SessionStore store;

    LogEnds(SessionStore store) {
        this.store = store;
    }

    /**
     * The end of a log.
     *
     * @param place the place of its last event
     * @param closed whether that event closes the session, so no event can follow
     */
    record End(LogPlace place, boolean closed) {}

    Mono<End> of(String sessionId) {
        return store.replay(sessionId, Range.last(1))
                .next()
                .map(event -> new End(event.place(), event.type().equals(Change.Kind.SESSION_CLOSE.type())))
                .defaultIfEmpty(new End(LogPlace.start(), false));
    }

    /** Returns the reason for the end of a stream that failed after it began. */
    static String reason(Throwable error) {
        return error instanceof SessionPurgedException
                ? PURGED
                : error instanceof StoreClosedException ? SHUTDOWN : ERROR;
    }

    /**
     * Returns why a tail has completed. A tail itself has no reason: it completes after the event that closes the
     * session, after the session is purged and everything was emitted, and when the store completes its tails. So the
     * log is read again to decide.
     *
     * @param at the place of the last event that the tail emitted
     */
    Mono<String> reason(String sessionId, LogPlace at) {
        return of(sessionId)
                .flatMap(end -> {
                    if (end.place().equals(at)) {
                        return Mono.just(end.closed() ? CLOSED : SHUTDOWN);
                    }
                    // Fails if the log no longer exists, or is a different log.
                    return store.replay(sessionId, Range.after(at).withLast(1)).then(Mono.just(SHUTDOWN));
                })
                .onErrorResume(error -> Mono.just(
                        error instanceof LogChangedException || error instanceof SessionPurgedException
                                ? PURGED
                                : SHUTDOWN));
    }
}
