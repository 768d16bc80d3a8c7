package dev.reel.jsonl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.internal.PersistentVector;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("R18: the index that all versions of a list share")
class HintTableTest {

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    @DisplayName("lists that are branched and truncated find every key of their own, and no other")
    void model(long seed) {
        Random random = new Random(seed);
        HintTable table = new HintTable();
        List<List<String>> versions = new ArrayList<>();
        versions.add(List.of());
        for (int step = 0; step < 400; step++) {
            List<String> version = new ArrayList<>(versions.get(random.nextInt(versions.size())));
            if (random.nextInt(4) == 0) {
                version = new ArrayList<>(version.subList(0, random.nextInt(version.size() + 1)));
            }
            // "Aa" and "BB" have the same hash, and so do all texts of the same number of these.
            String key =
                    (random.nextBoolean() ? "Aa" : "BB") + (random.nextBoolean() ? "Aa" : "BB") + random.nextInt(40);
            if (!version.contains(key)) {
                table.note(key.hashCode(), version.size());
                version.add(key);
            }
            versions.add(version);
        }
        for (List<String> version : versions) {
            for (String key : version) {
                assertEquals(version.indexOf(key), find(table, version, key), () -> "seed " + seed);
            }
            assertEquals(HintTable.NONE, find(table, version, "Cc"));
        }
    }

    @Test
    @DisplayName("hash zero, negative hashes and the last place work like all others")
    void extremes() {
        HintTable table = new HintTable();
        assertEquals(HintTable.NONE, table.find(0, place -> true));
        table.note(0, 0);
        table.note(-1, Integer.MAX_VALUE - 1);
        table.note(Integer.MIN_VALUE, 7);
        assertEquals(0, table.find(0, place -> true));
        assertEquals(Integer.MAX_VALUE - 1, table.find(-1, place -> true));
        assertEquals(7, table.find(Integer.MIN_VALUE, place -> true));
        assertEquals(HintTable.NONE, table.find(1, place -> true));
    }

    @Test
    @DisplayName(
            "an element that is noted twice takes one hint, so repeated adding and removing does not grow the table")
    void noGrowth() {
        HintTable table = new HintTable();
        for (int i = 0; i < 100_000; i++) {
            table.note(42, 3);
        }
        AtomicInteger looked = new AtomicInteger();
        table.find(42, place -> {
            looked.incrementAndGet();
            return false;
        });
        assertEquals(1, looked.get());
    }

    @Test
    @DisplayName("a copy has the same hints, and later changes are separate")
    void copies() {
        HintTable table = new HintTable();
        for (int i = 0; i < 100; i++) {
            table.note(i, i);
        }
        HintTable copy = table.copy();
        copy.note(100, 100);
        table.note(101, 101);
        assertEquals(50, copy.find(50, place -> true));
        assertEquals(100, copy.find(100, place -> true));
        assertEquals(HintTable.NONE, copy.find(101, place -> true));
        assertEquals(HintTable.NONE, table.find(100, place -> true));
    }

    @Test
    @DisplayName("a reader finds every key of its version while a writer continues")
    void threads() throws InterruptedException {
        HintTable table = new HintTable();
        AtomicReference<PersistentVector<String>> published = new AtomicReference<>(PersistentVector.empty());
        AtomicBoolean done = new AtomicBoolean();
        Map<String, Integer> missed = new HashMap<>();
        Thread reader = new Thread(() -> {
            Random random = new Random(1);
            do {
                PersistentVector<String> version = published.get();
                if (!version.isEmpty()) {
                    int place = random.nextInt(version.size());
                    String key = version.get(place);
                    if (find(table, version, key) != place) {
                        missed.put(key, place);
                    }
                }
            } while (!done.get());
        });
        reader.start();
        for (int i = 0; i < 200_000; i++) {
            String key = "key " + i;
            table.note(key.hashCode(), i);
            published.set(published.get().append(key));
        }
        done.set(true);
        reader.join();
        assertEquals(Map.of(), missed);
        assertTrue(published.get().size() == 200_000);
    }

    private static int find(HintTable table, List<String> version, String key) {
        return table.find(
                key.hashCode(),
                place -> place < version.size() && version.get(place).equals(key));
    }
}
