package dev.reel.jsonl;

import dev.reel.internal.KeyedHash;
import dev.reel.internal.PersistentVector;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.function.IntPredicate;

/**
 * An index from keys to places in a list, for lists that have many live versions ({@link PersistentVector}).
 *
 * <p><b>Idea.</b> The table stores no keys, only pairs of a key's hash and a place at which an element with that hash
 * was once put. Nothing is ever removed. So an entry is only a hint, and the caller checks it against its version of
 * the list: does the place exist there, and does it have the key? A hint from another branch, or of an element that was
 * cut off, fails this check and costs one comparison. If every element's place was noted, no look-up misses an element.
 * So all versions of a list, including forks, can share one table. It costs at most 16 bytes per entry and keeps no
 * element reachable.
 *
 * <p><b>Threads.</b> {@link #note} may be called from any thread; it locks out other writers for a few instructions.
 * {@link #find} is lock-free. It sees every hint that was noted before the look-up. It may miss a concurrent one, which
 * belongs to a version that the caller does not have yet.
 */
final class HintTable {

    /** The result of {@link #find} if there is no such place. */
    static final int NONE = -1;

    private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(long[].class);
    private static final int FIRST_SIZE = 8;

    /**
     * Open addressing with linear probing; the length is a power of two. 0 is free; otherwise the high half is the
     * hash, and the low half is the place + 1.
     */
    private volatile long[] slots = new long[FIRST_SIZE];

    private int used;

    /** Creates a table without hints. */
    HintTable() {}

    /**
     * Returns the hash of an id. The hash uses a secret key of the process, so that a client cannot choose ids that
     * collide.
     *
     * @param id the id
     * @return its hash; it differs from process to process
     */
    static int hash(String id) {
        return KeyedHash.of(id);
    }

    /**
     * Notes that an element with that hash is at the place.
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
     * Returns the place of a key.
     *
     * @param hash the hash of the key
     * @param holds returns whether the caller's version has the key at a place
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
     * Notes all hints of another table.
     *
     * @param other the other table; it must not receive hints from this one at the same time
     */
    void noteAll(HintTable other) {
        for (long entry : other.slots) {
            if (entry != 0) {
                note((int) (entry >>> 32), (int) entry - 1);
            }
        }
    }

    /**
     * Returns a separate table with the same hints.
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
