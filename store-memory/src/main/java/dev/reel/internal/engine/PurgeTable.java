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
 * Finds the {@code session_purged} of each purge without holding it. Per purge the table has its position, its place (a
 * number that the owner chooses, for example a file offset), and 32 bits of a hash of session id and event id. A hash can
 * match by chance, so the owner reads each entry that the table returns, and compares the ids.
 *
 * <p><b>Memory.</b> At most 24 bytes per purge and 8 KB in all: 8 for the position, 4 for the place, 4 for the hash, at
 * most 6.3 in the hash table, which is at least 64 % full, and less than 1 for the chunks. Entries are kept in chunks of
 * {@value #CHUNK}, so the table has no spare room that grows with it.
 *
 * <p><b>Threads.</b> Entries are added under a lock that is held for memory work only. Look-ups take no lock: they find
 * each entry whose addition happened before them.
 *
 * <p>Not for users: stores are built on it.
 */
public final class PurgeTable {

    private static final int CHUNK_BITS = 8;
    private static final int CHUNK = 1 << CHUNK_BITS;
    private static final int FEWEST_SLOTS = 16;

    /** What an array takes beside its elements. */
    private static final int ARRAY_HEADER = 16;

    private static final int CHUNK_OBJECT = 64;

    /**
     * A purge.
     *
     * @param position the position of its {@code session_purged}
     * @param place the place that was given with it
     */
    public record Entry(long position, long place) {}

    /** Consecutive entries, in the order in which they were added. */
    private static final class Chunk {

        private final long[] positions = new long[CHUNK];
        /** Counted from the first place. */
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
    /** Open addressing: the numbers of entries, from 1; 0 where the slot is free. */
    private volatile int[] slots = new int[FEWEST_SLOTS];

    private int size;
    /** The number of the last entry. What has a higher one is being added. */
    private volatile int last;

    /** An empty table, whose hashes nobody can foresee. */
    public PurgeTable() {
        this(seeded(new SplittableRandom().nextLong()));
    }

    /**
     * An empty table.
     *
     * @param hash the hash of an id
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

    /** The upper 16 bits are those of the session alone. */
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
     * @param position the position of that
     * @param place where the owner finds it
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
        last = number; // after all else: look-ups pass over higher numbers
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
     * The purges that may be the one with these ids.
     *
     * @param sessionId the session
     * @param eventId the id of its {@code session_purged}
     * @return none if there is no such purge; else that, and maybe others
     */
    public List<Entry> find(String sessionId, String eventId) {
        int hashed = hashOf(sessionId, eventId);
        int known = last; // before the arrays, which have at least these
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
     * The purge that has a position.
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
     * The purges that may be of a session.
     *
     * @param sessionId the session
     * @param after the position behind which they are
     * @return those of the session, and maybe others, in no order
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

    /** The first chunk that may have this position or a higher one; purges come nearly in the order of positions. */
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
     * The positions of all purges.
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
     * What the table takes of the heap.
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
