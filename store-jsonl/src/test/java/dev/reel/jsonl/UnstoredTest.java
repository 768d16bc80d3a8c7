package dev.reel.jsonl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.reel.EventDraft;
import dev.reel.Json;
import dev.reel.JsonLimits;
import dev.reel.ReelException;
import dev.reel.SessionEvent;
import dev.reel.SessionState;
import dev.reel.Upcasters;
import dev.reel.internal.engine.Journal;
import dev.reel.internal.engine.StoredLog;
import dev.reel.spi.Events;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class UnstoredTest {

    private static final EventBlocks BLOCKS =
            new EventBlocks(new MemoryDisk(), JsonLimits.DEFAULT, Upcasters.none(), 1 << 10);

    private final Unstored unstored = new Unstored();

    /** A batch of one event. */
    private record Batch(String sessionId, List<SessionEvent> events) implements Journal.Batch {

        @Override
        public SessionState rows() {
            throw new UnsupportedOperationException();
        }

        @Override
        public StoredLog stored() {
            return LogFile.empty(BLOCKS, sessionId, Path.of("/root/" + sessionId + ".jsonl"));
        }

        @Override
        public void written() {}

        @Override
        public void durable() {}

        @Override
        public void failed(ReelException why) {}
    }

    private static Accepted at(String session, long position) {
        EventDraft draft = EventDraft.of("n", Json.EMPTY_OBJECT);
        SessionEvent event = Events.of(session, 1, position, "e" + position, Instant.EPOCH, 1, draft, Upcasters.none());
        return Accepted.of(new Batch(session, List.of(event)), null, null);
    }

    private static List<Long> positions(List<Accepted> entries) {
        return entries.stream().map(Accepted::firstPosition).toList();
    }

    @Test
    @DisplayName("entries added in the order of the journal are returned in the order of positions, up to a mark")
    void order() {
        assertNull(unstored.any());
        unstored.add(List.of(at("a", 2), at("b", 5)));
        unstored.add(List.of(at("c", 1), at("d", 3)));
        assertEquals(List.of(1L, 2L, 3L, 5L), positions(unstored.all()));
        unstored.add(List.of(at("e", 4)));
        assertEquals(List.of(1L, 2L, 3L), positions(unstored.upTo(3)));
        assertEquals(List.of(1L, 2L, 3L, 4L, 5L), positions(unstored.upTo(9)));
        unstored.remove(3, Set.of("a"));
        assertEquals(List.of(2L, 4L, 5L), positions(unstored.all()));
        unstored.remove(3, Set.of());
        assertNull(unstored.any());
    }
}
