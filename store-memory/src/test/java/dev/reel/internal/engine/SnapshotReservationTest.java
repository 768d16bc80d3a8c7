package dev.reel.internal.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.reel.Json;
import dev.reel.ReelException;
import dev.reel.SessionStore;
import dev.reel.Snapshot;
import dev.reel.SnapshotDraft;
import dev.reel.SnapshotIdTakenException;
import dev.reel.StoreFailedException;
import dev.reel.StoreOptions;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("R20: a snapshot id is reserved from acceptance until its removal is published")
class SnapshotReservationTest {

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final List<Journal.Batch> waiting = new ArrayList<>();
    private final SessionStore store = Engine.withJournal(StoreOptions.standard(), waiting::add);

    @AfterEach
    void close() {
        waiting.clear();
        store.closeAsync().subscribe();
    }

    private CompletableFuture<Snapshot> put(String session) {
        return store.putSnapshot(session, SnapshotDraft.of(Json.NULL).withId("c"))
                .timeout(PATIENCE)
                .toFuture();
    }

    private void publishNext() {
        waiting.remove(0).durable();
    }

    private String holder() {
        Snapshot snapshot = store.getSnapshot("c").block(PATIENCE);
        return snapshot == null ? "nobody" : snapshot.sessionId();
    }

    private static void assertTaken(CompletableFuture<Snapshot> put) {
        CompletionException failure = assertThrows(CompletionException.class, put::join);
        assertInstanceOf(SnapshotIdTakenException.class, failure.getCause());
    }

    @Test
    @DisplayName("R20: another session can claim the id when the removal is published, not when it is accepted")
    void freeWhenPublished() {
        put("s");
        publishNext();
        assertEquals("s", holder());
        CompletableFuture<?> removal = store.deleteSnapshots("s").toFuture();
        assertTaken(put("t"));
        assertEquals("s", holder());
        publishNext();
        removal.join();
        assertEquals("nobody", holder());
        CompletableFuture<Snapshot> second = put("t");
        publishNext();
        assertEquals("t", second.join().sessionId());
        assertEquals("t", holder());
    }

    @Test
    @DisplayName("R20: a pending put between two removals keeps the id until the second one is published")
    void keptByWhatWaits() {
        put("s");
        publishNext();
        assertEquals("s", holder());
        store.deleteSnapshots("s").subscribe();
        CompletableFuture<Snapshot> again = put("s");
        store.deleteSnapshots("s").subscribe();
        publishNext();
        assertEquals("nobody", holder());
        assertTaken(put("t"));
        publishNext();
        assertEquals("s", again.join().sessionId());
        assertTaken(put("t"));
        publishNext();
        CompletableFuture<Snapshot> other = put("t");
        publishNext();
        assertEquals("t", other.join().sessionId());
    }

    @Test
    @DisplayName("R20: a put that fails frees the id, unless an earlier put holds it")
    void failedPut() {
        CompletableFuture<Snapshot> failed = put("s");
        assertFalse(failed.isDone());
        assertTaken(put("t"));
        waiting.remove(0)
                .failed(new StoreFailedException("s", ReelException.Outcome.UNKNOWN, new IOException("on purpose")));
        assertThrows(CompletionException.class, failed::join);
        put("t");
        publishNext();
        assertEquals("t", holder());
        CompletableFuture<Snapshot> replacing = put("t");
        waiting.remove(0)
                .failed(new StoreFailedException("t", ReelException.Outcome.UNKNOWN, new IOException("on purpose")));
        assertThrows(CompletionException.class, replacing::join);
        assertTaken(put("s"));
        assertEquals("t", holder());
    }
}
