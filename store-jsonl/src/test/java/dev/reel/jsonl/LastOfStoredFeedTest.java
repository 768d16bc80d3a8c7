package dev.reel.jsonl;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.reel.EventDraft;
import dev.reel.FeedFilter;
import dev.reel.FeedPlace;
import dev.reel.Json;
import dev.reel.SessionEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The last events of a long feed, all but its end in files; the contract tests only short feeds. */
class LastOfStoredFeedTest {

    private static final int SESSIONS = 90;
    private static final int EVENTS = 20;

    private final MemoryDisk disk = new MemoryDisk();

    private static List<SessionEvent> read(JsonlSessionStore store, FeedFilter filter) {
        return Objects.requireNonNull(
                store.replayAll(FeedPlace.start(), filter).collectList().block(OpenRoot.PATIENCE));
    }

    private static void append(JsonlSessionStore store, int session) {
        List<EventDraft> events = new ArrayList<>();
        for (int i = 0; i < EVENTS; i++) {
            events.add(EventDraft.of(session % 30 == 7 && i == 3 ? "rare" : "n", Json.EMPTY_OBJECT));
        }
        store.append("s" + session, events).block(OpenRoot.PATIENCE);
    }

    @Test
    @DisplayName("R16: withLast(n) reads the stored feed backwards as far as needed, even past purged sessions")
    void last() {
        OpenRoot first = OpenRoot.on(disk);
        for (int i = 0; i < SESSIONS; i++) {
            append(first.store, i);
        }
        for (int i = 10; i < 35; i++) {
            first.store.purge("s" + i).block(OpenRoot.PATIENCE);
        }
        first.close();

        OpenRoot root = OpenRoot.on(disk);
        append(root.store, SESSIONS);
        List<SessionEvent> all = read(root.store, FeedFilter.all());
        for (int n : List.of(1, EVENTS, EVENTS + 1, 300, 700, 1_300, all.size(), 5_000)) {
            assertEquals(
                    all.subList(Math.max(0, all.size() - n), all.size()),
                    read(root.store, FeedFilter.all().withLast(n)),
                    "last " + n);
        }
        FeedFilter rare = FeedFilter.all().withTypes("rare");
        List<SessionEvent> passing = read(root.store, rare);
        for (int n = 1; n < passing.size() + 2; n++) {
            assertEquals(
                    passing.subList(Math.max(0, passing.size() - n), passing.size()),
                    read(root.store, rare.withLast(n)));
        }
        root.close();
    }
}
