package dev.reel.server;

import dev.reel.Change;
import dev.reel.LogChangedException;
import dev.reel.LogPlace;
import dev.reel.Range;
import dev.reel.SessionPurgedException;
import dev.reel.SessionStore;
import dev.reel.StoreClosedException;
import reactor.core.publisher.Mono;

/** Where logs end, and why a tail has completed. */
final class LogEnds {

    /** The session is closed, and the tail has emitted its last event. */
    static final String CLOSED = "closed";

    /** The session is purged. */
    static final String PURGED = "purged";

    /** The store ends its tails, because the server shuts down. */
    static final String SHUTDOWN = "shutdown";

    /** A tail of the feed has passed the position with which it ends. */
    static final String UP_TO = "up-to";

    /** A replay has given all that it was asked for. */
    static final String COMPLETE = "complete";

    /** Anything else; the end has the problem. */
    static final String ERROR = "error";

    private final SessionStore store;

    LogEnds(SessionStore store) {
        this.store = store;
    }

    /**
     * The end of a log.
     *
     * @param place the place of its last event
     * @param closed whether that event closes the session, so that no event follows
     */
    record End(LogPlace place, boolean closed) {}

    Mono<End> of(String sessionId) {
        return store.replay(sessionId, Range.last(1))
                .next()
                .map(event -> new End(event.place(), event.type().equals(Change.Kind.SESSION_CLOSE.type())))
                .defaultIfEmpty(new End(LogPlace.start(), false));
    }

    /** Why a stream ends that has begun, and fails. */
    static String reason(Throwable error) {
        return error instanceof SessionPurgedException
                ? PURGED
                : error instanceof StoreClosedException ? SHUTDOWN : ERROR;
    }

    /**
     * Why a tail has completed. A tail does not tell: it completes after the event that closes the session, when the
     * session is purged and all was emitted, and when the store ends its tails. So the log is looked at again.
     *
     * @param at the place of the last event that the tail emitted
     */
    Mono<String> reason(String sessionId, LogPlace at) {
        return of(sessionId)
                .flatMap(end -> {
                    if (end.place().equals(at)) {
                        return Mono.just(end.closed() ? CLOSED : SHUTDOWN);
                    }
                    // Fails if the log is gone, or is another one.
                    return store.replay(sessionId, Range.after(at).withLast(1)).then(Mono.just(SHUTDOWN));
                })
                .onErrorResume(error -> Mono.just(
                        error instanceof LogChangedException || error instanceof SessionPurgedException
                                ? PURGED
                                : SHUTDOWN));
    }
}
