package dev.reel.cli;

import dev.reel.SessionEvent;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;

/** A subscriber of a tail that requests events only when told to, and returns them one by one. */
final class Follower extends BaseSubscriber<SessionEvent> {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final BlockingQueue<SessionEvent> received = new LinkedBlockingQueue<>();

    static Follower of(Flux<SessionEvent> tail) {
        Follower follower = new Follower();
        tail.subscribe(follower);
        return follower;
    }

    @Override
    protected void hookOnSubscribe(Subscription subscription) {
        // Nothing is requested yet.
    }

    @Override
    protected void hookOnNext(SessionEvent event) {
        received.add(event);
    }

    /** Waits for the next requested event. */
    SessionEvent next() {
        try {
            SessionEvent event = received.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            if (event == null) {
                throw new CommandFailure("a tail did not emit an event within " + PATIENCE.toSeconds() + " s");
            }
            return event;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandFailure("interrupted");
        }
    }
}
