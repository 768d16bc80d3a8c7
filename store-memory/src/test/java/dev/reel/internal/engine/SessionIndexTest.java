package dev.reel.internal.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.reel.FeedPlace;
import dev.reel.Json;
import dev.reel.Session;
import dev.reel.SessionQuery;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@DisplayName("R19: a list of sessions shows the index as it was at one moment")
@Timeout(60)
class SessionIndexTest {

    private final SessionIndex index = new SessionIndex();

    private static Session rowOf(String id, long position) {
        return new Session(
                id, null, null, null, null, Instant.EPOCH, Instant.EPOCH, Json.EMPTY_OBJECT, false, position);
    }

    /** A stored session that runs an action when its row is read. */
    private record Known(String id, long changed, @Nullable Session row, Runnable whenRead) implements StoredSession {

        static Known of(String id, long changed) {
            return new Known(id, changed, rowOf(id, changed), () -> {});
        }

        @Override
        public long birth() {
            return changed;
        }

        @Override
        public @Nullable Session row() {
            whenRead.run();
            return row;
        }

        @Override
        public Map<String, Long> snapshots() {
            return Map.of();
        }
    }

    private void move(String id, long from, long to) {
        index.followed(from, from, Known.of(id, to), session -> null);
    }

    private List<String> list(SessionQuery query, long mark) {
        List<String> ids = new ArrayList<>();
        index.rows(query, mark).forEach(row -> ids.add(row.id()));
        return ids;
    }

    @Test
    @DisplayName("sessions that move, leave or are added while the list is read are listed as at its start")
    void changesInTheMiddle() {
        index.add(Known.of("a", 1));
        index.add(Known.of("b", 2));
        index.add(Known.of("c", 3));
        index.add(new Known("d", 4, rowOf("d", 4), () -> {
            move("a", 1, 11);
            move("d", 4, 12);
            index.followed(2, 2, null, session -> null);
            move("new", 0, 13);
        }));
        assertEquals(List.of("d", "c", "b", "a"), list(SessionQuery.all(), 13));
        assertEquals(List.of("new", "d", "a", "c"), list(SessionQuery.all(), 13));
    }

    @Test
    @DisplayName("the ids are also listed as at the start")
    void idsInTheMiddle() {
        index.add(Known.of("a", 1));
        index.add(Known.of("b", 2));
        Iterator<String> ids = index.ids().iterator();
        assertEquals("a", ids.next());
        index.followed(2, 2, null, session -> null);
        move("c", 0, 3);
        assertEquals("b", ids.next());
        assertEquals(false, ids.hasNext());
    }

    @Test
    @DisplayName("a session whose row is newer than its place is listed once")
    void newerRow() {
        index.add(Known.of("a", 1));
        index.followed(0, 0, new Known("b", 2, null, () -> {}), session -> rowOf("b", 9));
        assertEquals(List.of("b", "a"), list(SessionQuery.all(), 9));
        assertEquals(
                List.of("a"),
                list(SessionQuery.all().withChangedAfter(FeedPlace.start()), 8),
                "R16: the feed may not emit 9 yet");
    }

    @Test
    @DisplayName("a session that another thread keeps moving is in every list, and first on a page of one")
    void race() throws InterruptedException {
        index.add(Known.of("a", 1));
        index.add(Known.of("b", 2));
        index.add(Known.of("busy", 3));
        AtomicBoolean stop = new AtomicBoolean();
        CountDownLatch moving = new CountDownLatch(1_000);
        Thread writer = new Thread(() -> {
            for (long place = 3; !stop.get(); place++) {
                move("busy", place, place + 1);
                moving.countDown();
            }
        });
        writer.start();
        try {
            moving.await();
            for (int i = 0; i < 100_000; i++) {
                assertEquals(List.of("busy"), list(SessionQuery.all().withLimit(1), 0));
                assertEquals(List.of("busy", "b", "a"), list(SessionQuery.all(), 0));
            }
        } finally {
            stop.set(true);
            writer.join();
        }
    }
}
