package dev.reel.jsonl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class JsonlStoreOptionsTest {

    private static final long MIB = 1 << 20;

    @Test
    @DisplayName("the defaults follow the size of the heap, up to a bound")
    void defaults() {
        JsonlStoreOptions small = JsonlStoreOptions.forHeapOf(64 * MIB);
        assertEquals(8 * MIB, small.loadedBytes());
        assertEquals(4 * MIB, small.cacheBytes());
        assertEquals(4 * MIB, small.lagBytes());
        assertEquals(1_024, small.loadedSessions());
        JsonlStoreOptions large = JsonlStoreOptions.forHeapOf(64 << 10 << 20);
        assertTrue(large.loadedBytes() > 0);
        JsonlStoreOptions huge = JsonlStoreOptions.forHeapOf(Long.MAX_VALUE);
        assertEquals(256 * MIB, huge.loadedBytes());
        assertEquals(64 * MIB, huge.cacheBytes());
        assertEquals(64 * MIB, huge.lagBytes());
        assertEquals(10_000, huge.loadedSessions());
        JsonlStoreOptions tiny = JsonlStoreOptions.forHeapOf(1);
        assertEquals(MIB, tiny.loadedBytes());
        assertEquals(16, tiny.loadedSessions());
    }
}
