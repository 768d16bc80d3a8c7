package dev.reel.internal;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An immutable index from the ids of a list to their places, for lists of which many versions are in use at once
 * ({@link PersistentVector}). Each version of the list has its own index; the versions share tables.
 *
 * <pre>{@code
 * IdPlaces index = IdPlaces.empty().append("a", rows);
 * int place = index.find("a", longer); // 0; `longer` is the list that the index belongs to, with "a" at place 0
 * }</pre>
 *
 * <p><b>Hints.</b> A table contains no ids, only hints: pairs of the {@link KeyedHash} of an id and a place. A hint is
 * valid only if the list has that id at that place. So an index keeps no id alive, and a hint of another version costs
 * at most one comparison.
 *
 * <p><b>Shape.</b> The places are divided into blocks of {@value #LEAF}. Each full block has a table with exactly its
 * own hints, which never changes. {@value #FAN_OUT} tables are merged into one of the next size, up to {@value
 * #LARGEST} places. The places after the last full block have a table that is shared by the versions that grew from
 * each other: {@link Recent}.
 *
 * <p><b>Costs.</b> For n ids: {@link #append} is amortized O(log n); one call may merge up to {@value #LARGEST} hints.
 * {@link #find} reads O(log n) tables, and one more per {@value #LARGEST} ids. {@link #take} copies the hints of the
 * one table in which the list is cut, at most {@value #LARGEST}; none at the end of the list. A hint costs 11 bytes.
 * Invalid hints are only in the recent table, which holds at most {@value Recent#MOST} hints, so no sequence of puts,
 * cuts and branches makes a look-up slow.
 *
 * <p><b>Threads.</b> Any thread may read a version or append to it.
 */
public final class IdPlaces {

    /** The result of {@link #find} if the list does not have the id. */
    public static final int NONE = -1;

    /** The number of places in a leaf block. */
    static final int LEAF = 1 << 8;
    /** The number of blocks that are merged into one. */
    static final int FAN_OUT = 1 << 3;
    /** The number of places in the largest blocks. */
    static final int LARGEST = LEAF * FAN_OUT * FAN_OUT * FAN_OUT;

    /** The number of bits in a filter, per place of its block. */
    private static final int FILTER_BITS = 8;

    private static final Block[] NO_BLOCKS = {};
    private static final IdPlaces EMPTY = new IdPlaces(0, NO_BLOCKS, null);

    private final int size;
    /** The blocks that cover all places up to the last full leaf, in order. */
    private final Block[] blocks;
    /** The hints of the places after the blocks; null if there are none. */
    private final @Nullable Recent recent;

    /** The ids of a list. */
    @FunctionalInterface
    public interface Ids {

        /**
         * Returns the id of an element.
         *
         * @param place its place, 0 or more, below the size of the index
         * @return the id
         */
        String id(int place);
    }

    private IdPlaces(int size, Block[] blocks, @Nullable Recent recent) {
        this.size = size;
        this.blocks = blocks;
        this.recent = recent;
    }

    /**
     * Returns the index of the empty list.
     *
     * @return the empty index
     */
    public static IdPlaces empty() {
        return EMPTY;
    }

    /**
     * Returns the size of the list.
     *
     * @return the number of places
     */
    public int size() {
        return size;
    }

    /**
     * Finds the last place of an id.
     *
     * @param id the id
     * @param ids the list to which this index belongs
     * @return the place, or {@link #NONE}
     */
    public int find(String id, Ids ids) {
        int hash = KeyedHash.of(id);
        if (recent != null) {
            int place = find(recent.slots, hash, id, ids);
            if (place != NONE) {
                return place;
            }
        }
        for (int i = blocks.length - 1; i >= 0; i--) {
            int place = blocks[i].mayHave(hash) ? find(blocks[i].slots, hash, id, ids) : NONE;
            if (place != NONE) {
                return place;
            }
        }
        return NONE;
    }

    private int find(long[] slots, int hash, String id, Ids ids) {
        int found = NONE;
        int i = Slots.home(slots, hash);
        for (long hint = Slots.get(slots, i); hint != 0; hint = Slots.get(slots, i)) {
            int place = Slots.place(hint);
            if (Slots.hash(hint) == hash
                    && place > found
                    && place < size
                    && ids.id(place).equals(id)) {
                found = place;
            }
            i = Slots.after(slots, i);
        }
        return found;
    }

    /**
     * Returns how many slots and filters {@link #find} reads for an id that the list does not have: the maximum cost of
     * a look-up. For tests.
     *
     * @param id the id
     * @return the number of reads
     */
    public int steps(String id) {
        int hash = KeyedHash.of(id);
        int steps = recent == null ? 0 : Slots.steps(recent.slots, hash);
        for (Block block : blocks) {
            steps += block.mayHave(hash) ? 1 + Slots.steps(block.slots, hash) : 1;
        }
        return steps;
    }

    /** The number of hints in the table of the last places. */
    int recentHints() {
        return recent == null ? 0 : recent.hints();
    }

    /**
     * Returns the index of the list with one more element.
     *
     * @param id the id of the element
     * @param ids the list to which this index belongs
     * @return the index of the longer list
     */
    public IdPlaces append(String id, Ids ids) {
        int hash = KeyedHash.of(id);
        Recent table = recent == null ? new Recent() : recent;
        if (!table.add(hash, size)) {
            table = Recent.of(ids, size - size % LEAF, size);
            table.add(hash, size);
        }
        int longer = size + 1;
        if (longer % LEAF != 0) {
            return new IdPlaces(longer, blocks, table);
        }
        long[] leaf = Slots.of(LEAF);
        if (!table.copyTo(leaf, LEAF)) {
            for (int place = longer - LEAF; place < size; place++) {
                Slots.add(leaf, Slots.hint(KeyedHash.of(ids.id(place)), place));
            }
            Slots.add(leaf, Slots.hint(hash, size));
        }
        return new IdPlaces(longer, plus(blocks, new Block(leaf, longer - LEAF, longer)), null);
    }

    /** Adds a block, then merges as many blocks as possible. */
    private static Block[] plus(Block[] blocks, Block last) {
        int kept = blocks.length;
        Block merged = last;
        while (merged.places() < LARGEST
                && kept >= FAN_OUT - 1
                && blocks[kept - FAN_OUT + 1].places() == merged.places()) {
            Block[] parts = Arrays.copyOfRange(blocks, kept - FAN_OUT + 1, kept + 1);
            parts[FAN_OUT - 1] = merged;
            merged = Block.merged(parts);
            kept -= FAN_OUT - 1;
        }
        Block[] result = Arrays.copyOf(blocks, kept + 1);
        result[kept] = merged;
        return result;
    }

    /**
     * Returns the index of the first elements of the list.
     *
     * @param count the number of elements, from 0 to the size
     * @return their index; it keeps no table of later places alive, except that of the block in which it ends
     */
    public IdPlaces take(int count) {
        Objects.checkFromToIndex(0, count, size);
        if (count == size) {
            return this;
        }
        int full = count - count % LEAF;
        if (full == size - size % LEAF) {
            return new IdPlaces(count, blocks, count == full ? null : recent);
        }
        int kept = 0;
        while (blocks[kept].end <= full) {
            kept++;
        }
        return cut(Arrays.copyOf(blocks, kept), blocks[kept], count);
    }

    /**
     * Returns the index of the places that have tables of the largest size, to be retained for long. Smaller tables are
     * merged sooner or later, and an old version that retains them keeps all of them alive on its own.
     *
     * @return the index of a prefix of the list; append the rest before using it
     */
    public IdPlaces largest() {
        int kept = 0;
        while (kept < blocks.length && blocks[kept].places() == LARGEST) {
            kept++;
        }
        return kept == 0 ? EMPTY : new IdPlaces(kept * LARGEST, Arrays.copyOf(blocks, kept), null);
    }

    /** The first blocks, and the places of the next block that are below the count, in new blocks. */
    private static IdPlaces cut(Block[] kept, Block last, int count) {
        int full = count - count % LEAF;
        long[][] leaves = new long[(full - last.start) / LEAF][];
        for (int i = 0; i < leaves.length; i++) {
            leaves[i] = Slots.of(LEAF);
        }
        Recent rest = new Recent();
        for (long hint : last.slots) {
            int place = Slots.place(hint);
            if (hint != 0 && place < full) {
                Slots.add(leaves[(place - last.start) / LEAF], hint);
            } else if (hint != 0 && place < count) {
                rest.add(Slots.hash(hint), place);
            }
        }
        Block[] blocks = kept;
        for (int i = 0; i < leaves.length; i++) {
            int start = last.start + i * LEAF;
            blocks = plus(blocks, new Block(leaves[i], start, start + LEAF));
        }
        return new IdPlaces(count, blocks, count == full ? null : rest);
    }

    /** The hints of a range of places: all of them, and no others. */
    private static final class Block {

        final long[] slots;
        /** One bit for each hash divided by 2^shift. Most missing ids are recognized by one read of little memory. */
        final long[] filter;

        final int shift;
        final int start;
        final int end;

        Block(long[] slots, int start, int end) {
            this.slots = slots;
            this.start = start;
            this.end = end;
            this.filter = new long[(end - start) * FILTER_BITS / Long.SIZE];
            this.shift = Integer.numberOfLeadingZeros((end - start) * FILTER_BITS - 1);
            for (long hint : slots) {
                if (hint != 0) {
                    int bit = Slots.hash(hint) >>> shift;
                    filter[bit >>> 6] |= 1L << bit;
                }
            }
        }

        boolean mayHave(int hash) {
            int bit = hash >>> shift;
            return (filter[bit >>> 6] & 1L << bit) != 0;
        }

        static Block merged(Block[] parts) {
            int start = parts[0].start;
            int end = parts[FAN_OUT - 1].end;
            long[] slots = Slots.of(end - start);
            for (Block part : parts) {
                for (long hint : part.slots) {
                    if (hint != 0) {
                        Slots.add(slots, hint);
                    }
                }
            }
            return new Block(slots, start, end);
        }

        int places() {
            return end - start;
        }
    }

    /**
     * The hints of the places after the last full block. The table is shared by one version and the versions that grew
     * from it, including branches and forks. One thread writes at a time, and reads take no lock: a thread that has a
     * version sees all its hints, because they were stored before the version was created. A hint that is added
     * meanwhile belongs to another version.
     *
     * <p>When the table of a version is full, the version gets a new table with only its own hints, which are less than
     * half as many.
     */
    private static final class Recent {

        /** The maximum number of hints in a table. */
        static final int MOST = 2 * LEAF;

        private static final int FIRST_SIZE = 8;

        private volatile long[] slots = new long[FIRST_SIZE];
        private int used;

        static Recent of(Ids ids, int from, int to) {
            Recent table = new Recent();
            for (int place = from; place < to; place++) {
                table.add(KeyedHash.of(ids.id(place)), place);
            }
            return table;
        }

        /** Adds a hint, unless the table is full. */
        synchronized boolean add(int hash, int place) {
            if (used == MOST) {
                return false;
            }
            long[] table = slots;
            if (used * 2 >= table.length) {
                long[] larger = new long[table.length * 2];
                for (long hint : table) {
                    if (hint != 0) {
                        Slots.add(larger, hint);
                    }
                }
                table = larger;
                slots = larger;
            }
            if (Slots.add(table, Slots.hint(hash, place))) {
                used++;
            }
            return true;
        }

        synchronized int hints() {
            return used;
        }

        /** Copies the hints if there are exactly this many: then each belongs to the version that has these places. */
        synchronized boolean copyTo(long[] leaf, int count) {
            if (used != count) {
                return false;
            }
            for (long hint : slots) {
                if (hint != 0) {
                    Slots.add(leaf, hint);
                }
            }
            return true;
        }
    }

    /**
     * A hash table of hints with open addressing and linear probing. 0 is a free slot; otherwise the high half is the
     * hash and the low half is place + 1.
     */
    private static final class Slots {

        private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(long[].class);

        /** An empty table that will be four fifths full with this many hints. */
        static long[] of(int count) {
            return new long[count + count / 4];
        }

        static long hint(int hash, int place) {
            return (long) hash << Integer.SIZE | place + 1L;
        }

        static int hash(long hint) {
            return (int) (hint >>> Integer.SIZE);
        }

        static int place(long hint) {
            return (int) hint - 1;
        }

        static long get(long[] slots, int index) {
            return (long) SLOT.getAcquire(slots, index);
        }

        /**
         * The slot at which the search for a hash begins. Slots are in the order of the hashes, so merging tables reads
         * memory sequentially.
         */
        static int home(long[] slots, int hash) {
            return (int) (Integer.toUnsignedLong(hash) * slots.length >>> Integer.SIZE);
        }

        static int after(long[] slots, int index) {
            return index + 1 == slots.length ? 0 : index + 1;
        }

        /** Returns whether the hint was not there before. */
        static boolean add(long[] slots, long hint) {
            int i = home(slots, hash(hint));
            while (slots[i] != 0) {
                if (slots[i] == hint) {
                    return false;
                }
                i = after(slots, i);
            }
            SLOT.setRelease(slots, i, hint);
            return true;
        }

        static int steps(long[] slots, int hash) {
            int steps = 1;
            for (int i = home(slots, hash); get(slots, i) != 0; i = after(slots, i)) {
                steps++;
            }
            return steps;
        }
    }
}
