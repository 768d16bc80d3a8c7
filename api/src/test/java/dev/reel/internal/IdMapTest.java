package dev.reel.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.IntFunction;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("R18: the map from ids to places")
class IdMapTest {

    /** An id of 20 pairs; all ids of so many pairs have the same {@code hashCode}. */
    private static String colliding(int number) {
        StringBuilder id = new StringBuilder();
        for (int bit = 0; bit < 20; bit++) {
            id.append((number >> bit & 1) == 0 ? "Aa" : "BB");
        }
        return id.toString();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    @DisplayName("each version that branches off finds its own ids at their last places, and no other id")
    void model(long seed) {
        Random random = new Random(seed);
        List<IdMap> maps = new ArrayList<>(List.of(IdMap.empty()));
        List<Map<String, Integer>> models = new ArrayList<>(List.of(Map.of()));
        for (int step = 0; step < 2_000; step++) {
            int from = random.nextInt(4) == 0 ? random.nextInt(maps.size()) : maps.size() - 1;
            String id = random.nextBoolean() ? colliding(random.nextInt(300)) : "m" + random.nextInt(300);
            Map<String, Integer> model = new HashMap<>(models.get(from));
            model.put(id, step);
            models.add(model);
            maps.add(maps.get(from).with(id, step));
        }
        for (int version = 0; version < maps.size(); version += 50) {
            for (int number = 0; number < 300; number++) {
                for (String id : List.of(colliding(number), "m" + number)) {
                    int expected = models.get(version).getOrDefault(id, IdMap.NONE);
                    assertEquals(expected, maps.get(version).find(id), () -> "seed " + seed + ", " + id);
                }
            }
        }
    }

    @Test
    @DisplayName("a look-up takes few steps, with 10 and 100 times the ids, and if all ids have one hashCode")
    void steps() {
        assertEquals(colliding(7).hashCode(), colliding(100_000).hashCode());
        // 4, 5 and 6 levels of 16 would do; a few ids stand deeper.
        assertBounded(id -> "message-" + id, 8, 9, 10);
        assertBounded(IdMapTest::colliding, 8 + 8, 8 + 9, 8 + 10);
    }

    private static void assertBounded(IntFunction<String> ids, int... bounds) {
        IdMap map = IdMap.empty();
        int count = 0;
        for (int i = 0; i < bounds.length; i++) {
            int size = 1_000 * (int) Math.pow(10, i);
            for (; count < size; count++) {
                map = map.with(ids.apply(count), count);
            }
            int most = 0;
            for (int number = 0; number < size; number += 7) {
                most = Math.max(most, map.steps(ids.apply(number)));
                assertEquals(number, map.find(ids.apply(number)));
            }
            assertTrue(most <= bounds[i] + 2, most + " steps for " + size + " ids");
        }
    }

    @Test
    @DisplayName("an id that is put again and again takes one entry")
    void again() {
        IdMap map = IdMap.empty().with("typing", 0);
        for (int place = 1; place < 10_000; place++) {
            map = map.with("typing", place);
        }
        assertEquals(9_999, map.find("typing"));
        assertEquals(1, map.steps("typing"));
    }

    @Test
    @DisplayName("keyed hashes differ by every character, by length and by round")
    void keyed() {
        Set<Long> seen = new HashSet<>();
        StringBuilder id = new StringBuilder();
        for (int length = 0; length < 60; length++) {
            assertTrue(seen.add(IdMap.keyed(id.toString(), 0)));
            assertTrue(seen.add(IdMap.keyed(id.toString(), 1)));
            assertTrue(seen.add(IdMap.keyed(id + "ö", 0)));
            id.append('\0');
        }
        assertEquals(IdMap.keyed("a", 0), IdMap.keyed(new String(new char[] {'a'}), 0));
        assertNotEquals(IdMap.keyed("ab", 0), IdMap.keyed("ba", 0));
    }
}
