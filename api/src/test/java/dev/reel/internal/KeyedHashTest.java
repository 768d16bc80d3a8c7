package dev.reel.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("R18: the keyed hash of ids")
class KeyedHashTest {

    @Test
    @DisplayName("depends on every character and on the length")
    void differs() {
        Set<Long> seen = new HashSet<>();
        StringBuilder id = new StringBuilder();
        for (int length = 0; length < 60; length++) {
            assertTrue(seen.add(KeyedHash.wide(id.toString())));
            assertTrue(seen.add(KeyedHash.wide(id + "ö")));
            id.append('\0');
        }
        assertEquals(KeyedHash.of("a"), KeyedHash.of(new String(new char[] {'a'})));
        assertNotEquals(KeyedHash.wide("ab"), KeyedHash.wide("ba"));
    }

    @Test
    @DisplayName("differs for ids with equal hashCode")
    void hashCodes() {
        Set<Long> seen = new HashSet<>();
        for (int number = 0; number < 10_000; number++) {
            assertTrue(seen.add(KeyedHash.wide(IdPlacesTest.colliding(number))));
        }
    }
}
