package dev.reel.jsonl;

import java.util.Arrays;

/**
 * Where the lines of a file begin: an immutable list of longs whose versions share their arrays, 8 bytes an element. It
 * is grown by one thread at a time, and only the longest version is; whoever sees a version sees its elements.
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

    /** With {@code count} of {@code more} behind it. */
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

    /** The first of them; what is put behind those never meets what stands behind these. */
    Offsets take(int count) {
        long[][] kept = Arrays.copyOf(chunks, (count + CHUNK - 1) / CHUNK);
        if (count % CHUNK != 0) {
            kept[kept.length - 1] = Arrays.copyOf(kept[kept.length - 1], count % CHUNK);
        }
        return new Offsets(kept, count);
    }
}
