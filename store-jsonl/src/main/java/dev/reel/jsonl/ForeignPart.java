package dev.reel.jsonl;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The foreign lines that a file begins with, and what of their events does not stand in them: positions, and ids that
 * are missing, malformed or taken. Immutable.
 */
final class ForeignPart {

    /**
     * Foreign events that got positions at one time. A file that ExAthena went on with has several.
     *
     * @param first the position of the first event that is in no block before; the others follow without gaps
     * @param events how many foreign events there were then, from the beginning of the file
     * @param bytes where the line of the last of them ended, without its line feed (which may come later)
     * @param crc CRC-32C of the file up to there
     */
    record Block(long first, long events, long bytes, int crc) {}

    private final String named;
    private final List<Block> blocks;
    private final long events;
    private final long bytes;
    private final int crc;

    /** By version; most events have one in their line. */
    private final Map<Long, String> ids;

    ForeignPart(String named, List<Block> blocks, long events, long bytes, int crc, Map<Long, String> ids) {
        this.named = named;
        this.blocks = List.copyOf(blocks);
        this.events = events;
        this.bytes = bytes;
        this.crc = crc;
        this.ids = ids;
    }

    static ForeignPart none(String named) {
        return new ForeignPart(named, List.of(), 0, 0, 0, Map.of());
    }

    /** The file name that ids are derived from: that of the file that ExAthena wrote. */
    String named() {
        return named;
    }

    /** In the order of the file. */
    List<Block> blocks() {
        return blocks;
    }

    long events() {
        return events;
    }

    /** Where the line of the last event ends, without its line feed. */
    long bytes() {
        return bytes;
    }

    /** CRC-32C of the file up to there. */
    int crc() {
        return crc;
    }

    /** How many events have no position yet. */
    long unplaced() {
        return events - placed();
    }

    /** The position of an event; 0 where it has none yet. */
    long position(long version) {
        long before = 0;
        for (Block block : blocks) {
            if (version <= block.events) {
                return block.first + version - before - 1;
            }
            before = block.events;
        }
        return 0;
    }

    /** The id of an event whose line has none, or one that is another's. */
    @Nullable
    String id(long version) {
        return ids.get(version);
    }

    /** With positions, from {@code first} on, for the events that have none. */
    ForeignPart placed(long first) {
        List<Block> more = new ArrayList<>(blocks);
        more.add(new Block(first, events, bytes, crc));
        return new ForeignPart(named, more, events, bytes, crc, ids);
    }

    /**
     * The first of its events, as another file begins with.
     *
     * @param prefix how many, at least one fewer than there are
     * @param end where the line of the last of them ends, or a place behind it in front of the next
     */
    ForeignPart take(long prefix, long end) {
        if (prefix == 0) {
            return none(named);
        }
        List<Block> kept = new ArrayList<>();
        for (Block block : blocks) {
            long before = kept.isEmpty() ? 0 : kept.get(kept.size() - 1).events;
            if (block.events <= prefix) {
                kept.add(block);
            } else if (before < prefix) {
                kept.add(new Block(block.first, prefix, end, 0));
            }
        }
        Map<Long, String> keptIds = new HashMap<>(ids);
        keptIds.keySet().removeIf(version -> version > prefix);
        return new ForeignPart(named, kept, prefix, end, 0, keptIds);
    }

    private long placed() {
        return blocks.isEmpty() ? 0 : blocks.get(blocks.size() - 1).events;
    }
}
