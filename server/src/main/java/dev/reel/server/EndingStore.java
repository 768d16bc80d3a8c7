package dev.reel.server;

import dev.reel.FeedFilter;
import dev.reel.FeedPlace;
import dev.reel.ForwardingSessionStore;
import dev.reel.From;
import dev.reel.SessionEvent;
import dev.reel.SessionStore;
import dev.reel.TailOptions;
import dev.reel.TailSignal;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;

/**
 * The served store, whose tails complete when the server shuts down. Tails that the application opened on the store
 * itself continue.
 */
final class EndingStore extends ForwardingSessionStore {

    private final Sinks.Empty<Void> end = Sinks.empty();

    EndingStore(SessionStore store) {
        super(store);
    }

    /** Completes the open tails. */
    void endTails() {
        end.tryEmitEmpty();
    }

    @Override
    public Flux<SessionEvent> tail(String sessionId, From from) {
        return super.tail(sessionId, from).takeUntilOther(end.asMono());
    }

    @Override
    public Flux<TailSignal> tailSignals(String sessionId, From from, TailOptions options) {
        return super.tailSignals(sessionId, from, options).takeUntilOther(end.asMono());
    }

    @Override
    public Flux<TailSignal> tailAllSignals(FeedPlace after, FeedFilter filter, TailOptions options) {
        return super.tailAllSignals(after, filter, options).takeUntilOther(end.asMono());
    }
}
