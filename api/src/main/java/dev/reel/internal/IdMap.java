package dev.reel.internal;

import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;

/**
 * An immutable map from ids to places in a list. Versions share their structure, so each state and each fork has the
 * index of exactly its own ids, and keeps no other id alive.
 *
 * <p><b>Shape.</b> A trie with nodes of at most 16 slots; a slot holds an entry or a further node. {@link #find} and
 * {@link #with} cost O(log16 n).
 *
 * <p><b>Hostile ids.</b> Clients choose ids, and can choose them so that their {@link String#hashCode} is the same. The
 * first 8 levels use {@code hashCode}, which is free; the levels below use a keyed hash (SipHash-1-3) whose key is random
 * and secret to the process. So ids with one {@code hashCode} form an ordinary trie below level 8.
 */
public final class IdMap {

    /** What {@link #find} returns if the map does not have the id. */
    public static final int NONE = -1;

    private static final int BITS = 4;
    private static final int MASK = (1 << BITS) - 1;
    private static final int HASH_LEVELS = Integer.SIZE / BITS;
    private static final int KEYED_LEVELS = Long.SIZE / BITS;
    private static final long KEY_0;
    private static final long KEY_1;

    static {
        SecureRandom random = new SecureRandom();
        KEY_0 = random.nextLong();
        KEY_1 = random.nextLong();
    }

    private static final IdMap EMPTY = new IdMap(new Node(0));

    private final Node root;

    private IdMap(Node root) {
        this.root = root;
    }

    private record Entry(String id, int place) {}

    /** Its slots are those whose bit is set, in order; each an {@link Entry} or a {@link Node}. */
    private static final class Node {

        final int bits;
        final Object[] slots;

        Node(int bits, Object... slots) {
            this.bits = bits;
            this.slots = slots;
        }

        int index(int bit) {
            return Integer.bitCount(bits & (bit - 1));
        }

        Node with(Entry entry, int level) {
            int bit = 1 << slice(entry.id, level);
            int index = index(bit);
            if ((bits & bit) == 0) {
                Object[] longer = new Object[slots.length + 1];
                System.arraycopy(slots, 0, longer, 0, index);
                longer[index] = entry;
                System.arraycopy(slots, index, longer, index + 1, slots.length - index);
                return new Node(bits | bit, longer);
            }
            Object old = slots[index];
            Object[] changed = slots.clone();
            if (old instanceof Node node) {
                changed[index] = node.with(entry, level + 1);
            } else {
                Entry other = (Entry) old;
                changed[index] = other.id.equals(entry.id) ? entry : of(other, entry, level + 1);
            }
            return new Node(bits, changed);
        }

        /** A node for two entries with different ids. Ends, since each 16 levels use a further keyed hash. */
        private static Node of(Entry one, Entry other, int level) {
            int oneSlice = slice(one.id, level);
            int otherSlice = slice(other.id, level);
            if (oneSlice == otherSlice) {
                return new Node(1 << oneSlice, of(one, other, level + 1));
            }
            int both = 1 << oneSlice | 1 << otherSlice;
            return oneSlice < otherSlice ? new Node(both, one, other) : new Node(both, other, one);
        }
    }

    /**
     * The map of no ids.
     *
     * @return the empty map
     */
    public static IdMap empty() {
        return EMPTY;
    }

    /**
     * The place of an id.
     *
     * @param id the id
     * @return the place, or {@link #NONE}
     */
    public int find(String id) {
        Node node = root;
        for (int level = 0; ; level++) {
            Object slot = slot(node, id, level);
            if (slot instanceof Node next) {
                node = next;
            } else {
                return slot instanceof Entry entry && entry.id.equals(id) ? entry.place : NONE;
            }
        }
    }

    /**
     * This map with one id more, or with another place for it.
     *
     * @param id the id
     * @param place the place, 0 or more
     * @return the new map
     */
    public IdMap with(String id, int place) {
        return new IdMap(root.with(new Entry(id, place), 0));
    }

    /** How many nodes {@link #find} visits for the id: what a look-up costs. */
    int steps(String id) {
        Node node = root;
        for (int level = 0; ; level++) {
            Object slot = slot(node, id, level);
            if (slot instanceof Node next) {
                node = next;
            } else {
                return level + 1;
            }
        }
    }

    private static @Nullable Object slot(Node node, String id, int level) {
        int bit = 1 << slice(id, level);
        return (node.bits & bit) == 0 ? null : node.slots[node.index(bit)];
    }

    /** The slot of an id in a node of that level. */
    private static int slice(String id, int level) {
        if (level < HASH_LEVELS) {
            int hash = id.hashCode() * 0x9E3779B9; // its bits differ mostly at the low end; these come last
            return hash >>> Integer.SIZE - BITS - BITS * level & MASK;
        }
        int round = (level - HASH_LEVELS) / KEYED_LEVELS;
        int shift = BITS * ((level - HASH_LEVELS) % KEYED_LEVELS);
        return (int) (keyed(id, round) >>> shift) & MASK;
    }

    /**
     * SipHash-1-3 of the characters of an id, under the key of this process: what strangers can't make collide.
     *
     * @param id the id
     * @param round which of the hashes: each round has its own
     * @return 64 bits; they differ from process to process
     */
    public static long keyed(String id, int round) {
        Sip sip = new Sip(KEY_0 + round, KEY_1);
        int length = id.length();
        long word = 0;
        for (int i = 0; i < length; i++) {
            word |= (long) id.charAt(i) << Character.SIZE * (i & 3);
            if ((i & 3) == 3) {
                sip.add(word);
                word = 0;
            }
        }
        return sip.end(word | (long) length << 48);
    }

    private static final class Sip {

        private long v0;
        private long v1;
        private long v2;
        private long v3;

        Sip(long k0, long k1) {
            v0 = k0 ^ 0x736f6d6570736575L;
            v1 = k1 ^ 0x646f72616e646f6dL;
            v2 = k0 ^ 0x6c7967656e657261L;
            v3 = k1 ^ 0x7465646279746573L;
        }

        void add(long word) {
            v3 ^= word;
            round();
            v0 ^= word;
        }

        long end(long last) {
            add(last);
            v2 ^= 0xff;
            round();
            round();
            round();
            return v0 ^ v1 ^ v2 ^ v3;
        }

        private void round() {
            v0 += v1;
            v1 = Long.rotateLeft(v1, 13) ^ v0;
            v0 = Long.rotateLeft(v0, 32);
            v2 += v3;
            v3 = Long.rotateLeft(v3, 16) ^ v2;
            v0 += v3;
            v3 = Long.rotateLeft(v3, 21) ^ v0;
            v2 += v1;
            v1 = Long.rotateLeft(v1, 17) ^ v2;
            v2 = Long.rotateLeft(v2, 32);
        }
    }
}
