package dev.reel.jsonl;

import dev.reel.LogPlace;
import dev.reel.Session;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.DataOutputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The list of sessions. With it, opening a root with very many sessions reads one file and only looks at the metadata
 * of the others.
 *
 * <p><b>The catalogue is derived.</b> An entry records its source: the session's file with its size and modification
 * time. If the file no longer matches ({@link Entry#isOf}), the entry is in doubt and is derived from the file again. A
 * session file only grows, so an old entry cannot match a newer file.
 *
 * <p><b>The file</b> is a header of 8 bytes and a log of records. A record is the length of what follows the checksum
 * (4), the CRC-32C of the length and of that (4), the place of the session's previous record (8; 0 if there is none),
 * and the payload, which is one entry. The last entry of a session is the valid one. Appended records are not flushed:
 * what a crash loses is derived again. Records from the first invalid one on are ignored. Sessions with records there
 * have no entry, or an older one that does not match the file. When more than half of the file is old entries and
 * blanks, a new file is written, flushed, and moved over the old one.
 *
 * <p><b>Removal.</b> Old entries contain titles and metadata, and nothing of a purged session may remain. So all
 * records of a removed session are overwritten in place by blanks: records of the same length that keep the place of
 * the previous record and have a payload of zeros. This takes time in proportion to the session's records, and no disk
 * space. A crash during this leaves some of the records. The blanks keep the chain connected, so an old record that is
 * then valid still leads to the earlier ones; the later ones are blanks, or are ignored. The next removal writes blanks
 * again that were there at loading, because their flush may have failed. Ignored records are cut off.
 *
 * <p><b>Memory.</b> An entry is its payload, a small array, and the place of its record. Row and snapshot ids are
 * decoded on request.
 *
 * <p>Any thread may read {@link #entries()}. All other methods block and must be called by one thread at a time.
 */
final class Catalogue implements Closeable {

    private static final byte[] HEADER = "REELCAT4".getBytes(StandardCharsets.US_ASCII);
    private static final int FRAME = 8;
    /** The offset of the link in a record; the payload follows it. */
    private static final int LINK = FRAME;

    private static final int HEAD = LINK + Long.BYTES;

    /** A file smaller than this, in bytes, is not compacted. */
    private static final int SMALL = 256 << 10;

    private static final int BUFFER = 1 << 20;

    private final Disk disk;
    private final Path directory;
    private final Path path;
    /** The path of the new file during a compaction. */
    private final Path fresh;

    private final ConcurrentHashMap<String, Entry> entries = new ConcurrentHashMap<>();

    private Disk.@Nullable File file;
    /** The offset after the last valid record; 0 if there is no file or its header is invalid. */
    private long end;
    /** How many bytes of the file the valid entries take. */
    private long live;
    /** Whether there may be bytes after the end. */
    private boolean overhang;

    /**
     * The last records of removed sessions, and blanks, that have to be overwritten; only the first of them are in use.
     */
    private long[] condemned = new long[0];

    private int condemnedCount;

    /** Whether it is certain that no old file exists, and that a power cut cannot bring one back. */
    private boolean alone;

    private long damagedFrom = -1;
    /** Whether the file differs from what a clean close leaves. */
    private boolean changed;

    private Catalogue(Disk disk, Path directory) {
        this.disk = disk;
        this.directory = directory;
        this.path = directory.resolve(RootFiles.CATALOGUE);
        this.fresh = directory.resolve(RootFiles.CATALOGUE + ".new");
    }

    /** Reads the existing file. Changes nothing on the disk until an entry is put or removed. */
    static Catalogue load(Disk disk, Path directory) throws IOException {
        Catalogue catalogue = new Catalogue(disk, directory);
        try (Disk.File file = disk.open(catalogue.path, Disk.Mode.READ)) {
            catalogue.read(file);
        } catch (NoSuchFileException | FileNotFoundException e) {
            return catalogue; // every entry is in doubt
        }
        return catalogue;
    }

    private void read(Disk.File in) throws IOException {
        long size = in.size();
        ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
        long at = in.readFully(buffer, 0); // the end of what was read
        buffer.flip();
        overhang = true;
        if (buffer.remaining() < HEADER.length || !ByteBuffer.wrap(HEADER).equals(buffer.slice(0, HEADER.length))) {
            damagedFrom = isOlder(buffer) ? -1 : 0;
            return;
        }
        buffer.position(HEADER.length);
        end = HEADER.length;
        while (true) {
            int wanted = FRAME;
            if (buffer.remaining() >= FRAME) {
                long length = buffer.getInt(buffer.position());
                if (length < HEAD - FRAME + Entry.LEAST || length > size - end - FRAME) {
                    damagedFrom = end;
                    return;
                }
                wanted += (int) length;
            }
            if (buffer.remaining() < wanted) {
                buffer = wanted <= buffer.capacity()
                        ? buffer.compact()
                        : ByteBuffer.allocate(wanted).put(buffer);
                at += in.readFully(buffer, at);
                if (buffer.flip().remaining() < wanted) {
                    overhang = buffer.hasRemaining();
                    damagedFrom = overhang ? end : -1;
                    return;
                }
            } else {
                if (!isRight(buffer.slice(buffer.position(), wanted))) {
                    damagedFrom = end;
                    return;
                }
                byte[] payload = new byte[wanted - HEAD];
                buffer.position(buffer.position() + HEAD).get(payload);
                if (Entry.isBlank(payload)) {
                    condemn(end);
                } else {
                    keep(Entry.read(payload), end);
                }
                end += wanted;
            }
        }
    }

    /** Returns whether the file has the header of an older format, whose entries are all derived again. */
    private static boolean isOlder(ByteBuffer file) {
        int same = HEADER.length - 1;
        return file.remaining() > same
                && file.slice(0, same).equals(ByteBuffer.wrap(HEADER, 0, same))
                && file.get(same) >= '1'
                && file.get(same) < HEADER[same];
    }

    /** Returns whether a whole record, which begins where the buffer does, is valid. */
    private static boolean isRight(ByteBuffer record) {
        return record.getInt(4) == crcOf(record);
    }

    private static int crcOf(ByteBuffer record) {
        return Digests.crc32c(record.slice(0, 4), record.slice(FRAME, record.limit() - FRAME));
    }

    private void keep(Entry entry, long place) {
        Entry old = entries.put(entry.id, entry.placedAt(place));
        live += entry.sizeInFile() - (old == null ? 0 : old.sizeInFile());
    }

    private void condemn(long place) {
        if (condemnedCount == condemned.length) {
            condemned = Arrays.copyOf(condemned, Math.max(16, 2 * condemnedCount));
        }
        condemned[condemnedCount++] = place;
    }

    /** Returns the place of a session's last record in the file, 0 if it has none. */
    private long placeOf(String id) {
        Entry entry = entries.get(id);
        return entry == null ? 0 : entry.place;
    }

    /** Returns the offset from which records are invalid; -1 if all are valid. */
    long damagedFrom() {
        return damagedFrom;
    }

    /** Returns the current entries by session id. */
    Map<String, Entry> entries() {
        return Collections.unmodifiableMap(entries);
    }

    /** Adds entries and replaces those of the same sessions. Not flushed. */
    synchronized void put(Collection<Entry> added) throws IOException {
        if (added.isEmpty()) {
            return; // a purge alone needs no disk space, so it must not start a compaction
        }
        changed = true;
        // An entry without a written record has no place yet. Its chain continues from the session's last record in the
        // file.
        added.forEach(entry -> keep(entry, placeOf(entry.id)));
        if (end == 0 || end > 2 * live + SMALL) {
            rewrite();
            return;
        }
        Disk.File out = opened();
        cutOverhang(out);
        overhang = true;
        ByteBuffer block = ByteBuffer.allocate(
                Math.toIntExact(added.stream().mapToLong(Entry::sizeInFile).sum()));
        Map<String, Entry> placed = new LinkedHashMap<>();
        for (Entry entry : added) {
            long place = end + block.position();
            Entry twice = placed.get(entry.id);
            entry.writeTo(block, twice == null ? placeOf(entry.id) : twice.place);
            placed.put(entry.id, entry.placedAt(place));
        }
        int size = block.flip().remaining();
        out.writeFully(block, end);
        end += size;
        overhang = false;
        entries.putAll(placed);
    }

    /**
     * Removes sessions and every byte that the file has of them. Flushed on return, even if the sessions had no
     * entries.
     */
    synchronized void remove(Collection<String> ids) throws IOException {
        changed = true;
        for (String id : ids) {
            Entry old = entries.remove(id);
            live -= old == null ? 0 : old.sizeInFile();
            if (old != null && old.place > 0) {
                condemn(old.place);
            }
        }
        IOException failure = null;
        try {
            if (end > 0 && overwrite()) {
                return;
            }
        } catch (IOException e) {
            failure = e;
        }
        try {
            rewrite();
        } catch (IOException e) {
            if (failure != null) {
                e.addSuppressed(failure);
            }
            throw e;
        }
    }

    /**
     * Overwrites the records of removed sessions, and flushes.
     *
     * @return false if a record differs from what was written there, so that some of them cannot be found
     */
    private boolean overwrite() throws IOException {
        Disk.File out = opened();
        Set<Long> done = new HashSet<>();
        for (int i = 0; i < condemnedCount; i++) {
            for (long place = condemned[i]; place != 0 && done.add(place); ) {
                ByteBuffer record = recordAt(out, place);
                if (record == null) {
                    return false;
                }
                record.put(HEAD, new byte[record.capacity() - HEAD]);
                out.writeFully(record.putInt(4, crcOf(record)), place);
                place = record.getLong(LINK);
            }
        }
        cutOverhang(out);
        out.sync();
        if (!alone) {
            if (disk.look(fresh) != null) {
                disk.delete(fresh); // an unfinished file contains titles, too
            }
            disk.syncDirectory(directory);
            alone = true;
        }
        condemned = new long[0];
        condemnedCount = 0;
        return true;
    }

    private @Nullable ByteBuffer recordAt(Disk.File in, long place) throws IOException {
        ByteBuffer length = ByteBuffer.allocate(Integer.BYTES);
        in.readFully(length, place);
        int size = length.getInt(0);
        if (place < HEADER.length || size < HEAD - FRAME || size > end - place - FRAME) {
            return null;
        }
        ByteBuffer record = ByteBuffer.allocate(FRAME + size);
        in.readFully(record, place);
        return isRight(record.rewind()) && record.getLong(LINK) < place ? record : null;
    }

    private Disk.File opened() throws IOException {
        Disk.File open = file;
        if (open == null) {
            open = disk.open(path, Disk.Mode.CREATE);
            file = open;
        }
        return open;
    }

    private void cutOverhang(Disk.File out) throws IOException {
        if (overhang) {
            out.truncate(end);
            overhang = false;
        }
    }

    /** Writes a new file without old entries. Flushed on return; if this fails, the old file is still in place. */
    synchronized void rewrite() throws IOException {
        alone = false;
        long size = HEADER.length;
        List<Entry> placed = new ArrayList<>(entries.size());
        try (Disk.File out = disk.open(fresh, Disk.Mode.CREATE)) {
            out.truncate(0);
            ByteBuffer block = ByteBuffer.allocate(BUFFER).put(HEADER);
            long written = 0;
            for (Entry entry : entries.values()) {
                if (block.remaining() < entry.sizeInFile()) {
                    written += write(out, block, written);
                    if (block.capacity() < entry.sizeInFile()) {
                        block = ByteBuffer.allocate(entry.sizeInFile());
                    }
                }
                entry.writeTo(block, 0);
                placed.add(entry.placedAt(size));
                size += entry.sizeInFile();
            }
            write(out, block, written);
            out.sync();
        }
        closeFile();
        disk.move(fresh, path);
        placed.forEach(entry -> entries.put(entry.id, entry));
        end = size;
        live = size - HEADER.length;
        overhang = false;
        condemned = new long[0];
        condemnedCount = 0;
        disk.syncDirectory(directory);
        alone = true;
        changed = false;
    }

    private static int write(Disk.File out, ByteBuffer block, long position) throws IOException {
        int size = block.flip().remaining();
        out.writeFully(block, position);
        block.clear();
        return size;
    }

    private void closeFile() throws IOException {
        Disk.File open = file;
        file = null;
        if (open != null) {
            open.close();
        }
    }

    /** Leaves a flushed file without old entries if anything was put. */
    @Override
    public synchronized void close() throws IOException {
        try {
            if (changed) {
                rewrite();
            }
        } finally {
            closeFile();
        }
    }

    /** The entry of one session for one state of its file. Immutable. */
    static final class Entry {

        // The offsets of the numbers. After these come id, file and last event id, the row with its length, and the
        // snapshot ids.
        private static final int SIZE = 0;
        private static final int MODIFIED = 8;
        private static final int VERSION = 16;
        private static final int BIRTH = 24;
        private static final int INHERITED = 32;
        private static final int FOREIGN = 40;
        private static final int LAST_POSITION = 48;
        private static final int LIFE = 56;
        private static final int STRINGS = 60;

        /** The minimum length of an entry. The length of the id is the first after the numbers. */
        private static final int LEAST = STRINGS + Integer.BYTES;

        private final String id;
        private final byte[] payload;

        /** The place of the session's last record in the file; 0 if it has none. */
        private final long place;

        private Entry(String id, byte[] payload, long place) {
            this.id = id;
            this.payload = payload;
            this.place = place;
        }

        private static Entry read(byte[] payload) {
            return new Entry(Packed.string(ByteBuffer.wrap(payload).position(STRINGS)), payload, 0);
        }

        /** The length of an entry's id is not 0, because an entry has an id. */
        private static boolean isBlank(byte[] payload) {
            return ByteBuffer.wrap(payload).getInt(STRINGS) == 0;
        }

        private Entry placedAt(long place) {
            return new Entry(id, payload, place);
        }

        /**
         * An entry.
         *
         * @param id the session
         * @param file the path of its file in the root
         * @param size the file's size in bytes
         * @param modified the file's modification time
         * @param last the place of the last event
         * @param birth the position of the first event that the session recorded itself, 0 if there is none
         * @param row the row, or null if there is none
         * @param inherited how many events a fork inherited
         * @param snapshots the session's snapshot ids, each with the position of the event that claimed it
         * @param life the session's number in the index of positions
         * @param foreign how many foreign events the file begins with
         */
        static Entry of(
                String id,
                String file,
                long size,
                long modified,
                LogPlace last,
                long birth,
                @Nullable Session row,
                long inherited,
                Map<String, Long> snapshots,
                int life,
                long foreign) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
            DataOutputStream out = new DataOutputStream(bytes);
            try {
                out.writeLong(size);
                out.writeLong(modified);
                out.writeLong(last.version());
                out.writeLong(birth);
                out.writeLong(inherited);
                out.writeLong(foreign);
                out.writeLong(last.position());
                out.writeInt(life);
                Packed.write(out, id);
                Packed.write(out, file);
                Packed.write(out, last.eventId());
                byte[] rowBytes = row == null ? new byte[0] : Packed.bytesOf(row);
                out.writeInt(rowBytes.length);
                out.write(rowBytes);
                out.writeInt(snapshots.size());
                for (Map.Entry<String, Long> snapshot : snapshots.entrySet()) {
                    Packed.write(out, snapshot.getKey());
                    out.writeLong(snapshot.getValue());
                }
            } catch (IOException e) {
                throw new UncheckedIOException("a buffer in memory can't fail", e);
            }
            return new Entry(id, bytes.toByteArray(), 0);
        }

        /** Returns a copy for an unchanged file with another modification time. */
        Entry with(long size, long modified) {
            byte[] copy = payload.clone();
            ByteBuffer.wrap(copy).putLong(SIZE, size).putLong(MODIFIED, modified);
            return new Entry(id, copy, 0);
        }

        /** Returns a copy with the session's number in a rebuilt index of positions. */
        Entry withLife(int life) {
            byte[] copy = payload.clone();
            ByteBuffer.wrap(copy).putInt(LIFE, life);
            return new Entry(id, copy, 0);
        }

        /** Returns whether the entry describes the current state of the file; if not, it is in doubt. */
        boolean isOf(String relative, Disk.Entry found) {
            return found.file() && size() == found.size() && modified() == found.modified() && file().equals(relative);
        }

        String id() {
            return id;
        }

        String file() {
            ByteBuffer in = at(STRINGS);
            Packed.skipString(in);
            return Packed.string(in);
        }

        long size() {
            return at(SIZE).getLong();
        }

        long modified() {
            return at(MODIFIED).getLong();
        }

        long version() {
            return at(VERSION).getLong();
        }

        @Nullable
        String lastEventId() {
            ByteBuffer in = at(STRINGS);
            Packed.skipString(in);
            Packed.skipString(in);
            return Packed.stringOrNull(in);
        }

        /** Returns the place of the last event. */
        LogPlace last() {
            String eventId = lastEventId();
            return eventId == null
                    ? LogPlace.start()
                    : LogPlace.of(version(), eventId, at(LAST_POSITION).getLong());
        }

        long birth() {
            return at(BIRTH).getLong();
        }

        long inherited() {
            return at(INHERITED).getLong();
        }

        long foreign() {
            return at(FOREIGN).getLong();
        }

        int life() {
            return at(LIFE).getInt();
        }

        /** Returns the position of the row's last change, 0 if there is no row. */
        long changed() {
            ByteBuffer in = atRow();
            int length = in.getInt();
            return length == 0 ? 0 : in.getLong(in.position() + length - Long.BYTES);
        }

        /** Returns the row, decoded at each call. */
        @Nullable
        Session row() {
            ByteBuffer in = atRow();
            if (in.getInt() == 0) {
                return null;
            }
            return Packed.row(id, in);
        }

        /** Returns the snapshot ids in their original order, decoded at each call. */
        Map<String, Long> snapshots() {
            ByteBuffer in = atRow();
            int rowLength = in.getInt();
            in.position(in.position() + rowLength);
            Map<String, Long> snapshots = new LinkedHashMap<>();
            for (int left = in.getInt(); left > 0; left--) {
                snapshots.put(Packed.string(in), in.getLong());
            }
            return snapshots;
        }

        private int sizeInFile() {
            return HEAD + payload.length;
        }

        private void writeTo(ByteBuffer out, long before) {
            ByteBuffer record = out.slice(out.position(), sizeInFile());
            record.putInt(sizeInFile() - FRAME).putInt(0).putLong(before).put(payload);
            record.putInt(4, crcOf(record));
            out.position(out.position() + sizeInFile());
        }

        private ByteBuffer at(int offset) {
            return ByteBuffer.wrap(payload).position(offset);
        }

        private ByteBuffer atRow() {
            ByteBuffer in = at(STRINGS);
            Packed.skipString(in);
            Packed.skipString(in);
            Packed.skipString(in);
            return in;
        }

        @Override
        public String toString() {
            return id + "@" + version() + " in " + file() + ", " + size() + " bytes, modified " + modified();
        }
    }
}
