package dev.reel.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.reel.EventDraft;
import dev.reel.ForwardingSessionStore;
import dev.reel.Json;
import dev.reel.Range;
import dev.reel.SessionEvent;
import dev.reel.SessionPurgedException;
import dev.reel.StoreOptions;
import dev.reel.memory.MemorySessionStore;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;

/** A session that is purged while the client reads its state. */
@Timeout(60)
class PurgedStateTest {

    private final AtomicInteger purges = new AtomicInteger();

    /** The first reads of a log meet a purge. */
    private final ForwardingSessionStore store = new ForwardingSessionStore(MemorySessionStore.create()) {
        @Override
        public Flux<SessionEvent> replay(String sessionId, Range range) {
            return Flux.defer(() -> purges.getAndDecrement() > 0
                    ? Flux.error(new SessionPurgedException(sessionId))
                    : super.replay(sessionId, range));
        }
    };

    @Test
    @DisplayName("state and asOf of a session that is purged meanwhile are those after the purge; a replay fails")
    void purgedMeanwhile() {
        try (ServedStore client = ServedStore.over(store, StoreOptions.standard())) {
            client.append("s", EventDraft.of("note", Json.EMPTY_OBJECT)).block();
            purges.set(2);
            assertEquals(1, Objects.requireNonNull(client.state("s").block()).version());
            purges.set(2);
            assertEquals(1, Objects.requireNonNull(client.asOf("s", 1).block()).version());
            purges.set(1);
            assertThrows(
                    SessionPurgedException.class,
                    () -> client.replay("s", Range.all()).blockLast());
        }
    }
}
