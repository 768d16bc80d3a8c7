package dev.reel.jsonl;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** A journal on a disk in memory, which fails as the test requires. */
final class JournalRig implements JournalWriter.Owner, AutoCloseable {

    static final Path DIRECTORY = Path.of("/root/.reel/journal");

    final MemoryDisk memory;
    final FaultyDisk disk;
    /** The reports, in their order. */
    final List<TestEntry> settled = new CopyOnWriteArrayList<>();
    /** After how many changes to the disk an entry was reported durable. */
    final Map<TestEntry, Integer> durableAt = new ConcurrentHashMap<>();

    final List<Long> reserved = new CopyOnWriteArrayList<>();
    volatile @Nullable IOException reserving;
    private @Nullable JournalWriter writer;

    JournalRig() {
        this(new MemoryDisk());
    }

    JournalRig(MemoryDisk memory) {
        this.memory = memory;
        this.disk = new FaultyDisk(memory);
    }

    static JournalWriter.Settings settings(Durability durability) {
        return new JournalWriter.Settings(durability, 64 << 20, 64 << 20);
    }

    static JournalWriter.Settings segmentsOf(long bytes) {
        return new JournalWriter.Settings(Durability.SYNC, bytes, 64 << 20);
    }

    JournalWriter begin() throws IOException {
        return begin(settings(Durability.SYNC));
    }

    /** Continues after the existing segments, as recovery does. */
    JournalWriter begin(JournalWriter.Settings settings) throws IOException {
        List<Segment> older;
        long next;
        try (JournalReader reader = new JournalReader(disk, DIRECTORY)) {
            while (reader.next() != null) {
                // to the end
            }
            for (JournalReader.TornEnd torn : reader.tornEnds()) {
                cut(disk, torn);
            }
            older = reader.segments();
            next = reader.nextNumber();
        }
        JournalWriter begun = new JournalWriter(disk, DIRECTORY, older, next, 0, settings, this);
        writer = begun;
        begun.start();
        return begun;
    }

    static void cut(Disk disk, JournalReader.TornEnd torn) throws IOException {
        if (torn.offset() == 0) {
            disk.delete(torn.file());
            disk.syncDirectory(DIRECTORY);
            return;
        }
        try (Disk.File file = disk.open(torn.file(), Disk.Mode.WRITE)) {
            file.truncate(torn.offset());
            file.sync();
        }
    }

    /** Adds entries and waits until each is reported. */
    void write(TestEntry... entries) throws Exception {
        for (TestEntry entry : entries) {
            Objects.requireNonNull(writer).add(entry);
        }
        for (TestEntry entry : entries) {
            entry.outcome();
        }
    }

    static List<Frame> read(Disk disk) throws IOException {
        List<Frame> frames = new ArrayList<>();
        try (JournalReader reader = new JournalReader(disk, DIRECTORY)) {
            for (Frame frame = reader.next(); frame != null; frame = reader.next()) {
                frames.add(frame);
            }
        }
        return frames;
    }

    List<Frame> frames() throws IOException {
        return read(memory.copy());
    }

    static JournalWriter.Settings every(Duration interval) {
        return settings(Durability.interval(interval));
    }

    @Override
    public void reserve(long upTo) throws IOException {
        IOException why = reserving;
        if (why != null) {
            throw why;
        }
        reserved.add(upTo);
    }

    /** Entries are added in the order of their positions here. */
    @Override
    public long settledUpTo(List<JournalEntry> entries) {
        return entries.isEmpty() ? 0 : entries.get(entries.size() - 1).lastPosition();
    }

    @Override
    public void settled(List<JournalEntry> entries) {
        int operations = memory.operations();
        for (JournalEntry entry : entries) {
            TestEntry one = (TestEntry) entry;
            if (one.error() == null) {
                durableAt.put(one, operations);
            }
            settled.add(one);
            one.tell();
        }
    }

    @Override
    public void close() {
        disk.heal();
        for (FaultyDisk.Call call : FaultyDisk.Call.values()) {
            disk.release(call);
        }
        if (writer != null) {
            writer.close();
        }
    }
}
