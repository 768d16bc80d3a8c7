package dev.reel.internal.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.SnapshotIdTakenException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("R20: which session holds a snapshot id")
class SnapshotIndexTest {

    private final SnapshotIndex index = new SnapshotIndex();

    @Test
    @DisplayName("R20: if recorded logs claim the same id, the lowest position holds it, in any order of claims")
    void theLowestPositionHoldsIt() {
        assertTrue(index.claim("c", "a", 20, true));
        assertTrue(index.claim("c", "b", 10, true));
        assertTrue(index.claim("c", "d", 30, true));
        assertEquals("b", index.holder("c"));
        index.release("c", "b");
        assertEquals("a", index.holder("c"));
        index.releaseAll("a");
        assertEquals("d", index.holder("c"));
        index.release("c", "d");
        assertNull(index.holder("c"));
    }

    @Test
    @DisplayName("R20: a claim of the same session is not new; one of another session fails unless it is recorded")
    void claims() {
        assertTrue(index.claim("c", "a", 1, false));
        assertFalse(index.claim("c", "a", 2, false));
        assertFalse(index.claim("c", "a", 3, true));
        assertThrows(SnapshotIdTakenException.class, () -> index.claim("c", "b", 4, false));
        assertEquals("a", index.holder("c"));
        index.release("c", "b");
        assertEquals("a", index.holder("c"));
    }
}
