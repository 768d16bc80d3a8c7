package dev.reel.internal.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.PrimitiveIterator;
import java.util.SplittableRandom;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Finds the {@code session_purged} event of a purge without keeping the event in memory. Per purge the table stores the
 * event's position, its place (a number chosen by the owner, for example a file offset), and a 32-bit hash of session
 * id and event id. Hashes can collide, so the owner reads the event of each entry that the table returns and compares
 * the ids.
 *
 * <p><b>Memory.</b> At most 24 bytes per purge and 8 KB in all: 8 for the position, 4 for the place, 4 for the hash, at
 * most 6.3 in the hash table, which is at least 64 % full, and less than 1 for the chunks. Entries are kept in chunks
 * of {@value #CHUNK}, so the unused space does not grow with the table.
 *
 * <p><b>Threads.</b> Entries are added under a lock that is never held during input or output. Look-ups take no lock
 * and find each entry whose addition happened before them.
 *
 * <p>Internal: the stores use this class.
 */
public final class PurgeTable {

    private static final int CHUNK_BITS = 8;
    private static final int CHUNK = 1 << CHUNK_BITS;
    private static final int FEWEST_SLOTS = 16;

    /** The size of an array without its elements, in bytes. */
    private static final int ARRAY_HEADER = 16;

    private static final int CHUNK_OBJECT = 64;

    /**
     * A purge.
     *
     * @param position the position of its {@code session_purged}
     * @param place the place that was added with it
     */
    public record Entry(long position, long place) {}

    /** Consecutive entries, in the order in which they were added. */
    private static final class Chunk {

        private final long[] positions = new long[CHUNK];
        /** Relative to the first place. */
        private final int[] places = new int[CHUNK];

        private final int[] hashes = new int[CHUNK];
        private final long firstPlace;
        private volatile int count;
        private volatile long lowest = Long.MAX_VALUE;
        /** The highest position in this chunk and those before it. */
        private volatile long highest;

        Chunk(long firstPlace, long highestBefore) {
            this.firstPlace = firstPlace;
            this.highest = highestBefore;
        }

        boolean hasRoomFor(long place) {
            long distance = place - firstPlace;
            return count < CHUNK && distance >= 0 && distance <= 0xffff_ffffL;
        }

        @SuppressWarnings("NonAtomicVolatileUpdate") // entries are added under the table's lock
        void add(int hash, long position, long place) {
            int index = count;
            positions[index] = position;
            places[index] = (int) (place - firstPlace);
            hashes[index] = hash;
            lowest = Math.min(lowest, position);
            highest = Math.max(highest, position);
            count = index + 1;
        }

        Entry entry(int index) {
            return new Entry(positions[index], firstPlace + Integer.toUnsignedLong(places[index]));
        }
    }

    private final ToLongFunction<String> hash;
    private volatile Chunk[] chunks = new Chunk[0];
    /** Open addressing: each slot holds the number of an entry, from 1, or 0 if it is free. */
    private volatile int[] slots = new int[FEWEST_SLOTS];

    private int size;
    /** The number of the last entry; an entry with a higher number is still being added. */
    private volatile int last;

    /** Creates an empty table with unpredictable hashes. */
    public PurgeTable() {
        this(seeded(new SplittableRandom().nextLong()));
    }

    /**
     * Creates an empty table.
     *
     * @param hash returns the hash of an id
     */
    public PurgeTable(ToLongFunction<String> hash) {
        this.hash = hash;
    }

    private static ToLongFunction<String> seeded(long seed) {
        return id -> {
            long h = seed;
            for (int i = 0; i < id.length(); i++) {
                h = (h ^ id.charAt(i)) * 0x9e37_79b9_7f4a_7c15L;
                h ^= h >>> 32;
            }
            return mixed(h);
        };
    }

    private static long mixed(long h) {
        long a = (h ^ (h >>> 30)) * 0xbf58_476d_1ce4_e5b9L;
        long b = (a ^ (a >>> 27)) * 0x94d0_49bb_1331_11ebL;
        return b ^ (b >>> 31);
    }

    /** The upper 16 bits depend only on the session id. */
    private int hashOf(String sessionId, String eventId) {
        long session = hash.applyAsLong(sessionId);
        long both = mixed(session * 31 + hash.applyAsLong(eventId));
        return (int) (session >>> 48) << 16 | (int) both & 0xffff;
    }

    /**
     * Adds a purge.
     *
     * @param sessionId the session
     * @param eventId the id of its {@code session_purged}
     * @param position the position of that event
     * @param place the number by which the owner finds the event
     */
    public synchronized void add(String sessionId, String eventId, long position, long place) {
        int hashed = hashOf(sessionId, eventId);
        if ((size + 1) * 5L > slots.length * 4L) {
            grow();
        }
        Chunk[] all = chunks;
        Chunk chunk = all.length == 0 ? null : all[all.length - 1];
        if (chunk == null || !chunk.hasRoomFor(place)) {
            Chunk added = new Chunk(place, chunk == null ? 0 : chunk.highest);
            all = Arrays.copyOf(all, all.length + 1);
            all[all.length - 1] = added;
            chunks = all;
            chunk = added;
        }
        int number = (all.length - 1 << CHUNK_BITS) + chunk.count + 1;
        chunk.add(hashed, position, place);
        put(slots, hashed, number);
        size++;
        last = number; // set last: look-ups ignore higher numbers
    }

    private void grow() {
        int[] grown = new int[(int) Math.max(FEWEST_SLOTS, (size + 1) * 25L / 16)];
        Chunk[] all = chunks;
        for (int c = 0; c < all.length; c++) {
            for (int i = 0; i < all[c].count; i++) {
                put(grown, all[c].hashes[i], (c << CHUNK_BITS) + i + 1);
            }
        }
        slots = grown;
    }

    private static void put(int[] slots, int hash, int number) {
        int at = firstSlot(hash, slots.length);
        while (slots[at] != 0) {
            at = at + 1 == slots.length ? 0 : at + 1;
        }
        slots[at] = number;
    }

    private static int firstSlot(int hash, int slots) {
        return (int) ((mixed(hash) >>> 32) * slots >>> 32);
    }

    /**
     * Returns the purges that may have these ids.
     *
     * @param sessionId the session
     * @param eventId the id of its {@code session_purged}
     * @return empty if there is no such purge; otherwise that purge, and possibly others with the same hash
     */
    public List<Entry> find(String sessionId, String eventId) {
        int hashed = hashOf(sessionId, eventId);
        int known = last; // read before the arrays, which then contain at least these entries
        int[] table = slots;
        Chunk[] all = chunks;
        List<Entry> found = List.of();
        int at = firstSlot(hashed, table.length);
        for (int number = table[at]; number != 0; number = table[at]) {
            Chunk chunk = number <= known ? all[number - 1 >>> CHUNK_BITS] : null;
            int index = number - 1 & CHUNK - 1;
            if (chunk != null && chunk.hashes[index] == hashed) {
                found = found.isEmpty() ? new ArrayList<>(1) : found;
                found.add(chunk.entry(index));
            }
            at = at + 1 == table.length ? 0 : at + 1;
        }
        return found;
    }

    /**
     * Returns the purge at a position.
     *
     * @param position the position of a {@code session_purged}
     * @return the purge, or null if there is none
     */
    public @Nullable Entry at(long position) {
        int known = last;
        Chunk[] all = chunks;
        for (int c = firstChunk(all, position); c < all.length; c++) {
            Chunk chunk = all[c];
            if (chunk.lowest <= position) {
                for (int i = 0; i < countIn(c, chunk, known); i++) {
                    if (chunk.positions[i] == position) {
                        return chunk.entry(i);
                    }
                }
            }
        }
        return null;
    }

    /**
     * Returns the purges that may belong to a session.
     *
     * @param sessionId the session
     * @param after only purges after this position are returned
     * @return the session's purges, and possibly others with the same hash, in no order
     */
    public List<Entry> ofSession(String sessionId, long after) {
        int wanted = (int) (hash.applyAsLong(sessionId) >>> 48);
        int known = last;
        Chunk[] all = chunks;
        List<Entry> found = new ArrayList<>(1);
        for (int c = firstChunk(all, after + 1); c < all.length; c++) {
            Chunk chunk = all[c];
            for (int i = 0; i < countIn(c, chunk, known); i++) {
                if (chunk.hashes[i] >>> 16 == wanted && chunk.positions[i] > after) {
                    found.add(chunk.entry(i));
                }
            }
        }
        return found;
    }

    /**
     * Returns the first chunk that may contain this position or a higher one. Purges are added nearly in position
     * order.
     */
    private static int firstChunk(Chunk[] all, long position) {
        int low = 0;
        int high = all.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (all[middle].highest < position) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private static int countIn(int number, Chunk chunk, int known) {
        return Math.min(chunk.count, known - (number << CHUNK_BITS));
    }

    /**
     * Returns the positions of all purges.
     *
     * @return the positions, in the order in which they were added
     */
    public PrimitiveIterator.OfLong positions() {
        int known = last;
        Chunk[] all = chunks;
        return new PrimitiveIterator.OfLong() {
            private int chunk;
            private int index;

            @Override
            public boolean hasNext() {
                while (chunk < all.length && index >= countIn(chunk, all[chunk], known)) {
                    chunk++;
                    index = 0;
                }
                return chunk < all.length;
            }

            @Override
            public long nextLong() {
                if (!hasNext()) {
                    throw new NoSuchElementException();
                }
                return all[chunk].positions[index++];
            }
        };
    }

    /**
     * Returns the heap size of the table.
     *
     * @return the size of its arrays and chunks, in bytes
     */
    public synchronized long heapBytes() {
        long chunk = CHUNK_OBJECT + 3 * ARRAY_HEADER + (long) CHUNK * (Long.BYTES + 2 * Integer.BYTES);
        return ARRAY_HEADER
                + (long) Integer.BYTES * slots.length
                + ARRAY_HEADER
                + (long) Long.BYTES * chunks.length
                + chunk * chunks.length;
    }
}
