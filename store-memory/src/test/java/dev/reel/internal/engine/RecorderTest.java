package dev.reel.internal.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.Bounds;
import dev.reel.Commit;
import dev.reel.EventDraft;
import dev.reel.FeedFilter;
import dev.reel.FeedPlace;
import dev.reel.From;
import dev.reel.InvalidInputException;
import dev.reel.Json;
import dev.reel.Range;
import dev.reel.Recorder;
import dev.reel.ReelException;
import dev.reel.SessionStore;
import dev.reel.StoreFailedException;
import dev.reel.StoreOptions;
import dev.reel.TailOptions;
import dev.reel.TooLargeException;
import dev.reel.VersionConflictException;
import dev.reel.WriteOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.Disposable;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;

@DisplayName("The store reports its work to a recorder")
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RecorderTest {

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final EventDraft NOTE = EventDraft.of("note", Json.object("n", 1));

    /** Records each call as a text. */
    private static class Calls implements Recorder {

        final List<String> all = new CopyOnWriteArrayList<>();

        void called(String call) {
            all.add(call);
        }

        /** Returns the calls since the previous call of this method. */
        List<String> next() {
            List<String> calls = List.copyOf(all);
            all.clear();
            return calls;
        }

        @Override
        public void eventsAppended(int count, long bytes, long nanos) {
            called("appended " + count + " of " + bytes + (nanos < 0 ? " in negative time" : ""));
        }

        @Override
        public void writeRepeated() {
            called("repeated");
        }

        @Override
        public void writeConflicted() {
            called("conflicted");
        }

        @Override
        public void writeFailed(ReelException.Category category) {
            called("failed " + category);
        }

        @Override
        public void journalFlushed(long nanos, long bytes, int batches) {
            called("flushed");
        }

        @Override
        public void tailOpened() {
            called("opened");
        }

        @Override
        public void tailEnded() {
            called("ended");
        }
    }

    private final Calls calls = new Calls();
    private final StoreOptions options = StoreOptions.standard()
            .withBounds(Bounds.standard().withEventBytes(100))
            .withRecorder(calls);

    @Test
    @DisplayName("each attempt at a write is one call, before its result; a no-op is not a call")
    void writes() {
        SessionStore store = Engine.inMemory(options);

        store.append("s", NOTE).block(PATIENCE);
        assertEquals(List.of("appended 1 of 7"), calls.next());
        store.append("s", List.of(NOTE, NOTE.withMeta(Json.object("m", 2)), NOTE))
                .block(PATIENCE);
        assertEquals(List.of("appended 3 of 28"), calls.next());
        store.append("s", List.of(NOTE, NOTE), WriteOptions.none().withMeta(Json.object("m", 2)))
                .block(PATIENCE);
        assertEquals(List.of("appended 2 of 28"), calls.next(), "with the meta data that the events are given");

        WriteOptions once = WriteOptions.none().withIdempotencyKey("k");
        Mono<Commit> write = store.append("s", List.of(NOTE), once);
        write.block(PATIENCE);
        write.block(PATIENCE);
        assertEquals(List.of("appended 1 of 7"), calls.next(), "the same write's answer, given once more");
        store.append("s", List.of(NOTE), once).block(PATIENCE);
        assertEquals(List.of("repeated"), calls.next());

        Mono<Commit> late = store.append("s", List.of(NOTE), WriteOptions.expecting(1));
        assertThrows(VersionConflictException.class, () -> late.block(PATIENCE));
        assertThrows(VersionConflictException.class, () -> late.retry(1).block(PATIENCE));
        assertEquals(List.of("conflicted", "conflicted", "conflicted"), calls.next(), "each attempt is one");

        EventDraft large = EventDraft.of("note", Json.object("text", "x".repeat(200)));
        assertThrows(TooLargeException.class, () -> store.append("s", large).block(PATIENCE));
        assertEquals(List.of("failed TOO_LARGE"), calls.next());
        assertThrows(InvalidInputException.class, () -> store.append("", NOTE).block(PATIENCE));
        store.append("s", List.of()).block(PATIENCE);
        store.deleteSession("nobody").block(PATIENCE);
        assertEquals(List.of(), calls.next());

        store.takeTurn("s", "me").block(PATIENCE);
        assertEquals(1, calls.next().size(), "an event that the store decides");
        WriteOptions purge = WriteOptions.none().withIdempotencyKey("p");
        store.purge("s", purge).block(PATIENCE);
        assertEquals(List.of(), calls.next(), "it appends to no log");
        store.purge("s", purge).block(PATIENCE);
        assertEquals(List.of("repeated"), calls.next());

        store.closeAsync().block(PATIENCE);
        assertThrows(ReelException.class, () -> store.append("s", NOTE).block(PATIENCE));
        assertEquals(List.of("failed UNAVAILABLE"), calls.next());
    }

    @Test
    @DisplayName(
            "a write is reported when the journal has made it durable; a write that fails because an earlier one failed is reported too")
    void journal() {
        List<Journal.Batch> batches = new ArrayList<>();
        SessionStore store = Engine.withJournal(options, batches::add);
        store.append("s", NOTE).subscribe();
        assertEquals(List.of(), calls.next());
        batches.get(0).durable();
        assertEquals(List.of("appended 1 of 7"), calls.next());

        store.append("s", NOTE).subscribe(commit -> {}, error -> {});
        store.append("s", List.of(NOTE), WriteOptions.expecting(9)).subscribe(commit -> {}, error -> {});
        assertEquals(List.of(), calls.next(), "the conflict rests on what is not durable");
        batches.get(1).failed(StoreFailedException.of("s", ReelException.Outcome.UNKNOWN, new Exception("on purpose")));
        assertEquals(List.of("failed FAILED", "failed FAILED"), calls.next());
        store.closeAsync().block(PATIENCE);
    }

    @Test
    @DisplayName("a tail is reported at subscription, and once when it ends; a replay is not reported")
    void tails() {
        SessionStore store = Engine.inMemory(options);
        store.append("s", NOTE).block(PATIENCE);
        calls.next();

        store.tail("s", From.start()).take(1).blockLast(PATIENCE);
        store.tailSignals("s", From.start(), TailOptions.standard()).take(1).blockLast(PATIENCE);
        store.tailAll(FeedPlace.start(), FeedFilter.all()).take(1).blockLast(PATIENCE);
        store.tailAllSignals(FeedPlace.start(), FeedFilter.all(), TailOptions.standard())
                .take(1)
                .blockLast(PATIENCE);
        assertEquals(List.of("opened", "ended", "opened", "ended", "opened", "ended", "opened", "ended"), calls.next());

        store.replay("s", Range.all()).blockLast(PATIENCE);
        store.replayAll(FeedPlace.start(), FeedFilter.all()).blockLast(PATIENCE);
        assertEquals(List.of(), calls.next());
        store.states("s").blockFirst(PATIENCE);
        assertEquals(List.of("opened", "ended"), calls.next(), "the live view is a tail");

        Disposable open = store.tail("s", From.start()).subscribe();
        assertEquals(List.of("opened"), calls.next());
        open.dispose();
        open.dispose();
        assertEquals(List.of("ended"), calls.next());
        store.closeAsync().block(PATIENCE);
        store.tail("s", From.start()).subscribe(event -> {}, error -> {});
        assertEquals(List.of(), calls.next(), "a tail that a closed store refused was never open");
    }

    @Test
    @DisplayName("a recorder that throws prevents nothing, and only its first error is reported")
    void throwing() {
        List<String> dropped = new CopyOnWriteArrayList<>();
        Calls broken = new Calls() {
            @Override
            void called(String call) {
                super.called(call);
                if (all.size() % 2 == 0) {
                    throw new StackOverflowError("on purpose");
                }
                throw new IllegalStateException("on purpose");
            }
        };
        Hooks.onErrorDropped(error -> dropped.add(String.valueOf(error.getMessage())));
        try {
            SessionStore store = Engine.inMemory(options.withRecorder(broken));
            for (int i = 1; i <= 4; i++) {
                assertEquals(i, store.append("s", NOTE).block(PATIENCE).version());
                Mono<Commit> late = store.append("s", List.of(NOTE), WriteOptions.expecting(99));
                assertThrows(VersionConflictException.class, () -> late.block(PATIENCE));
                Mono<Commit> large = store.append("s", EventDraft.of("note", Json.object("n", "x".repeat(200))));
                assertThrows(TooLargeException.class, () -> large.block(PATIENCE));
            }
            assertEquals(4L, store.tail("s", From.start()).take(4).count().block(PATIENCE));
            assertEquals(14, broken.all.size());
            assertEquals(List.of("on purpose"), dropped);
            store.closeAsync().block(PATIENCE);
        } finally {
            Hooks.resetOnErrorDropped();
        }
    }

    @Test
    @DisplayName("without a recorder nothing is called, and no time is measured")
    void none() {
        Engine store = Engine.inMemory(StoreOptions.standard());
        assertFalse(store.core().isRecording());
        assertTrue(Engine.inMemory(options).core().isRecording());
        new Recorder() {}.eventsAppended(1, 1, 1);
        Recorder.none().journalFlushed(1, 1, 1);
        store.append("s", NOTE).block(PATIENCE);
        store.close();
    }
}
