package dev.reel.jsonl;

import java.util.Arrays;

/**
 * The offsets of a file's lines: an immutable list of longs, whose versions share their arrays, at 8 bytes per element.
 * One thread at a time may extend it, and only the longest version. A thread that sees a version sees its elements.
 */
final class Offsets {

    private static final int CHUNK = 1_024;

    static final Offsets NONE = new Offsets(new long[0][], 0);

    private final long[][] chunks;
    private final int size;

    private Offsets(long[][] chunks, int size) {
        this.chunks = chunks;
        this.size = size;
    }

    int size() {
        return size;
    }

    long get(int index) {
        return chunks[index / CHUNK][index % CHUNK];
    }

    /** Returns a list with the first {@code count} of {@code more} appended. */
    Offsets plus(long[] more, int count) {
        long[][] grown = Arrays.copyOf(chunks, (int) ((size + (long) count + CHUNK - 1) / CHUNK));
        for (int i = 0; i < count; i++) {
            int index = size + i;
            int chunk = index / CHUNK;
            int at = index % CHUNK;
            if (grown[chunk] == null) {
                grown[chunk] = new long[Math.min(CHUNK, count - i)];
            } else if (at == grown[chunk].length) {
                grown[chunk] = Arrays.copyOf(grown[chunk], Math.min(CHUNK, Math.max(2 * at, at + count - i)));
            }
            grown[chunk][at] = more[i];
        }
        return new Offsets(grown, size + count);
    }

    /** Returns the first elements. Elements that are appended to the result never overwrite those of this list. */
    Offsets take(int count) {
        long[][] kept = Arrays.copyOf(chunks, (count + CHUNK - 1) / CHUNK);
        if (count % CHUNK != 0) {
            kept[kept.length - 1] = Arrays.copyOf(kept[kept.length - 1], count % CHUNK);
        }
        return new Offsets(kept, count);
    }
}
