package dev.reel.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.Commit;
import dev.reel.FeedFilter;
import dev.reel.FeedPlace;
import dev.reel.From;
import dev.reel.SessionStore;
import dev.reel.StoreClosedException;
import dev.reel.StoreOptions;
import dev.reel.WriteOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.blockhound.BlockHound;
import reactor.blockhound.BlockingOperationError;
import reactor.core.Exceptions;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * R23 with BlockHound: no call of a store blocks a non-blocking thread. It requires {@code
 * io.projectreactor.tools:blockhound} and the JVM flag {@code -XX:+AllowRedefinitionToAddDeleteMethods}, so it is
 * separate from {@link SessionStoreContract}.
 *
 * <p>BlockHound does not detect threads that wait for a monitor.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
public abstract class NonBlockingContract {

    private final ConcurrentLinkedQueue<SessionStore> opened = new ConcurrentLinkedQueue<>();

    /** For subclasses. */
    protected NonBlockingContract() {}

    /**
     * Opens a new, empty store.
     *
     * @param options clock, ids, bounds and the rest
     * @return the store; the contract closes it
     */
    protected abstract SessionStore open(StoreOptions options);

    /**
     * How long a test waits for an expected signal before it fails. Override it for a store that is slower, for example
     * a remote one.
     *
     * @return 20 seconds, unless overridden
     */
    protected Duration patience() {
        return Waits.STANDARD;
    }

    @BeforeAll
    static void install() {
        BlockHound.install();
    }

    @BeforeEach
    void openTheStore() {
        Waits.setPatience(patience());
        SessionStore store = open(StoreOptions.standard());
        opened.add(store);
        Read.fill(store);
        Write.ground(store, "ground");
        assertEquals(
                13, get(store.replayAll(FeedPlace.start(), FeedFilter.all()).count()));
    }

    @AfterEach
    void closeTheStore() {
        opened.forEach(SessionStore::close);
    }

    private SessionStore store() {
        return opened.element();
    }

    private static <T> T get(Mono<T> mono) {
        return ContractGroup.get(mono);
    }

    /** Calls and subscribes on a non-blocking thread, and waits on this one. */
    private static <T> List<T> nonBlocking(Supplier<Flux<T>> call) {
        return get(Flux.defer(call)
                .doOnNext(item -> assertFalse(item instanceof BlockingOperationError))
                .collectList()
                .subscribeOn(Schedulers.parallel()));
    }

    @Test
    @DisplayName("R23: BlockHound is installed: it detects a non-blocking thread that sleeps, and one that waits")
    void itBites() {
        assertThrows(BlockingOperationError.class, () -> unwrapped(() -> Thread.sleep(1)));
        assertThrows(
                BlockingOperationError.class,
                () -> unwrapped(() -> assertFalse(new CountDownLatch(1).await(1, TimeUnit.SECONDS))));
    }

    private static void unwrapped(Callers.Work work) {
        try {
            nonBlocking(() -> {
                try {
                    work.run();
                } catch (Exception e) {
                    return Flux.error(e);
                }
                return Flux.just("it was not caught");
            });
        } catch (RuntimeException e) {
            Throwable cause = Exceptions.unwrap(e);
            if (cause instanceof Error error) {
                throw error;
            }
            throw e;
        }
    }

    @ParameterizedTest(name = "R23: {0}")
    @EnumSource(Read.class)
    @DisplayName("R23: no read blocks the thread that makes it")
    void reads(Read read) {
        List<Object> items =
                nonBlocking(() -> Flux.<Object>from(read.from(store())).take(1));
        assertEquals(1, items.size());
    }

    @ParameterizedTest(name = "R23: {0}")
    @EnumSource(Write.class)
    @DisplayName("R23: no write blocks the thread that makes it")
    void writes(Write write) {
        long before = get(store().position()).position();
        nonBlocking(() -> Flux.<Object>from(write.call(store(), "ground", WriteOptions.none())));
        assertTrue(get(store().position()).position() > before, "it wrote something");
    }

    @Test
    @DisplayName("R23: no thread blocks when many callers use one session that is tailed")
    void manyAtOnce() {
        int writers = 4;
        int each = 250;
        Probe<Object> tail = Probe.of(Flux.from(store().tail("s", From.now())));
        Probe<Object> feed = Probe.of(store().tailAll(get(store().position()), FeedFilter.all())
                .publishOn(Schedulers.parallel())
                .cast(Object.class));
        List<Mono<List<Commit>>> all = new ArrayList<>(IntStream.range(0, writers)
                .mapToObj(writer -> Flux.range(0, each)
                        .concatMap(n -> store().append("s", ContractGroup.customs(1)))
                        .collectList()
                        .subscribeOn(Schedulers.parallel()))
                .toList());
        List<Commit> commits = get(Flux.merge(all).flatMapIterable(list -> list).collectList());
        assertEquals(writers * each, commits.size());
        tail.await(writers * each);
        feed.await(writers * each);
    }

    @Test
    @DisplayName("R23: closing the store does not block the thread that asks for it")
    void closing() {
        nonBlocking(() -> store().closeAsync().thenReturn("closed").flux());
        ContractGroup.error(StoreClosedException.class, store().position());
    }
}
