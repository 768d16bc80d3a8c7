package dev.reel.internal.engine;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * An immutable map from {@code long} to values, sorted by key. A change returns a new map that shares all but O(log n)
 * nodes with the old one, so a reader iterates over the version it started with, without a lock.
 *
 * <p>The structure is a height-balanced binary tree (AVL) whose paths are copied on change.
 *
 * @param <V> the values
 */
final class LongTree<V> {

    private static final LongTree<?> EMPTY = new LongTree<>(null);

    private final @Nullable Node<V> root;

    private LongTree(@Nullable Node<V> root) {
        this.root = root;
    }

    private static final class Node<V> {
        final long key;
        final V value;
        final @Nullable Node<V> left;
        final @Nullable Node<V> right;
        final int height;

        Node(long key, V value, @Nullable Node<V> left, @Nullable Node<V> right) {
            this.key = key;
            this.value = value;
            this.left = left;
            this.right = right;
            this.height = 1 + Math.max(heightOf(left), heightOf(right));
        }
    }

    @SuppressWarnings("unchecked") // the empty map holds no values
    static <V> LongTree<V> empty() {
        return (LongTree<V>) EMPTY;
    }

    /** The number of nodes on the longest path, for tests. */
    int height() {
        return heightOf(root);
    }

    @Nullable
    V get(long key) {
        Node<V> node = root;
        while (node != null && node.key != key) {
            node = key < node.key ? node.left : node.right;
        }
        return node == null ? null : node.value;
    }

    LongTree<V> with(long key, V value) {
        return new LongTree<>(put(root, key, value));
    }

    /** The same map if the key is absent. */
    LongTree<V> without(long key) {
        return get(key) == null ? this : new LongTree<>(remove(root, key));
    }

    /** The values in the order of their keys. */
    Iterator<V> ascending() {
        return new Walk<>(root, false);
    }

    /** The entries below a key, exclusive, the greatest first. The iterator starts in O(log n). */
    EntryIterator<V> descendingBelow(long key) {
        return new EntryIterator<>(root, key);
    }

    private static int heightOf(@Nullable Node<?> node) {
        return node == null ? 0 : node.height;
    }

    private static <V> Node<V> put(@Nullable Node<V> node, long key, V value) {
        if (node == null) {
            return new Node<>(key, value, null, null);
        }
        if (key == node.key) {
            return new Node<>(key, value, node.left, node.right);
        }
        return key < node.key
                ? balanced(node.key, node.value, put(node.left, key, value), node.right)
                : balanced(node.key, node.value, node.left, put(node.right, key, value));
    }

    private static <V> @Nullable Node<V> remove(@Nullable Node<V> node, long key) {
        if (node == null) {
            return null;
        }
        if (key < node.key) {
            return balanced(node.key, node.value, remove(node.left, key), node.right);
        }
        if (key > node.key) {
            return balanced(node.key, node.value, node.left, remove(node.right, key));
        }
        if (node.left == null) {
            return node.right;
        }
        if (node.right == null) {
            return node.left;
        }
        Node<V> next = node.right;
        while (next.left != null) {
            next = next.left;
        }
        return balanced(next.key, next.value, node.left, remove(node.right, next.key));
    }

    /** Returns a balanced node over two trees whose heights differ by at most 2. */
    private static <V> Node<V> balanced(long key, V value, @Nullable Node<V> left, @Nullable Node<V> right) {
        if (left != null && left.height > heightOf(right) + 1) {
            Node<V> inner = left.right;
            return inner == null || heightOf(left.left) >= inner.height
                    ? new Node<>(left.key, left.value, left.left, new Node<>(key, value, inner, right))
                    : new Node<>(
                            inner.key,
                            inner.value,
                            new Node<>(left.key, left.value, left.left, inner.left),
                            new Node<>(key, value, inner.right, right));
        }
        if (right != null && right.height > heightOf(left) + 1) {
            Node<V> inner = right.left;
            return inner == null || heightOf(right.right) >= inner.height
                    ? new Node<>(right.key, right.value, new Node<>(key, value, left, inner), right.right)
                    : new Node<>(
                            inner.key,
                            inner.value,
                            new Node<>(key, value, left, inner.left),
                            new Node<>(right.key, right.value, inner.right, right.right));
        }
        return new Node<>(key, value, left, right);
    }

    /** In-order iteration in either direction, with the path to the next node on a stack. */
    private static class Walk<V> implements Iterator<V> {

        private final Deque<Node<V>> path = new ArrayDeque<>();
        private final boolean descending;

        Walk(@Nullable Node<V> root, boolean descending) {
            this.descending = descending;
            descend(root);
        }

        final void descend(@Nullable Node<V> from) {
            for (Node<V> node = from; node != null; node = descending ? node.right : node.left) {
                path.push(node);
            }
        }

        final void push(Node<V> node) {
            path.push(node);
        }

        @Override
        public final boolean hasNext() {
            return !path.isEmpty();
        }

        /** The key of the element that {@link #next} returns. */
        final long nextKey() {
            return path.element().key;
        }

        @Override
        public final V next() {
            if (path.isEmpty()) {
                throw new NoSuchElementException();
            }
            Node<V> node = path.pop();
            descend(descending ? node.left : node.right);
            return node.value;
        }
    }

    /** Iterates over values, and returns the key of the next one. */
    static final class EntryIterator<V> extends Walk<V> {

        private EntryIterator(@Nullable Node<V> root, long below) {
            super(null, true);
            Node<V> node = root;
            while (node != null) {
                if (node.key < below) {
                    push(node);
                    node = node.right;
                } else {
                    node = node.left;
                }
            }
        }
    }
}
