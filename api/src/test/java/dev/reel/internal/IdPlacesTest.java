package dev.reel.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("R18: the index from ids to places")
class IdPlacesTest {

    /** An id of 20 pairs of characters; all such ids have the same {@code hashCode}. */
    static String colliding(int number) {
        StringBuilder id = new StringBuilder();
        for (int bit = 0; bit < 20; bit++) {
            id.append((number >> bit & 1) == 0 ? "Aa" : "BB");
        }
        return id.toString();
    }

    private static String id(Random random) {
        int number = random.nextInt(6_000);
        return random.nextBoolean() ? colliding(number) : "m" + number;
    }

    /** A list and its index. */
    private record Version(PersistentVector<String> list, IdPlaces index) {

        static final Version EMPTY = new Version(PersistentVector.empty(), IdPlaces.empty());

        Version append(String id) {
            return new Version(list.append(id), index.append(id, list::get));
        }

        Version take(int count) {
            return new Version(list.take(count), index.take(count));
        }

        int find(String id) {
            return index.find(id, list::get);
        }

        void check(Random random, String of) {
            Map<String, Integer> places = new HashMap<>();
            for (int place = 0; place < list.size(); place++) {
                places.put(list.get(place), place);
            }
            assertEquals(list.size(), index.size(), of);
            places.forEach((id, place) -> assertEquals(place, find(id), () -> of + ", " + id));
            for (int i = 0; i < 500; i++) {
                String id = id(random);
                assertEquals(places.getOrDefault(id, IdPlaces.NONE), find(id), () -> of + ", " + id);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    @DisplayName(
            "each version finds exactly its own ids at their last places, after random branches, cuts and restores")
    void model(long seed) {
        Random random = new Random(seed);
        List<Version> versions = new ArrayList<>(List.of(Version.EMPTY));
        for (int step = 0; step < 400; step++) {
            boolean branch = random.nextInt(5) == 0; // also covers a restore, which continues an old version
            Version version = versions.get(branch ? random.nextInt(versions.size()) : versions.size() - 1);
            if (random.nextInt(3) == 0) {
                int size = version.list.size();
                int cut = random.nextInt(1 + (random.nextBoolean() ? Math.min(size, 40) : size));
                version =
                        version.take(size - (random.nextInt(8) == 0 ? size : random.nextInt(4) == 0 ? cut : cut % 300));
            } else {
                for (int i = random.nextInt(random.nextInt(6) == 0 ? 3_000 : 80); i > 0; i--) {
                    version = version.append(id(random));
                }
            }
            versions.add(version);
        }
        for (int i = 0; i < versions.size(); i += 7) {
            versions.get(i).check(random, "seed " + seed + ", version " + i);
        }
        versions.get(versions.size() - 1).check(random, "seed " + seed + ", last version");
    }

    @Test
    @DisplayName("each prefix of a list of 140,000 finds its last ids and no later ones")
    void prefixes() {
        Version whole = Version.EMPTY;
        for (int i = 0; i < 140_000; i++) {
            whole = whole.append("m" + i);
        }
        for (int count = 0; count <= 140_000; count += count < 600 || count % 4_096 < 2 ? 1 : 251) {
            Version prefix = whole.take(count);
            assertEquals(count - 1, count == 0 ? -1 : prefix.find("m" + (count - 1)));
            assertEquals(IdPlaces.NONE, prefix.find("m" + count));
            assertEquals(count == 0 ? IdPlaces.NONE : count / 2, prefix.find("m" + count / 2));
            assertEquals(count, prefix.append("x").find("x"));
        }
    }

    @Test
    @DisplayName("the largest tables are the index of a prefix, which finds all ids after the rest is appended")
    void largest() {
        Version whole = Version.EMPTY;
        assertEquals(0, whole.index.largest().size());
        for (int i = 0; i < 270_000; i++) {
            whole = whole.append("m" + i);
            if (i == 1_000) {
                assertEquals(0, whole.index.largest().size());
            }
        }
        IdPlaces index = whole.index.largest();
        assertEquals(2 * IdPlaces.LARGEST, index.size());
        Version all = whole;
        for (int i = index.size(); i < 270_000; i++) {
            index = index.append("m" + i, place -> all.list.get(place));
        }
        for (int i = 0; i < 270_000; i += 333) {
            assertEquals(i, index.find("m" + i, place -> all.list.get(place)));
        }
    }

    @Test
    @DisplayName("a look-up reads few slots with 1,000 to 200,000 ids, even if all ids have the same hashCode")
    void steps() {
        assertEquals(colliding(7).hashCode(), colliding(100_000).hashCode());
        assertBounded(id -> "message-" + id);
        assertBounded(IdPlacesTest::colliding);
    }

    private static void assertBounded(IntFunction<String> ids) {
        Version version = Version.EMPTY;
        for (int size : new int[] {1_000, 2_047, 16_383, 131_071, 200_000}) {
            while (version.list.size() < size) {
                version = version.append(ids.apply(version.list.size()));
            }
            long steps = 0;
            for (int number = 0; number < 1_000; number++) {
                steps += version.index.steps(ids.apply(number));
            }
            assertTrue(steps < 1_000 * 22 * 6, steps / 1_000 + " reads for " + size + " ids");
            assertEquals(7, version.find(ids.apply(7)));
        }
    }

    @Test
    @DisplayName("an id that is put and cut 100,000 times leaves few hints")
    void again() {
        Version version = Version.EMPTY;
        for (int i = 0; i < 100_000; i++) {
            version = version.append("m" + i);
            version = version.append("typing").take(version.list.size());
            if (i % 1_000 == 0) {
                int steps = version.index.steps("typing");
                assertTrue(steps < 700, steps + " reads");
            }
        }
        assertEquals(IdPlaces.NONE, version.find("typing"));
        for (int i = 0; i < 10_000; i++) {
            version = version.append("x" + i).take(100_000);
            assertTrue(version.index.recentHints() <= 512, version.index.recentHints() + " hints");
        }
        assertTrue(version.index.steps("typing") < 700);
        assertEquals(99_999, version.find("m99999"));
    }

    @Test
    @DisplayName("threads that branch off one version concurrently find the ids of their own branches")
    void threads() throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(2);
        try {
            for (int round = 0; round < 300; round++) {
                Version built = Version.EMPTY;
                for (int i = 0; i < round; i++) {
                    built = built.append("m" + i);
                }
                Version from = built;
                CountDownLatch ready = new CountDownLatch(2);
                List<Future<Version>> branches = new ArrayList<>();
                for (String name : List.of("a", "b")) {
                    branches.add(pool.submit(() -> {
                        ready.countDown();
                        ready.await();
                        Version branch = from;
                        for (int i = 0; i < 600; i++) {
                            branch = branch.append(name + i);
                            assertEquals(from.list.size() + i, branch.find(name + i));
                            assertEquals(IdPlaces.NONE, branch.find((name.equals("a") ? "b" : "a") + i));
                        }
                        return branch;
                    }));
                }
                for (Future<Version> branch : branches) {
                    branch.get(30, TimeUnit.SECONDS).check(new Random(round), "round " + round);
                }
                from.check(new Random(round), "round " + round);
            }
        } finally {
            pool.shutdownNow();
        }
    }
}
