package dev.reel.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.reel.Commit;
import dev.reel.FeedFilter;
import dev.reel.FeedPlace;
import dev.reel.Range;
import dev.reel.SessionEvent;
import dev.reel.SessionStore;
import dev.reel.StoreOptions;
import dev.reel.WriteOptions;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * R7 as far as it can be tested in every store: a read after a write's result sees the write. {@link HeldFlushContract}
 * tests what readers see before the result, and what happens if a flush fails.
 */
abstract class AcknowledgeContract extends ContractGroup {

    AcknowledgeContract(Function<StoreOptions, SessionStore> opener) {
        super(opener);
    }

    @ParameterizedTest(
            name = "R7: {0} is visible to every read after its result, and in the feed at most a moment later")
    @EnumSource(Write.class)
    void answersAreTrue(Write write) {
        for (int round = 0; round < 20; round++) {
            String session = "ground " + round;
            Write.ground(store(), session);
            long before = get(store().position()).position();
            answer(write.call(store(), session, WriteOptions.none()));
            long events = write == Write.PURGE ? 0 : 7 + write.types().size();
            if (write != Write.FORK) {
                assertEquals(events, log(session).size());
            }
            // Another thread may move the feed's mark, after other work.
            Waits.until(
                    "the feed",
                    () -> all(store().replayAll(FeedPlace.of(before), FeedFilter.all()))
                                    .size()
                            >= write.types().size());
            List<SessionEvent> written = all(store().replayAll(FeedPlace.of(before), FeedFilter.all()));
            assertEquals(write.types(), typesOf(written));
            assertEquals(events, log(written.get(0).sessionId()).size());
        }
    }

    @Test
    @DisplayName("R7: each of many writers finds its acknowledged events where its commit says")
    void commitsAreTrue() {
        List<Mono<Commit>> writers = IntStream.range(0, 8)
                .mapToObj(writer -> Flux.range(0, 50)
                        .concatMap(n ->
                                store().append("s", custom("w" + writer, n)).doOnNext(this::isThere))
                        .last())
                .toList();
        atOnce(writers);
        assertEquals(range(1, 400), versions("s"));
    }

    private void isThere(Commit commit) {
        List<SessionEvent> found = all(store().replay("s", Range.between(commit.firstVersion() - 1, commit.version())));
        assertEquals(List.of(commit.eventId()), idsOf(found));
        assertEquals(commit.position(), found.get(0).position());
    }
}
