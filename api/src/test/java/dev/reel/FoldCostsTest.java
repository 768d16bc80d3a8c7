package dev.reel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("R18: the cost of the fold")
class FoldCostsTest {

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    /** The bytes that a run allocates. */
    private static long allocated(Runnable run) {
        run.run(); // loads what it needs
        long before = THREADS.getCurrentThreadAllocatedBytes();
        run.run();
        return THREADS.getCurrentThreadAllocatedBytes() - before;
    }

    private static SessionState apply(SessionState rows, Change change) {
        long version = rows.version() + 1;
        return rows.apply(SessionEvent.of(
                rows.sessionId(),
                version,
                version,
                "e" + version,
                HandLog.instant(1),
                1,
                EventDraft.of(change),
                Upcasters.none()));
    }

    private static SessionState put(SessionState rows, String id) {
        return apply(rows, Change.putMessage(Role.USER, id, Json.object("role", "user", "content", id)));
    }

    /** Messages m0 to m(n-1), then this many cuts of one message each. */
    private static SessionState cut(int cuts) {
        SessionState rows = SessionState.empty("s");
        for (int i = 0; i <= cuts; i++) {
            rows = put(rows, "m" + i);
        }
        for (int i = cuts - 1; i >= 0; i--) {
            rows = apply(rows, Change.truncateMessages("m" + i));
        }
        return rows;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    @DisplayName("every state and its fork find exactly the rows of their messages after random puts, cuts and redos")
    void rowsAreFound(long seed) {
        Random random = new Random(seed);
        List<SessionState> states = new ArrayList<>(List.of(SessionState.empty("s")));
        List<List<String>> models = new ArrayList<>(List.of(List.of()));
        List<List<List<String>>> cuts = new ArrayList<>(List.of(List.of()));
        for (int step = 0; step < 1_500; step++) {
            int from = random.nextInt(20) == 0 ? random.nextInt(states.size()) : states.size() - 1;
            SessionState rows = states.get(from);
            if (random.nextInt(10) == 0) {
                rows = rows.under(rows.sessionId() + "f");
            }
            List<String> model = new ArrayList<>(models.get(from));
            List<List<String>> undone = new ArrayList<>(cuts.get(from));
            switch (random.nextInt(10)) {
                case 0, 1 -> {
                    int kept = model.isEmpty() ? 0 : random.nextInt(model.size());
                    rows = apply(rows, Change.truncateMessages(kept == 0 ? null : model.get(kept - 1)));
                    if (!model.isEmpty()) {
                        undone.add(List.copyOf(model));
                        model = new ArrayList<>(model.subList(0, kept));
                    }
                }
                case 2, 3 -> {
                    rows = apply(rows, new Change.RestoreMessages());
                    if (!undone.isEmpty()) {
                        model = undone.remove(undone.size() - 1);
                    }
                }
                default -> {
                    String id = (random.nextBoolean() ? "Aa" : "BB")
                            + (random.nextBoolean() ? "Aa" : "BB")
                            + random.nextInt(30);
                    rows = put(rows, id);
                    if (!model.contains(id)) {
                        model.add(id);
                    }
                    undone.clear();
                }
            }
            states.add(rows);
            models.add(List.copyOf(model));
            cuts.add(undone);
        }
        for (int i = 0; i < states.size(); i++) {
            assertRows(models.get(i), cuts.get(i), states.get(i), seed);
            assertRows(models.get(i), cuts.get(i), states.get(i).under("fork"), seed);
        }
    }

    private static void assertRows(List<String> model, List<List<String>> cuts, SessionState rows, long seed) {
        assertEquals(model, rows.messages().stream().map(Message::id).toList(), () -> "seed " + seed);
        assertEquals(cuts.size(), rows.redoable());
        Map<String, Message> byId = new HashMap<>();
        rows.messages().forEach(message -> byId.put(message.id(), message));
        for (int number = 0; number < 30; number++) {
            for (String half : List.of("AaAa", "AaBB", "BBAa", "BBBB")) {
                assertEquals(byId.get(half + number), rows.message(half + number), () -> "seed " + seed);
            }
        }
        SessionState redone = rows;
        for (int i = cuts.size() - 1; i >= 0; i--) {
            redone = apply(redone, new Change.RestoreMessages());
            assertEquals(
                    cuts.get(i), redone.messages().stream().map(Message::id).toList(), () -> "seed " + seed);
        }
    }

    @Test
    @DisplayName("an event for an id that was put and cut many times costs no more than an event for a new id")
    void reusedId() {
        SessionState rows = SessionState.empty("s");
        for (int i = 0; i < 100_000; i++) {
            rows = put(put(rows, "m" + i), "typing");
            rows = apply(rows, Change.truncateMessages("m" + i));
            if (i % 100 == 0) {
                int steps = rows.steps("typing");
                // The hints of one block, in a table shared with other versions, and a few per full block.
                assertTrue(steps < 700, steps + " steps after " + i + " cuts");
            }
        }
        assertNull(rows.message("typing"));
        assertEquals(100_000, rows.messages().size());
        assertNotNull(put(rows, "typing").message("typing"));
    }

    @Test
    @DisplayName("a fork allocates about the same with 100 times the snapshots, messages and cuts")
    void forkCost() {
        long few = allocated(() -> few().under("f"));
        SessionState large = cut(20_000);
        for (int i = 0; i < 20_000; i++) {
            large = apply(large, new Change.PutSnapshot("p" + i, "m0", Json.EMPTY_OBJECT));
        }
        SessionState many = large;
        long bytes = allocated(() -> many.under("f"));
        assertTrue(bytes < 8_192 && few < 8_192, bytes + " bytes, and with few rows " + few);
        assertEquals(20_000, many.under("f").snapshots().size());
        assertEquals(20_000, many.under("f").redoable());
    }

    private SessionState small = SessionState.empty("s");

    private SessionState few() {
        if (small.version() == 0) {
            small = cut(200);
            for (int i = 0; i < 200; i++) {
                small = apply(small, new Change.PutSnapshot("p" + i, "m0", Json.EMPTY_OBJECT));
            }
        }
        return small;
    }

    @Test
    @DisplayName("a fork reads the snapshots that it shares under its own id")
    void snapshotsOfForks() {
        SessionState rows = few().under("f");
        assertEquals("f", rows.snapshot("p7").sessionId());
        rows.snapshots().forEach(row -> assertEquals("f", row.sessionId()));
        assertEquals("s", few().snapshot("p7").sessionId());
        SessionState again = apply(rows, new Change.PutSnapshot("p7", "m1", Json.EMPTY_OBJECT));
        assertEquals("m1", again.snapshot("p7").messageId());
        assertEquals("m0", few().snapshot("p7").messageId());
    }

    @Test
    @DisplayName("100,000 cuts can be forked, compared and redone without a stack frame per cut")
    void manyCuts() {
        SessionState one = cut(100_000);
        SessionState other = cut(100_000);
        assertEquals(one, other);
        assertEquals(one.hashCode(), other.hashCode());
        assertEquals(one.under("f"), other.under("f"));
        assertEquals(one.under("f"), one.under("f"));
        assertTrue(one.toString().contains("1 messages"));
        SessionState redone = one.under("f");
        for (int i = 0; i < 100_000; i++) {
            redone = apply(redone, new Change.RestoreMessages());
        }
        assertEquals(100_001, redone.messages().size());
        assertEquals(0, redone.redoable());
    }

    @Test
    @DisplayName("states compare the cuts that can be redone: their lengths and their rows")
    void cutsAreCompared() {
        SessionState rows = put(put(put(SessionState.empty("s"), "a"), "b"), "c");
        SessionState twice = apply(apply(rows, Change.truncateMessages("b")), Change.truncateMessages("a"));
        SessionState other = apply(apply(rows, Change.truncateMessages("a")), Change.truncateMessages(null));
        assertEquals(twice, apply(apply(rows, Change.truncateMessages("b")), Change.truncateMessages("a")));
        assertNotEquals(twice, other);
        SessionState before = put(SessionState.empty("s"), "a");
        SessionState oneWay = apply(put(before, "x"), Change.truncateMessages("a"));
        SessionState otherWay = apply(put(before, "y"), Change.truncateMessages("a"));
        assertNotEquals(oneWay, otherWay);
    }

    @Test
    @DisplayName("a chain of 10,000 forks has a state that works like any other")
    void deepForks() {
        SessionState rows = apply(put(put(SessionState.empty("s"), "a"), "b"), Change.truncateMessages("a"));
        for (int i = 0; i < 10_000; i++) {
            rows = rows.under("f" + i);
        }
        long deep;
        SessionState last = rows;
        deep = allocated(() -> last.under("g"));
        assertTrue(deep < 4_096, deep + " bytes");
        assertEquals("f9999", rows.messages().get(0).sessionId());
        assertEquals(2, apply(rows, new Change.RestoreMessages()).messages().size());
    }

    @Test
    @DisplayName("a fork keeps no later row, id or cut of its parent alive")
    void nothingLater() throws InterruptedException {
        for (int before = 1; before < 70; before += 3) {
            SessionState rows = SessionState.empty("s");
            for (int i = 0; i <= before; i++) {
                rows = put(rows, "m" + i);
                rows = apply(rows, new Change.PutSnapshot("p" + i, null, Json.EMPTY_OBJECT));
            }
            SessionState cut = apply(rows, Change.truncateMessages("m0"));
            Map<String, SessionState> forks = new LinkedHashMap<>();
            forks.put("whole", rows.under("f"));
            forks.put("cut", cut.under("f"));
            forks.put("redone", apply(cut, new Change.RestoreMessages()).under("f"));
            List<WeakReference<String>> later = new ArrayList<>();
            for (SessionState from : List.of(rows, cut, apply(cut, new Change.RestoreMessages()))) {
                later.addAll(goOn(from));
            }
            for (SessionState fork : List.copyOf(forks.values())) {
                // The fork's own later events are not part of its initial state.
                later.addAll(goOn(fork));
            }
            rows = null;
            cut = null;
            int left = before;
            for (WeakReference<String> id : later) {
                for (int i = 0; i < 50 && id.get() != null; i++) {
                    System.gc();
                }
                assertNull(id.get(), () -> "an id is kept alive by a fork of " + left + " rows: " + id.get());
            }
            forks.values().forEach(fork -> assertEquals("f", fork.sessionId()));
        }
    }

    /** Puts messages and snapshots with ids that only the resulting states reference. */
    private static List<WeakReference<String>> goOn(SessionState from) {
        List<WeakReference<String>> ids = new ArrayList<>();
        SessionState rows = from;
        for (int i = 0; i < 40; i++) {
            String id = new StringBuilder("later").append(i).toString();
            ids.add(new WeakReference<>(id));
            rows = put(rows, id);
            rows = apply(rows, new Change.PutSnapshot(id, null, Json.EMPTY_OBJECT));
        }
        assertNotNull(rows.message("later39"));
        return ids;
    }
}
