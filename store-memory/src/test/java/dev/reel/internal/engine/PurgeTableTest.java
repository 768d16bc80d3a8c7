package dev.reel.internal.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.PrimitiveIterator;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("R25: a purge leaves at most 32 bytes of heap")
@Timeout(60)
class PurgeTableTest {

    /** The size of a chunk and the smallest hash table, in bytes. */
    private static final int CONSTANT = 8 << 10;

    private static String session(int i) {
        return "session-" + i;
    }

    private static PurgeTable tableOf(PurgeTable table, int purges) {
        for (int i = 0; i < purges; i++) {
            table.add(session(i), "e" + i, 10L * i + 1, 150L * i);
        }
        return table;
    }

    @ParameterizedTest(name = "{0} purges")
    @ValueSource(ints = {0, 10, 1_000, 100_000, 1_000_000})
    @DisplayName("the table uses at most 24 bytes per purge and 8 KB, at every size")
    void bytes(int purges) {
        PurgeTable table = new PurgeTable();
        for (int i = 0; i < purges; i++) {
            table.add("s", "e" + i, i + 1, i);
            long allowed = CONSTANT + 24L * (i + 1);
            if (table.heapBytes() > allowed) {
                assertEquals(allowed, table.heapBytes(), (i + 1) + " purges");
            }
        }
        assertTrue(table.heapBytes() <= CONSTANT + 24L * purges);
    }

    @Test
    @DisplayName("each purge is found by its ids, its position and its session")
    void found() {
        PurgeTable table = tableOf(new PurgeTable(), 100_000);
        int others = 0;
        for (int i = 0; i < 100_000; i += 7) {
            PurgeTable.Entry entry = new PurgeTable.Entry(10L * i + 1, 150L * i);
            assertTrue(table.find(session(i), "e" + i).contains(entry));
            assertEquals(entry, table.at(entry.position()));
            assertNull(table.at(entry.position() + 1));
            assertTrue(table.ofSession(session(i), 0).contains(entry));
            others += table.find(session(i), "other").size();
            others += table.find(session(i + 1), "e" + i).size();
        }
        assertTrue(others < 20, others + " of 28,572 look-ups matched by chance");
        assertTrue(table.ofSession(session(99_999), 999_991).isEmpty(), "after its position");
        assertTrue(new PurgeTable().find("s", "e").isEmpty());
        assertNull(new PurgeTable().at(1));
    }

    @Test
    @DisplayName("purges whose hashes collide are all returned")
    void collisions() {
        PurgeTable table = tableOf(new PurgeTable(id -> 7), 1_000);
        assertEquals(1_000, new HashSet<>(table.find("any", "id")).size());
        assertEquals(999, table.ofSession("any", 1).size());
        assertEquals(new PurgeTable.Entry(11, 150), table.at(11));
    }

    @Test
    @DisplayName("places may be far apart, and positions out of order")
    void anyOrder() {
        PurgeTable table = new PurgeTable();
        Random random = new Random(7);
        List<PurgeTable.Entry> entries = new ArrayList<>();
        Set<Long> positions = new HashSet<>();
        long place = 0;
        for (int i = 0; i < 5_000; i++) {
            long position = random.nextInt(10) == 0 ? random.nextLong(1L << 50) : i * 1_000_000_000L;
            place += i % 100 == 0 ? 1L << 33 : 3L << 22;
            if (positions.add(position)) {
                entries.add(new PurgeTable.Entry(position, place));
                table.add("s" + i % 3, "e" + position, position, place);
            }
        }
        for (PurgeTable.Entry entry : entries) {
            assertEquals(entry, table.at(entry.position()));
            assertTrue(table.find("s0", "e" + entry.position()).contains(entry)
                    || table.find("s1", "e" + entry.position()).contains(entry)
                    || table.find("s2", "e" + entry.position()).contains(entry));
        }
        List<Long> listed = new ArrayList<>();
        for (PrimitiveIterator.OfLong all = table.positions(); all.hasNext(); ) {
            listed.add(all.nextLong());
        }
        assertEquals(entries.stream().map(PurgeTable.Entry::position).toList(), listed);
        long after = 2_500_000_000_000L;
        long expected = entries.stream().filter(one -> one.position() > after).count();
        assertEquals(
                expected,
                table.ofSession("s0", after).size()
                        + table.ofSession("s1", after).size()
                        + table.ofSession("s2", after).size());
    }

    @Test
    @DisplayName("a look-up finds the purges that were added before it, while others are added")
    void whileAdded() throws Exception {
        PurgeTable table = new PurgeTable();
        AtomicInteger added = new AtomicInteger();
        AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        Thread reader = new Thread(() -> {
            Random random = new Random(1);
            try {
                for (int there = 0; there < 200_000; there = added.get()) {
                    int i = there == 0 ? 0 : random.nextInt(there);
                    if (there > 0) {
                        PurgeTable.Entry entry = new PurgeTable.Entry(i + 1, 3L * i);
                        assertTrue(table.find(session(i), "e").contains(entry));
                        assertEquals(entry, table.at(i + 1));
                    }
                }
            } catch (Throwable t) {
                failure.set(t);
            }
        });
        reader.start();
        for (int i = 0; i < 200_000; i++) {
            table.add(session(i), "e", i + 1, 3L * i);
            added.set(i + 1);
        }
        reader.join();
        assertNull(failure.get());
    }
}
