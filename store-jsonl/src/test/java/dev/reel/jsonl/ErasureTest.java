package dev.reel.jsonl;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.reel.Change;
import dev.reel.EventDraft;
import dev.reel.ReelException;
import dev.reel.StoreFailedException;
import dev.reel.Upcasters;
import dev.reel.spi.Events;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class ErasureTest {

    private final List<String> told = new ArrayList<>();
    private final Erasure erasure = new Erasure(
            "s",
            Events.of("s", 0, 1, "p1", Instant.EPOCH, 1, EventDraft.of(new Change.SessionPurged()), Upcasters.none()),
            () -> true);

    @Test
    @DisplayName("a caller that waits for a purge gets one result, even if the purge is done after a delay")
    void oneAnswer() {
        ReelException why = new StoreFailedException("s", ReelException.Outcome.UNKNOWN, new Exception("a test"));
        ask("first");
        erasure.late(why);
        assertEquals(List.of("first: late"), told);
        ask("second");
        erasure.done();
        assertEquals(List.of("first: late", "second: done"), told);
        ask("third");
        assertEquals(List.of("first: late", "second: done", "third: done"), told);
    }

    private void ask(String who) {
        erasure.whenDone(() -> told.add(who + ": done"), why -> told.add(who + ": late"));
    }
}
