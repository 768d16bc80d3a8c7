package dev.reel.jsonl;

import dev.reel.internal.KeyedHash;
import dev.reel.internal.PersistentVector;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.function.IntPredicate;

/**
 * An index from keys to places in a list, for lists of which many versions live at once ({@link PersistentVector}).
 *
 * <p><b>Idea.</b> The table keeps no keys, only pairs of a key's hash and a place where an element of that hash was
 * once put; nothing is ever removed. So an entry is a hint, and who looks one up holds the hint against the version of
 * the list in hand: does that place exist there, and does it hold that key? A hint left by a branch, or by an element
 * that was cut, fails that test and costs a comparison. As long as every element's place was noted, no look-up misses
 * one. That lets all versions of a list, forks too, share one table, costs 16 bytes an entry at most, and keeps no byte
 * of an element alive.
 *
 * <p><b>Threads.</b> {@link #note} may be called from any thread; it excludes other writers for the few instructions
 * that it takes. {@link #find} takes no lock. It sees every hint whose noting happened before the look-up; a concurrent
 * one it may miss, and that one belongs to a version that the caller does not hold yet.
 */
final class HintTable {

    /** What {@link #find} gives when there is no such place. */
    static final int NONE = -1;

    private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(long[].class);
    private static final int FIRST_SIZE = 8;

    /** Open addressing, linear probing, a power of two long; 0 is free, else hash in the high half, place + 1 in the low. */
    private volatile long[] slots = new long[FIRST_SIZE];

    private int used;

    /** A table without hints. */
    HintTable() {}

    /**
     * The hash of an id. It is keyed with a secret of the process, so that a client can't choose ids that collide.
     *
     * @param id the id
     * @return its hash; it differs from process to process
     */
    static int hash(String id) {
        return KeyedHash.of(id);
    }

    /**
     * Notes that an element of that hash stands at the place.
     *
     * @param hash the hash of its key
     * @param place the place, 0 or more
     */
    synchronized void note(int hash, int place) {
        if ((used + 1) * 4L > slots.length * 3L) {
            grow();
        }
        if (put(slots, entry(hash, place))) {
            used++;
        }
    }

    /**
     * The place of a key.
     *
     * @param hash the hash of the key
     * @param holds tells of a place whether the version in hand has the key there
     * @return the place, or {@link #NONE}
     */
    int find(int hash, IntPredicate holds) {
        long[] table = slots;
        int mask = table.length - 1;
        for (int i = spread(hash) & mask; ; i = (i + 1) & mask) {
            long slot = (long) SLOT.getAcquire(table, i);
            if (slot == 0) {
                return NONE;
            }
            if ((int) (slot >>> 32) == hash && holds.test((int) slot - 1)) {
                return (int) slot - 1;
            }
        }
    }

    /**
     * Notes all that another table holds.
     *
     * @param other the other table; not one that takes hints from this one at the same time
     */
    void noteAll(HintTable other) {
        for (long entry : other.slots) {
            if (entry != 0) {
                note((int) (entry >>> 32), (int) entry - 1);
            }
        }
    }

    /**
     * A table of its own with the same hints.
     *
     * @return the copy
     */
    synchronized HintTable copy() {
        HintTable copy = new HintTable();
        copy.slots = slots.clone();
        copy.used = used;
        return copy;
    }

    private void grow() {
        long[] old = slots;
        long[] next = new long[old.length * 2];
        for (long entry : old) {
            if (entry != 0) {
                put(next, entry);
            }
        }
        slots = next;
    }

    private static long entry(int hash, int place) {
        return (long) hash << 32 | (place + 1) & 0xFFFF_FFFFL;
    }

    private static boolean put(long[] table, long entry) {
        int mask = table.length - 1;
        for (int i = spread((int) (entry >>> 32)) & mask; ; i = (i + 1) & mask) {
            long slot = table[i];
            if (slot == entry) {
                return false;
            }
            if (slot == 0) {
                SLOT.setRelease(table, i, entry);
                return true;
            }
        }
    }

    private static int spread(int hash) {
        int mixed = hash * 0x9E3779B9;
        return mixed ^ mixed >>> 16;
    }
}
