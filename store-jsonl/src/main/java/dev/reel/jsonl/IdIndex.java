package dev.reel.jsonl;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * The ids that a file has had so far, each with its line. An id is represented by 128 bits of its SHA-256, so
 * collisions cannot be constructed. Including free slots this takes some 50 to 100 bytes per id, however long ids are.
 */
final class IdIndex {

    private static final int FIRST_CAPACITY = 256;

    /** Three longs per entry: two for the key, and the offset of the line plus one; 0 marks a free entry. */
    private long[] entries = new long[3 * FIRST_CAPACITY];

    private int size;

    /** Returns the offset at which the line of the id begins, or -1. */
    long find(String id) {
        ByteBuffer key = key(id);
        return entries[slot(key.getLong(0), key.getLong(8)) + 2] - 1;
    }

    /** Adds an id that is not in the index yet. */
    void add(String id, long offset) {
        if (2 * (size + 1) > entries.length / 3) {
            grow();
        }
        ByteBuffer key = key(id);
        put(key.getLong(0), key.getLong(8), offset + 1);
        size++;
    }

    private static ByteBuffer key(String id) {
        return ByteBuffer.wrap(Digests.sha256().digest(id.getBytes(StandardCharsets.UTF_8)));
    }

    /** Returns the entry of a key, or the free entry for it. */
    private int slot(long high, long low) {
        int capacity = entries.length / 3;
        int slot = (int) Long.remainderUnsigned(high, capacity);
        while (entries[3 * slot + 2] != 0 && (entries[3 * slot] != high || entries[3 * slot + 1] != low)) {
            slot = slot + 1 == capacity ? 0 : slot + 1;
        }
        return 3 * slot;
    }

    private void put(long high, long low, long place) {
        int slot = slot(high, low);
        entries[slot] = high;
        entries[slot + 1] = low;
        entries[slot + 2] = place;
    }

    private void grow() {
        long[] old = entries;
        entries = new long[Math.multiplyExact(old.length, 2)];
        for (int i = 0; i < old.length; i += 3) {
            if (old[i + 2] != 0) {
                put(old[i], old[i + 1], old[i + 2]);
            }
        }
    }
}
