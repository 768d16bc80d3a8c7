package dev.reel.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.reel.AppendUnknownException;
import dev.reel.Commit;
import dev.reel.EventDraft;
import dev.reel.ForwardingSessionStore;
import dev.reel.Json;
import dev.reel.Range;
import dev.reel.ReelException;
import dev.reel.Rewind;
import dev.reel.SessionEvent;
import dev.reel.SessionStore;
import dev.reel.StoreBusyException;
import dev.reel.Upcasters;
import dev.reel.WriteOptions;
import dev.reel.spi.Events;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;

class FaultyStoreTest {

    private static final EventDraft TICK = EventDraft.of("tick", Json.EMPTY_OBJECT);

    private final OneList behind = new OneList();
    private final FaultyStore store = FaultyStore.wrap(behind);

    @Test
    void withoutFaultsItIsTheStore() {
        append().block();
        assertEquals(1, store.replay("s", Range.all()).count().block());
        assertEquals(1, store.writesTried());
        assertEquals(1, store.readsTried());
    }

    @Test
    void theNthAppendFailsAndIsNotDone() {
        store.nthAppend(2).failsWith(new StoreBusyException("s", "too much"));
        append().block();
        StepVerifier.create(append()).verifyError(StoreBusyException.class);
        assertEquals(1, behind.events.size());
        append().block();
        assertEquals(2, behind.events.size());
    }

    @Test
    void theAnswerIsLostButItIsDone() {
        store.nthWrite(1).losesItsAnswer();
        StepVerifier.create(append())
                .verifyErrorSatisfies(e -> assertEquals(
                        ReelException.Outcome.UNKNOWN,
                        assertInstanceOf(AppendUnknownException.class, e).outcome()));
        assertEquals(1, behind.events.size());
    }

    @Test
    void anAttemptIsASubscription() {
        store.nthAppend(1).failsWith(new StoreBusyException("s", "too much"));
        append().retry(1).block();
        assertEquals(1, behind.events.size());
        assertEquals(2, store.writesTried());
    }

    @Test
    void anAppendIsAWriteButNotEveryWriteIsAnAppend() {
        store.nthAppend(1).failsWith(new StoreBusyException("s", "an append"));
        store.nthWrite(1).failsWith(new StoreBusyException("s", "a write"));
        StepVerifier.create(store.undo("s"))
                .verifyErrorMatches(e -> e.getMessage().contains("a write"));
        StepVerifier.create(append()).verifyErrorMatches(e -> e.getMessage().contains("an append"));
        assertThrows(IllegalArgumentException.class, () -> store.nthWrite(0));
    }

    @Test
    void itWaitsBeforeItIsDone() {
        StepVerifier.withVirtualTime(() -> {
                    store.nthWrite(1).waits(Duration.ofSeconds(30));
                    return append();
                })
                .expectSubscription()
                .expectNoEvent(Duration.ofSeconds(29))
                .then(() -> assertEquals(0, behind.events.size()))
                .thenAwait(Duration.ofSeconds(1))
                .expectNextCount(1)
                .verifyComplete();
    }

    @Test
    void itIsDoneButItsAnswerWaits() {
        Sinks.Empty<Void> signal = Sinks.empty();
        store.nthWrite(1).answersAfter(signal.asMono());
        StepVerifier.create(append())
                .then(() -> assertEquals(1, behind.events.size()))
                .then(signal::tryEmitEmpty)
                .expectNextCount(1)
                .verifyComplete();
    }

    @Test
    void aReadBreaksInTheMiddle() {
        append().then(append()).block();
        store.nthRead(2).breaksAfter(1, new IOException("connection reset"));
        StepVerifier.create(store.replay("s", Range.all())).expectNextCount(2).verifyComplete();
        StepVerifier.create(store.replay("s", Range.all())).expectNextCount(1).verifyError(IOException.class);
        StepVerifier.create(store.replay("s", Range.all())).expectNextCount(2).verifyComplete();
    }

    @Test
    void aReadFailsOrWaits() {
        Sinks.Empty<Void> signal = Sinks.empty();
        store.nthRead(1)
                .failsWith(new IOException("connection refused"))
                .nthRead(2)
                .waitsFor(signal.asMono());
        StepVerifier.create(store.replay("s", Range.all())).verifyError(IOException.class);
        List<String> heard = new ArrayList<>();
        store.replay("s", Range.all()).doOnComplete(() -> heard.add("end")).subscribe();
        assertEquals(List.of(), heard);
        signal.tryEmitEmpty();
        assertEquals(List.of("end"), heard);
    }

    private Mono<Commit> append() {
        return store.append("s", TICK);
    }

    /** The part of a store that these tests need: a log without ids, and an undo without effect. */
    private static final class OneList extends ForwardingSessionStore {

        private final List<SessionEvent> events = new ArrayList<>();

        OneList() {
            super((SessionStore) Proxy.newProxyInstance(
                    OneList.class.getClassLoader(), new Class<?>[] {SessionStore.class}, (proxy, method, arguments) -> {
                        throw new UnsupportedOperationException(method.getName());
                    }));
        }

        @Override
        public Mono<Commit> append(String sessionId, List<EventDraft> drafts, WriteOptions options) {
            return Mono.fromSupplier(() -> {
                long version = events.size() + 1;
                String id = "e" + version;
                events.add(
                        Events.of(sessionId, version, version, id, Instant.EPOCH, 1, drafts.get(0), Upcasters.none()));
                return new Commit(sessionId, version, version, id, version, Instant.EPOCH, false);
            });
        }

        @Override
        public Mono<Rewind> undo(String sessionId, WriteOptions options) {
            return Mono.just(new Rewind(sessionId, null, 0, 0, 0, events.size()));
        }

        @Override
        public Flux<SessionEvent> replay(String sessionId, Range range) {
            return Flux.defer(() -> Flux.fromIterable(List.copyOf(events)));
        }
    }
}
