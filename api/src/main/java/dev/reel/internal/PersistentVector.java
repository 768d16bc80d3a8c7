package dev.reel.internal;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.AbstractList;
import java.util.Arrays;
import java.util.Objects;
import java.util.RandomAccess;

/**
 * An immutable list whose versions share their common parts: a log, or the rows of a table, that many readers hold at
 * different lengths while one writer continues.
 *
 * <p><b>Shape.</b> A radix trie with leaves of 32 elements, and a tail that collects the next leaf (the bit-partitioned
 * vector of Bagwell and Hickey). {@link #get}, {@link #set} and {@link #take} cost O(log32 n).
 *
 * <p><b>Appending without copying.</b> All versions that grew from each other share the tail's array, and each version
 * reads only the elements below its own size. The first version that appends at a place claims the place in the tail.
 * Another version that appends at the same place (a branch: a fork, or a list that was cut and continued) finds it
 * claimed and copies the tail. So the common case, one writer that appends, costs one store and one small object.
 *
 * <p><b>Threads.</b> Any thread may read a version or append to it. An element is stored before the version that shows
 * it is constructed, and that version reaches it only through final fields. So a thread that sees the version sees the
 * element, however the version was published.
 *
 * <p><b>Retention.</b> {@link #take} copies the boundary, so a prefix keeps no later element alive, even if a version
 * that continues from the prefix is longer.
 *
 * @param <T> the elements
 */
public final class PersistentVector<T> extends AbstractList<T> implements RandomAccess {

    private static final int BITS = 5;
    private static final int WIDTH = 1 << BITS;
    private static final int MASK = WIDTH - 1;
    private static final int FIRST_TAIL = 4;
    private static final Object[] NO_NODE = {};
    private static final PersistentVector<?> EMPTY = new PersistentVector<>(0, BITS, NO_NODE, new Tail(0, 0));

    private final int size;
    /** The level of the root: its children are leaves if this is {@link #BITS}. */
    private final int shift;

    private final Object[] root;
    private final Tail tail;

    private PersistentVector(int size, int shift, Object[] root, Tail tail) {
        this.size = size;
        this.shift = shift;
        this.root = root;
        this.tail = tail;
    }

    /**
     * Returns the empty list.
     *
     * @param <T> the elements
     * @return the empty list
     */
    @SuppressWarnings("unchecked") // it holds no element that could be of the wrong type
    public static <T> PersistentVector<T> empty() {
        return (PersistentVector<T>) EMPTY;
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    @SuppressWarnings("unchecked") // only T is ever stored
    public T get(int index) {
        return (T) leafOf(index)[index & MASK];
    }

    /**
     * Returns the array that contains the element at an index, at place {@code index & 31}; for loops over many
     * elements. Elements of the array at or after {@link #size()} belong to other versions. The array must not be
     * written.
     *
     * @param index from 0, below {@link #size()}
     * @return the leaf
     * @throws IndexOutOfBoundsException if there is no such element
     */
    public Object[] leafOf(int index) {
        Objects.checkIndex(index, size);
        if (index >= tailStart()) {
            return tail.items;
        }
        Object[] node = root;
        for (int level = shift; level > 0; level -= BITS) {
            node = (Object[]) node[(index >>> level) & MASK];
        }
        return node;
    }

    /**
     * Returns this list with one more element.
     *
     * @param element the element
     * @return the longer list
     */
    public PersistentVector<T> append(T element) {
        int used = size - tailStart();
        if (used == WIDTH) {
            return appendAfterFullTail(element);
        }
        Tail place = tail;
        if (!tail.claim(used)) {
            place = tail.copy(used, Math.min(WIDTH, Math.max(FIRST_TAIL, used * 2)));
            place.claim(used);
        }
        place.items[used] = element;
        return new PersistentVector<>(size + 1, shift, root, place);
    }

    /**
     * Returns this list with another element at one index.
     *
     * @param index from 0, below {@link #size()}
     * @param element the new element
     * @return the changed list
     * @throws IndexOutOfBoundsException if there is no such element
     */
    public PersistentVector<T> with(int index, T element) {
        Objects.checkIndex(index, size);
        int start = tailStart();
        if (index < start) {
            return new PersistentVector<>(size, shift, replaced(root, shift, index, element), tail);
        }
        Tail copy = tail.copy(size - start, tail.items.length);
        copy.items[index & MASK] = element;
        return new PersistentVector<>(size, shift, root, copy);
    }

    /**
     * Returns the first elements of this list.
     *
     * @param count the number of elements, from 0 to {@link #size()}
     * @return the prefix; it keeps no later element alive
     * @throws IndexOutOfBoundsException if there are fewer elements
     */
    public PersistentVector<T> take(int count) {
        Objects.checkFromToIndex(0, count, size);
        if (count == 0) {
            return empty();
        }
        int start = (count - 1) & ~MASK;
        int used = count - start;
        // The copy has no free places, so no version that continues from here writes into it.
        Tail end = new Tail(used, used);
        System.arraycopy(leafOf(start), 0, end.items, 0, used);
        if (count == size) {
            return new PersistentVector<>(count, shift, root, end);
        }
        if (start == 0) {
            return new PersistentVector<>(count, BITS, NO_NODE, end);
        }
        Object[] kept = trimmed(root, shift, start);
        int level = shift;
        while (level > BITS && start <= 1 << level) {
            kept = (Object[]) kept[0];
            level -= BITS;
        }
        return new PersistentVector<>(count, level, kept, end);
    }

    private int tailStart() {
        return size == 0 ? 0 : (size - 1) & ~MASK;
    }

    /** Moves the full tail into the trie, and begins the next tail with the element. */
    private PersistentVector<T> appendAfterFullTail(T element) {
        int start = tailStart();
        boolean full = start >>> BITS == 1 << shift;
        Object[] grown = full ? new Object[] {root} : root;
        int level = full ? shift + BITS : shift;
        Tail next = new Tail(WIDTH, 1);
        next.items[0] = element;
        return new PersistentVector<>(size + 1, level, inserted(grown, level, start, tail.items), next);
    }

    private static Object[] inserted(Object[] node, int level, int index, Object[] leaf) {
        int place = (index >>> level) & MASK;
        Object[] copy = Arrays.copyOf(node, Math.max(node.length, place + 1));
        copy[place] = level == BITS
                ? leaf
                : inserted(place < node.length ? (Object[]) node[place] : NO_NODE, level - BITS, index, leaf);
        return copy;
    }

    private static Object[] replaced(Object[] node, int level, int index, Object element) {
        Object[] copy = node.clone();
        int place = (index >>> level) & MASK;
        copy[place] = level == 0 ? element : replaced((Object[]) node[place], level - BITS, index, element);
        return copy;
    }

    private static Object[] trimmed(Object[] node, int level, int count) {
        int last = ((count - 1) >>> level) & MASK;
        Object[] copy = Arrays.copyOf(node, last + 1);
        if (level > BITS) {
            copy[last] = trimmed((Object[]) node[last], level - BITS, count);
        }
        return copy;
    }

    /** The leaf that is being filled: an array that versions share, and the number of places that are claimed. */
    private static final class Tail {

        private static final VarHandle CLAIMED;

        static {
            try {
                CLAIMED = MethodHandles.lookup().findVarHandle(Tail.class, "claimed", int.class);
            } catch (ReflectiveOperationException e) {
                throw new ExceptionInInitializerError(e);
            }
        }

        final Object[] items;

        @SuppressWarnings("UnusedVariable") // read through CLAIMED
        private volatile int claimed;

        Tail(int capacity, int claimed) {
            this.items = new Object[capacity];
            this.claimed = claimed;
        }

        /** Claims a place if it is in the array and not yet claimed: at most one version ever succeeds. */
        boolean claim(int place) {
            return place < items.length && CLAIMED.compareAndSet(this, place, place + 1);
        }

        Tail copy(int used, int capacity) {
            Tail copy = new Tail(capacity, used);
            System.arraycopy(items, 0, copy.items, 0, used);
            return copy;
        }
    }
}
