package dev.reel.internal.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The sorted tree of the session index")
class LongTreeTest {

    private static <V> List<V> list(Iterator<V> values) {
        List<V> all = new ArrayList<>();
        values.forEachRemaining(all::add);
        return all;
    }

    private static void assertSameAs(TreeMap<Long, String> expected, LongTree<String> tree, long below) {
        assertEquals(List.copyOf(expected.values()), list(tree.ascending()));
        List<String> found = new ArrayList<>();
        List<Long> keys = new ArrayList<>();
        LongTree.EntryIterator<String> entries = tree.descendingBelow(below);
        while (entries.hasNext()) {
            keys.add(entries.nextKey());
            found.add(entries.next());
        }
        var head = expected.headMap(below, false).descendingMap();
        assertEquals(List.copyOf(head.keySet()), keys);
        assertEquals(List.copyOf(head.values()), found);
        expected.forEach((key, value) -> assertEquals(value, tree.get(key)));
    }

    @Test
    @DisplayName("it equals a TreeMap after each of many changes, and old versions do not change")
    void agrees() {
        for (int seed = 0; seed < 20; seed++) {
            Random random = new Random(seed);
            TreeMap<Long, String> expected = new TreeMap<>();
            LongTree<String> tree = LongTree.empty();
            for (int i = 0; i < 400; i++) {
                LongTree<String> old = tree;
                TreeMap<Long, String> before = new TreeMap<>(expected);
                long key = random.nextInt(60);
                if (random.nextInt(5) < 3) {
                    expected.put(key, "v" + i);
                    tree = tree.with(key, "v" + i);
                } else {
                    expected.remove(key);
                    tree = tree.without(key);
                }
                assertSameAs(expected, tree, random.nextInt(62));
                assertSameAs(before, old, 61);
                assertTrue(tree.height() <= 9, "height " + tree.height() + " of " + expected.size());
            }
        }
    }

    @Test
    @DisplayName("it stays balanced if keys are added in order and removed at the other end")
    void inOrder() {
        LongTree<String> tree = LongTree.empty();
        for (long key = 0; key < 100_000; key++) {
            tree = tree.with(key, "v");
            tree = key < 1_000 ? tree : tree.without(key - 1_000);
        }
        assertEquals(1_000, list(tree.ascending()).size());
        assertTrue(tree.height() <= 14, "height " + tree.height());
        for (long key = 0; key < 100_000; key++) {
            tree = tree.without(key);
        }
        assertEquals(0, tree.height());
    }

    @Test
    @DisplayName("removing an absent key returns the same map")
    void absent() {
        LongTree<String> tree = LongTree.<String>empty().with(1, "a");
        assertSame(tree, tree.without(2));
    }
}
