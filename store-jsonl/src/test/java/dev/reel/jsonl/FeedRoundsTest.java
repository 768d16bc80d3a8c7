package dev.reel.jsonl;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.reel.Commit;
import dev.reel.EventDraft;
import dev.reel.FeedFilter;
import dev.reel.FeedPlace;
import dev.reel.Json;
import dev.reel.SessionEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

/** Readers of the feed while its events move from memory into files. */
class FeedRoundsTest {

    /** The more sessions are in memory, the longer a round takes to drop what is stored. */
    private static final int SESSIONS = 2_000;

    private static final int ROUNDS = 150;

    @Test
    @DisplayName("the feed has every acknowledged event at every moment of a round, without a gap")
    void noGap() throws Exception {
        OpenRoot root = OpenRoot.on(new MemoryDisk(), Durability.WRITE, 64 << 20);
        Flux.range(0, SESSIONS)
                .flatMap(i -> root.store.append("s" + i, note(i)), 64)
                .blockLast(OpenRoot.PATIENCE);
        root.fold();
        AtomicLong acknowledged = new AtomicLong(append(root, 0));
        AtomicBoolean over = new AtomicBoolean();
        CompletableFuture<Long> reader = CompletableFuture.supplyAsync(() -> {
            long replays = 0;
            while (!over.get()) {
                long known = acknowledged.get();
                long after = Math.max(0, known - 3);
                List<Long> seen = positions(root, after);
                List<Long> expected = LongStream.rangeClosed(after + 1, Math.max(known, after + seen.size()))
                        .boxed()
                        .toList();
                assertEquals(expected, seen, "the feed after " + after);
                replays++;
            }
            return replays;
        });
        try {
            for (int i = 1; i <= ROUNDS && !reader.isDone(); i++) {
                acknowledged.set(append(root, i));
                root.fold();
            }
        } finally {
            over.set(true);
        }
        reader.get(OpenRoot.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        root.close();
    }

    private static List<Long> positions(OpenRoot root, long after) {
        List<SessionEvent> events = Objects.requireNonNull(root.store
                .replayAll(FeedPlace.of(after), FeedFilter.all())
                .collectList()
                .block(OpenRoot.PATIENCE));
        return new ArrayList<>(events.stream().map(SessionEvent::position).toList());
    }

    private static long append(OpenRoot root, int n) {
        Commit commit = root.store.append("busy", note(n)).block(OpenRoot.PATIENCE);
        return Objects.requireNonNull(commit).position();
    }

    private static EventDraft note(int n) {
        return EventDraft.of("n", Json.object("n", n));
    }
}
