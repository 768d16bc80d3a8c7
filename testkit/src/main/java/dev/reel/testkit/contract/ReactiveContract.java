package dev.reel.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.FeedFilter;
import dev.reel.FeedPlace;
import dev.reel.From;
import dev.reel.InvalidInputException;
import dev.reel.Range;
import dev.reel.SessionEvent;
import dev.reel.SessionStore;
import dev.reel.StoreClosedException;
import dev.reel.StoreOptions;
import dev.reel.StoreStatus;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * R23 for every read: no effect before subscription, errors as signals, demand, cancellation, resubscription.
 *
 * <p>Two rules are not asserted for reads of rows, because Reactor's own publishers differ: a request of 0 is an error,
 * and a subscriber that cancels in its only item is not completed.
 */
abstract class ReactiveContract extends ContractGroup {

    ReactiveContract(Function<StoreOptions, SessionStore> opener) {
        super(opener);
    }

    /** Returns the items of a read; for a live read, the current ones. */
    private static List<?> given(Read read, SessionStore store) {
        return given(read, read.from(store), 1);
    }

    private static List<?> given(Read read, Publisher<?> publisher, int least) {
        if (!read.isLive()) {
            return Probe.of(publisher).awaitComplete();
        }
        Probe<?> probe = Probe.of(publisher);
        probe.await(least);
        List<?> items = probe.quiet();
        probe.cancel();
        return items;
    }

    @ParameterizedTest(name = "R23: {0}")
    @EnumSource(Read.class)
    @DisplayName("R23: a read does nothing before subscription, and emits the state at subscription")
    void nothingBeforeSubscription(Read read) {
        Publisher<?> early = read.from(store());
        Read.fill(store());
        List<?> items = given(read, early, 1);
        assertFalse(items.isEmpty(), "the read emits earlier writes");
        assertEquals(given(read, store()), items);
    }

    @ParameterizedTest(name = "R23: {0}")
    @EnumSource(Read.class)
    @DisplayName("R23: each subscription to a read reads again")
    void cold(Read read) {
        Read.fill(store());
        Publisher<?> publisher = read.from(store());
        List<?> first = given(read, publisher, 1);
        assertFalse(first.isEmpty());
        assertEquals(first, given(read, publisher, 1));
        clock.advance(Duration.ofSeconds(1));
        user("s", "m1", "edited");
        user("other", "m9", "more");
        List<?> later = given(read, publisher, 1);
        assertEquals(given(read, store()), later);
        boolean fixed = read == Read.AS_OF || read == Read.GET_SNAPSHOT || read == Read.LIST_SNAPSHOTS;
        assertEquals(fixed, first.equals(later), "it sees what was written in between");
    }

    @ParameterizedTest(name = "R23: {0}")
    @EnumSource(Read.class)
    @DisplayName("R23: after the store is closed every read signals StoreClosedException, and no read throws it")
    void closed(Read read) throws Exception {
        Read.fill(store());
        Publisher<?> before = read.from(store());
        assertFalse(given(read, store()).isEmpty());
        store().closeAsync().toFuture().get(patience().toSeconds(), TimeUnit.SECONDS);
        Probe.of(before).awaitError(StoreClosedException.class);
        Probe.of(read.from(store())).awaitError(StoreClosedException.class);
    }

    @ParameterizedTest(name = "R23: {0}")
    @EnumSource(Read.class)
    @DisplayName("R23: a read that is cancelled at the start, in the middle or at the end signals nothing more")
    void cancellation(Read read) {
        Read.fill(store());
        assertFalse(given(read, store()).isEmpty());

        Counting before = new Counting(0, true);
        read.from(store()).subscribe(before);
        before.request(5);
        assertEquals("", before.signals());

        Counting withDemand = new Counting(Long.MAX_VALUE, true);
        read.from(store()).subscribe(withDemand);
        assertEquals("", withDemand.signals());

        Counting during = new Counting(Long.MAX_VALUE, false);
        read.from(store()).subscribe(during);
        Waits.until("a first item", () -> !during.signals().isEmpty());

        Probe<?> after = Probe.of(read.from(store()));
        after.await(1);
        if (!read.isLive()) {
            after.awaitComplete();
        }
        after.cancel();
        after.request(1);
        after.cancel();
        int items = after.afterAMoment().size();

        append("s", custom("more", 1));
        user("s", "m3", "more");
        assertEquals(items, after.afterAMoment().size());
        assertTrue(during.signals().equals("next")
                || !read.isCursor() && during.signals().equals("next complete"));
        assertEquals("", before.signals());
        assertEquals("", withDemand.signals());
    }

    @ParameterizedTest(name = "R23: {0}")
    @EnumSource(Read.class)
    @DisplayName("R11: a read emits one item for a request of one, and none without a request")
    void demand(Read read) {
        Read.fill(store());
        List<?> whole = given(read, store());
        Probe<?> probe = Probe.requesting(0, read.from(store()));
        assertEquals(0, probe.afterAMoment().size());
        for (int n = 1; n <= whole.size(); n++) {
            probe.request(1).await(n);
        }
        assertEquals(whole, read.isLive() ? probe.quiet() : probe.awaitComplete());
    }

    static Stream<Read> cursors() {
        return Stream.of(Read.values()).filter(Read::isCursor);
    }

    @ParameterizedTest(name = "R23: {0}")
    @MethodSource("cursors")
    @DisplayName("R23: a request of 0 or less is signalled as an IllegalArgumentException; nothing follows it")
    void malformedDemand(Read read) {
        Read.fill(store());
        assertFalse(given(read, store()).isEmpty());
        for (long n : new long[] {0, -1, Long.MIN_VALUE}) {
            Probe<?> probe = Probe.requesting(0, read.from(store()));
            probe.subscription().request(n);
            probe.awaitError(IllegalArgumentException.class);
            assertEquals(0, probe.afterAMoment().size());
        }
    }

    @Test
    @DisplayName("R23: a malformed request in the middle ends a cursor")
    void malformedDemandInTheMiddle() {
        Read.fill(store());
        Probe<?> probe = Probe.requesting(2, Read.TAIL.from(store()));
        probe.await(2);
        probe.subscription().request(-5);
        probe.awaitError(IllegalArgumentException.class);
        probe.request(5);
        append("s", custom("more", 1));
        assertEquals(2, probe.afterAMoment().size());
    }

    static Stream<Read.Misuse> misuses() {
        return Stream.concat(Read.misuses().stream(), Read.misusesOfWrites().stream());
    }

    @ParameterizedTest(name = "R23: {0}")
    @MethodSource("misuses")
    @DisplayName("R23: only a null argument throws at the call; a malformed argument is an error signal")
    void malformedArguments(Read.Misuse misuse) {
        Read.fill(store());
        long before = log("s").size();
        if (misuse.isNull()) {
            assertThrows(NullPointerException.class, () -> misuse.call().apply(store()));
        } else {
            error(InvalidInputException.class, misuse.call().apply(store()));
        }
        assertEquals(before, log("s").size());
    }

    @ParameterizedTest(name = "R23: {0}")
    @EnumSource(Read.class)
    @DisplayName("R23: a null subscriber is rejected by subscribe")
    void nullSubscriber(Read read) {
        Read.fill(store());
        assertFalse(given(read, store()).isEmpty());
        Publisher<?> publisher = read.from(store());
        assertThrows(NullPointerException.class, () -> publisher.subscribe(Read.none()));
    }

    @Test
    @DisplayName("R23: a change that a subscriber makes to a result does not reach another subscription")
    void subscriptionsAreApart() {
        appendMany("s", 3);
        Flux<?> replay = store().replay("s", Range.all());
        Probe<?> cancelled = Probe.requesting(1, replay);
        Probe<?> malformed = Probe.requesting(1, replay);
        Probe<?> good = Probe.requesting(1, replay);
        cancelled.cancel();
        malformed.subscription().request(-1);
        malformed.awaitError(IllegalArgumentException.class);
        assertEquals(3, good.request(2).awaitComplete().size());
    }

    @Test
    @DisplayName(
            "R23: the status reports whether writes are accepted, the open tails and their lag, and is read at subscription")
    void status() throws Exception {
        appendMany("s", 3);
        Mono<StoreStatus> status = store().status();
        StoreStatus idle = get(status);
        assertEquals(StoreStatus.State.ACCEPTING, idle.state());
        assertTrue(idle.isAccepting());
        assertEquals(null, idle.reason());
        assertEquals(0, idle.openTails());
        Probe<SessionEvent> slow = Probe.requesting(1, store().tail("s", From.start()));
        Probe<SessionEvent> fast = Probe.of(store().tail("s", From.start()));
        Probe<SessionEvent> feed = Probe.of(store().tailAll(FeedPlace.start(), FeedFilter.all()));
        slow.await(1);
        fast.await(3);
        feed.await(3);
        Waits.until("a lag of two", () -> get(status).slowestTailLag() == 2);
        assertEquals(3, get(status).openTails());
        slow.request(5).await(3);
        Waits.until("no lag", () -> get(status).slowestTailLag() == 0);
        slow.cancel();
        feed.cancel();
        Waits.until("one tail", () -> get(status).openTails() == 1);
        store().closeAsync().toFuture().get(patience().toSeconds(), TimeUnit.SECONDS);
        fast.awaitComplete();
        assertEquals(StoreStatus.State.CLOSED, get(status).state());
        assertFalse(get(store().status()).isAccepting());
        Waits.until("no tail", () -> get(status).openTails() == 0);
    }

    @Test
    @DisplayName("R23: closing twice has the effect of closing once")
    void closingTwice() throws Exception {
        Read.fill(store());
        assertEquals(6, log("s").size());
        store().closeAsync().toFuture().get(patience().toSeconds(), TimeUnit.SECONDS);
        store().closeAsync().toFuture().get(patience().toSeconds(), TimeUnit.SECONDS);
        store().close();
        error(StoreClosedException.class, store().state("s"));
        error(StoreClosedException.class, store().append("s", customs(1)));
    }

    /** Counts its signals; cancels immediately, or in its first item. */
    private static final class Counting extends BaseSubscriber<Object> {
        private final long demand;
        private final boolean atOnce;
        private final AtomicReference<String> heard = new AtomicReference<>("");

        Counting(long demand, boolean atOnce) {
            this.demand = demand;
            this.atOnce = atOnce;
        }

        String signals() {
            String signals = heard.get();
            return signals == null ? "" : signals;
        }

        private void hear(String signal) {
            heard.updateAndGet(before -> before.isEmpty() ? signal : before + " " + signal);
        }

        @Override
        protected void hookOnSubscribe(Subscription subscription) {
            if (atOnce) {
                subscription.cancel();
            }
            if (demand > 0) {
                subscription.request(demand);
            }
        }

        @Override
        protected void hookOnNext(@Nullable Object value) {
            hear("next");
            upstream().cancel();
        }

        @Override
        protected void hookOnComplete() {
            hear("complete");
        }

        @Override
        protected void hookOnError(Throwable throwable) {
            hear("error");
        }
    }
}
