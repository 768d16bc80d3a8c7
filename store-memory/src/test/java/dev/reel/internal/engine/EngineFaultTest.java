package dev.reel.internal.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.Anchor;
import dev.reel.Commit;
import dev.reel.EventDraft;
import dev.reel.FeedFilter;
import dev.reel.FeedPlace;
import dev.reel.ForkRequest;
import dev.reel.Json;
import dev.reel.MessageDraft;
import dev.reel.Range;
import dev.reel.SessionEvent;
import dev.reel.SessionStore;
import dev.reel.StoreFailedException;
import dev.reel.StoreOptions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;

/** Faults that the store contract cannot cause: a journal that throws, and a stack overflow inside the engine. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EngineFaultTest {

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final EventDraft NOTE = EventDraft.of("note", Json.EMPTY_OBJECT);

    /** Throws once instead of accepting a batch. */
    private static final class ThrowingJournal implements Journal {

        private final SessionStore store = Engine.withJournal(StoreOptions.standard(), this);
        private volatile Error thrown;

        @Override
        public void write(Batch batch) {
            Error now = thrown;
            if (now != null) {
                thrown = null;
                throw now;
            }
            batch.durable();
        }
    }

    @Test
    @DisplayName(
            "a journal that throws fails the write with an unknown outcome, and the session, the feed and close continue")
    void journal() {
        ThrowingJournal journal = new ThrowingJournal();
        SessionStore store = journal.store;
        List<Function<String, Mono<?>>> writes = List.of(
                id -> store.append(id, List.of(NOTE, NOTE)),
                id -> store.putMessage(id, MessageDraft.user("hi")),
                id -> store.fork(id, ForkRequest.whole()),
                id -> store.rewind(id, Anchor.version(0)),
                store::purge);
        for (Error error : List.of(new OutOfMemoryError("on purpose"), new StackOverflowError("on purpose"))) {
            for (int i = 0; i < writes.size(); i++) {
                String id = error.getClass().getSimpleName() + i;
                store.putMessage(id, MessageDraft.user("hi")).block(PATIENCE);
                journal.thrown = error;
                Mono<?> write = writes.get(i).apply(id);
                StoreFailedException failed = assertThrows(StoreFailedException.class, () -> write.block(PATIENCE));
                assertEquals(error, failed.getCause());
                Commit next = store.append(id, NOTE).block(PATIENCE);
                assertEquals(2, next.version(), "what failed is not in the log");
                assertEquals(
                        next.position(),
                        store.tailAll(FeedPlace.of(next.position() - 1), FeedFilter.all())
                                .next()
                                .map(SessionEvent::position)
                                .block(PATIENCE));
            }
        }
        store.closeAsync().block(PATIENCE);
    }

    @Test
    @DisplayName("a caller whose stack overflows anywhere inside a call gets an error, and no other call is affected")
    void endOfStack() throws Exception {
        SessionStore store = Engine.inMemory(StoreOptions.standard());
        AtomicInteger answers = new AtomicInteger();
        AtomicInteger calls = new AtomicInteger();
        Thread caller = new Thread(
                null,
                () -> {
                    for (int round = 0; round < 300; round++) {
                        down(store, calls, answers);
                    }
                },
                "caller",
                256 << 10);
        caller.start();
        caller.join();
        assertTrue(calls.get() > answers.get(), "some calls found no room");
        CountDownLatch more = new CountDownLatch(1);
        store.append("s", NOTE).subscribe(commit -> more.countDown());
        assertTrue(more.await(PATIENCE.toSeconds(), TimeUnit.SECONDS), "the session continues");
        long version = store.replay("s", Range.all()).count().block(PATIENCE);
        Commit last = store.append("s", NOTE).block(PATIENCE);
        assertEquals(version + 1, last.version());
        assertEquals(
                last.position(),
                store.tailAll(FeedPlace.of(last.position() - 1), FeedFilter.all())
                        .next()
                        .map(SessionEvent::position)
                        .block(PATIENCE));
        store.closeAsync().block(PATIENCE);
    }

    /**
     * Recurses until the stack overflows, and calls the store there. If the call overflows too, the frame above calls
     * the store, and so on, until a call succeeds. So the stack overflows at every place inside the call.
     */
    @SuppressWarnings("InfiniteRecursion")
    private static void down(SessionStore store, AtomicInteger calls, AtomicInteger answers) {
        try {
            down(store, calls, answers);
        } catch (StackOverflowError e) {
            calls.incrementAndGet();
            store.append("s", NOTE).subscribe(commit -> answers.incrementAndGet(), error -> {});
        }
    }

    @Test
    @DisplayName("100,000 writes, each made in the callback of the previous one, and a chain of 10,000 writes")
    void deep() throws Exception {
        SessionStore store = Engine.inMemory(StoreOptions.standard());
        CountDownLatch done = new CountDownLatch(1);
        again(store, 100_000, done);
        assertTrue(done.await(PATIENCE.toSeconds(), TimeUnit.SECONDS));
        Mono<?> all = Mono.empty();
        for (int n = 0; n < 10_000; n++) {
            all = all.then(store.append("t", NOTE));
        }
        all.block(PATIENCE);
        assertEquals(100_000, store.replay("s", Range.all()).count().block(PATIENCE));
        assertEquals(10_000, store.replay("t", Range.all()).count().block(PATIENCE));
        store.closeAsync().block(PATIENCE);
    }

    private static void again(SessionStore store, int left, CountDownLatch done) {
        if (left == 0) {
            done.countDown();
        } else {
            store.append("s", NOTE).subscribe(commit -> again(store, left - 1, done));
        }
    }
}
