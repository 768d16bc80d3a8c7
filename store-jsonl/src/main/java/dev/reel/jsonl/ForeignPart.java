package dev.reel.jsonl;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The foreign lines at the beginning of a file, and the properties of their events that the lines do not state:
 * positions, and the ids that are missing, malformed or already used. Immutable.
 */
final class ForeignPart {

    /**
     * Foreign events that got positions at the same time. A file to which ExAthena appended later has several blocks.
     *
     * @param first the position of the first event that is in no earlier block; the others follow without gaps
     * @param events how many foreign events the file had then, counted from its beginning
     * @param bytes the offset at which the line of the last of them ended, without its line feed (which may be written
     *     later)
     * @param crc the CRC-32C of the file up to that offset
     */
    record Block(long first, long events, long bytes, int crc) {}

    private final String named;
    private final List<Block> blocks;
    private final long events;
    private final long bytes;
    private final int crc;

    /** Ids by version, only for events whose line has none; most have one. */
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

    /** Returns the file name from which ids are derived: the name of the file that ExAthena wrote. */
    String named() {
        return named;
    }

    /** Returns the blocks in the order of the file. */
    List<Block> blocks() {
        return blocks;
    }

    long events() {
        return events;
    }

    /** Returns the offset at which the line of the last event ends, without its line feed. */
    long bytes() {
        return bytes;
    }

    /** Returns the CRC-32C of the file up to that offset. */
    int crc() {
        return crc;
    }

    /** Returns how many events have no position yet. */
    long unplaced() {
        return events - placed();
    }

    /** Returns the position of an event; 0 if it has none yet. */
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

    /** Returns the id of an event whose line has none, or one that another event uses. */
    @Nullable
    String id(long version) {
        return ids.get(version);
    }

    /** Returns a copy in which the events without positions have positions from {@code first} on. */
    ForeignPart placed(long first) {
        List<Block> more = new ArrayList<>(blocks);
        more.add(new Block(first, events, bytes, crc));
        return new ForeignPart(named, more, events, bytes, crc, ids);
    }

    /**
     * Returns the first of its events, for another file that begins with them.
     *
     * @param prefix the number of events, less than all
     * @param end the offset of the end of the last of these lines; blanks up to the next line may be included
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
