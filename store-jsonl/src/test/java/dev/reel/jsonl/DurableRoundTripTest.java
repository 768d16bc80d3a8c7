package dev.reel.jsonl;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.reel.ForkRequest;
import dev.reel.MessageDraft;
import dev.reel.Range;
import dev.reel.SessionEvent;
import dev.reel.SessionQuery;
import dev.reel.SessionState;
import dev.reel.StoreOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The parts of the durable store work together, from a write to a reopened root. */
@Timeout(60)
class DurableRoundTripTest {

    private static final Duration SOON = Duration.ofSeconds(10);

    @TempDir
    Path root;

    private JsonlSessionStore open() {
        return JsonlSessionStore.open(root, StoreOptions.standard(), JsonlStoreOptions.standard());
    }

    @Test
    @DisplayName("acknowledged writes are in the session's file after a clean close, and after reopening")
    void keepsWhatItAcknowledged() throws Exception {
        List<SessionEvent> events;
        SessionState rows;
        Path file;
        try (JsonlSessionStore store = open()) {
            for (int n = 0; n < 50; n++) {
                store.putMessage("a", MessageDraft.user("hello " + n)).block(SOON);
                store.putMessage("b", MessageDraft.user("and you " + n)).block(SOON);
            }
            store.fork("a", ForkRequest.whole().withId("c")).block(SOON);
            events = store.replay("a", Range.all()).collectList().block(SOON);
            rows = store.state("a").block(SOON);
            file = store.fileOf("a");
        }
        assertEquals(50, Files.readAllLines(file).size());
        try (JsonlSessionStore store = open()) {
            assertEquals(events, store.replay("a", Range.all()).collectList().block(SOON));
            assertEquals(rows, store.state("a").block(SOON));
            assertEquals(
                    51, Objects.requireNonNull(store.state("c").block(SOON)).version());
            assertEquals(
                    List.of("c", "b", "a"),
                    store.listSessions(SessionQuery.all())
                            .map(session -> session.id())
                            .collectList()
                            .block(SOON));
            store.putMessage("a", MessageDraft.user("once more")).block(SOON);
            assertEquals(
                    51, Objects.requireNonNull(store.state("a").block(SOON)).version());
        }
    }

    @Test
    @DisplayName("R25: a purge completes after the session's file is deleted, and the id can be used again")
    void purges() {
        try (JsonlSessionStore store = open()) {
            store.putMessage("a", MessageDraft.user("secret")).block(SOON);
            store.purge("a").block(SOON);
            assertEquals(false, Files.exists(store.fileOf("a")));
            store.putMessage("a", MessageDraft.user("anew")).block(SOON);
            assertEquals(1, Objects.requireNonNull(store.state("a").block(SOON)).version());
        }
    }
}
