package dev.reel.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("R18: the list that versions share")
class PersistentVectorTest {

    /** A version and its expected elements. */
    private record Version(PersistentVector<Integer> actual, List<Integer> expected) {

        void check(String when) {
            assertEquals(expected, actual, when);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    @DisplayName("1,000 random steps from random old versions: all versions keep their elements")
    void everyVersionHoldsWhatItHeld(long seed) {
        Random random = new Random(seed);
        List<Version> versions = new ArrayList<>();
        versions.add(new Version(PersistentVector.empty(), List.of()));
        for (int step = 0; step < 1_000; step++) {
            // Usually the newest version continues; sometimes an old one does, which creates a branch.
            int from = random.nextInt(4) > 0 ? versions.size() - 1 : random.nextInt(versions.size());
            versions.add(changed(versions.get(from), random));
        }
        for (Version version : versions) {
            version.check("seed " + seed);
        }
    }

    private static Version changed(Version from, Random random) {
        List<Integer> expected = new ArrayList<>(from.expected());
        int size = expected.size();
        int value = random.nextInt();
        switch (size == 0 ? 0 : random.nextInt(8)) {
            case 1 -> {
                int index = random.nextInt(size);
                expected.set(index, value);
                return new Version(from.actual().with(index, value), expected);
            }
            case 2 -> {
                int count = random.nextInt(size + 1);
                return new Version(from.actual().take(count), new ArrayList<>(expected.subList(0, count)));
            }
            default -> {
                PersistentVector<Integer> grown = from.actual();
                for (int i = random.nextInt(random.nextInt(20) == 0 ? 1_200 : 40); i >= 0; i--) {
                    expected.add(value + i);
                    grown = grown.append(value + i);
                }
                return new Version(grown, expected);
            }
        }
    }

    @Test
    @DisplayName("every length up to three levels, cut at every boundary and extended again")
    void boundaries() {
        PersistentVector<Integer> all = counted(33 * 32 * 32 + 5);
        for (int length : new int[] {
            0, 1, 31, 32, 33, 63, 64, 65, 1_023, 1_024, 1_025, 1_055, 1_056, 1_057, 32_768, 32_769, 32_799, 32_800,
            32_801, 33_792, 33_797
        }) {
            PersistentVector<Integer> cut = all.take(length);
            assertEquals(counted(length), cut);
            PersistentVector<Integer> grown = cut;
            for (int i = length; i < length + 70; i++) {
                grown = grown.append(i);
            }
            assertEquals(counted(length + 70), grown);
            assertEquals(counted(length), cut);
        }
        assertEquals(33 * 32 * 32 + 5, all.size());
    }

    @Test
    @DisplayName("two branches of one list do not see each other's elements")
    void branches() {
        for (int length = 0; length < 100; length++) {
            PersistentVector<Integer> base = counted(length);
            PersistentVector<Integer> one = base.append(-1).append(-2);
            PersistentVector<Integer> other = base.append(-3).append(-4);
            assertEquals(List.of(-1, -2), one.subList(length, length + 2));
            assertEquals(List.of(-3, -4), other.subList(length, length + 2));
            assertEquals(counted(length), base);
        }
    }

    @Test
    @DisplayName("a changed element is changed in the new version only, whether in the trie or at the end")
    void with() {
        PersistentVector<Integer> old = counted(1_100);
        for (int index : new int[] {0, 31, 32, 1_023, 1_024, 1_087, 1_088, 1_099}) {
            PersistentVector<Integer> changed = old.with(index, -1);
            assertEquals(-1, changed.get(index));
            assertEquals(index, old.get(index));
            assertEquals(old, changed.with(index, index));
            assertEquals(1_100, changed.append(1_100).get(1_100));
        }
    }

    @Test
    @DisplayName("an index without an element is rejected")
    void bounds() {
        PersistentVector<Integer> list = counted(40);
        assertEquals(39, list.get(39));
        assertThrows(IndexOutOfBoundsException.class, () -> list.get(40));
        assertThrows(IndexOutOfBoundsException.class, () -> list.get(-1));
        assertThrows(IndexOutOfBoundsException.class, () -> list.with(40, 0));
        assertThrows(IndexOutOfBoundsException.class, () -> list.take(41));
        assertThrows(IndexOutOfBoundsException.class, () -> list.take(-1));
        assertThrows(IndexOutOfBoundsException.class, () -> list.leafOf(40));
        assertThrows(UnsupportedOperationException.class, () -> list.add(1));
        assertThrows(UnsupportedOperationException.class, () -> list.set(0, 1));
        assertThrows(UnsupportedOperationException.class, () -> list.remove(0));
        assertThrows(
                IndexOutOfBoundsException.class, () -> PersistentVector.empty().get(0));
    }

    @Test
    @DisplayName("a leaf contains the element at its place")
    void leaves() {
        PersistentVector<Integer> list = counted(1_090);
        for (int i = 0; i < list.size(); i++) {
            assertEquals(i, list.leafOf(i)[i & 31]);
        }
        assertSame(list.leafOf(64), list.leafOf(95));
    }

    @Test
    @DisplayName("a prefix keeps no later element alive")
    void retention() throws InterruptedException {
        for (int length : new int[] {3, 33, 70, 1_100}) {
            PersistentVector<Object> list = PersistentVector.empty();
            for (int i = 0; i < length; i++) {
                list = list.append("kept " + i);
            }
            Object last = new Object();
            WeakReference<Object> later = new WeakReference<>(last);
            PersistentVector<Object> prefix = list.append(last).take(length);
            PersistentVector<Object> own = list.take(length);
            last = null;
            list = PersistentVector.empty();
            for (int i = 0; i < 100 && later.get() != null; i++) {
                System.gc();
                Thread.sleep(5);
            }
            assertNull(later.get(), () -> "kept alive by a prefix of " + length);
            assertEquals(prefix, own);
        }
    }

    @Test
    @DisplayName("many threads extend one list: each gets its own version, and no element is lost or mixed up")
    void threads() throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(4);
        try {
            for (int round = 0; round < 200; round++) {
                PersistentVector<Integer> base = counted(round);
                List<Callable<PersistentVector<Integer>>> calls = IntStream.range(0, 4)
                        .mapToObj(thread -> (Callable<PersistentVector<Integer>>) () -> grown(base, thread))
                        .toList();
                List<Future<PersistentVector<Integer>>> all = pool.invokeAll(calls);
                for (int thread = 0; thread < 4; thread++) {
                    PersistentVector<Integer> own = all.get(thread).get();
                    assertEquals(grown(counted(round), thread), own);
                }
                assertEquals(counted(round), base);
            }
        } finally {
            pool.shutdownNow();
        }
    }

    private static PersistentVector<Integer> grown(PersistentVector<Integer> base, int thread) {
        PersistentVector<Integer> list = base;
        for (int i = 0; i < 50; i++) {
            list = list.append(thread * 1_000 + i);
        }
        return list;
    }

    private static PersistentVector<Integer> counted(int length) {
        PersistentVector<Integer> list = PersistentVector.empty();
        for (int i = 0; i < length; i++) {
            list = list.append(i);
        }
        return list;
    }
}
