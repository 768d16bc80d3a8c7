package dev.reel.jsonl;

import dev.reel.Json;
import dev.reel.JsonLimits;
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
import java.time.Instant;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The list of sessions, so that opening a root of very many reads one file and only looks at the others.
 *
 * <p><b>Never the truth.</b> An entry says what it was made from: the session's file, its size, and when it was modified.
 * Where the file is another now ({@link Entry#isOf}), the entry is in doubt and is made anew from the file. A session
 * file only grows, so an entry that is too old can't pass for a new one.
 *
 * <p><b>The file</b> is a header of 8 bytes and a log of records: length of the payload (4), CRC-32C of length and payload
 * (4), payload, which is one entry. The last entry of a session counts. Nothing is flushed when it is appended: what a
 * crash takes away is made anew. From the first record on that is not whole and right, nothing is believed: the sessions
 * there have no entry, or an older one, which their files don't match. When more than half of the file is old entries, it
 * is written anew beside the old one, flushed, and moved to its place; so it is when sessions are removed, since old
 * entries hold titles and metadata, and nothing may remain of what is purged.
 *
 * <p><b>Memory.</b> An entry is its payload, a small array. Row and snapshot ids are decoded when asked for.
 *
 * <p>Any thread may look at {@link #entries()}; the rest blocks, one thread at a time.
 */
final class Catalogue implements Closeable {

    static final String NAME = "catalogue";

    private static final byte[] HEADER = "REELCAT2".getBytes(StandardCharsets.US_ASCII);
    private static final int FRAME = 8;

    /** Less than this is not worth writing anew. */
    private static final int SMALL = 256 << 10;

    private static final int BUFFER = 1 << 20;

    private final Disk disk;
    private final Path directory;
    private final Path path;
    private final ConcurrentHashMap<String, Entry> entries = new ConcurrentHashMap<>();

    private Disk.@Nullable File file;
    /** Behind the last good record; 0 where there is no file, or its header is not right. */
    private long end;
    /** What of the file the last entries take. */
    private long live;
    /** Whether something may lie behind the end. */
    private boolean overhang;

    private long damagedFrom = -1;
    /** Whether the file is not what a clean close leaves. */
    private boolean changed;

    private Catalogue(Disk disk, Path directory) {
        this.disk = disk;
        this.directory = directory;
        this.path = directory.resolve(NAME);
    }

    /** Reads what is there, and changes nothing on the disk before something is put or removed. */
    static Catalogue load(Disk disk, Path directory) throws IOException {
        Catalogue catalogue = new Catalogue(disk, directory);
        try (Disk.File file = disk.open(catalogue.path, Disk.Mode.READ)) {
            catalogue.read(file);
        } catch (NoSuchFileException | FileNotFoundException e) {
            return catalogue; // all is in doubt
        }
        return catalogue;
    }

    private void read(Disk.File in) throws IOException {
        long size = in.size();
        ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
        long at = in.readFully(buffer, 0); // how far it was read
        buffer.flip();
        overhang = true;
        if (buffer.remaining() < HEADER.length || !ByteBuffer.wrap(HEADER).equals(buffer.slice(0, HEADER.length))) {
            damagedFrom = 0;
            return;
        }
        buffer.position(HEADER.length);
        end = HEADER.length;
        while (true) {
            int wanted = FRAME;
            if (buffer.remaining() >= FRAME) {
                long length = buffer.getInt(buffer.position());
                if (length < 0 || length > size - end - FRAME) {
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
            } else if (wanted > FRAME) {
                Entry entry = entryOf(buffer, wanted);
                if (entry == null) {
                    damagedFrom = end;
                    return;
                }
                keep(entry);
                end += wanted;
            } else {
                damagedFrom = end;
                return; // an empty payload is no entry
            }
        }
    }

    private static @Nullable Entry entryOf(ByteBuffer buffer, int size) {
        int begin = buffer.position();
        byte[] payload = new byte[size - FRAME];
        buffer.get(begin + FRAME, payload);
        if (buffer.getInt(begin + 4) != crcOf(payload)) {
            return null;
        }
        buffer.position(begin + size);
        return Entry.read(payload);
    }

    private static int crcOf(byte[] payload) {
        CRC32C crc = new CRC32C();
        crc.update(ByteBuffer.allocate(4).putInt(0, payload.length));
        crc.update(payload);
        return (int) crc.getValue();
    }

    private void keep(Entry entry) {
        Entry old = entries.put(entry.id, entry);
        live += entry.sizeInFile() - (old == null ? 0 : old.sizeInFile());
    }

    /** From where on nothing is believed, since it is not right; -1 where all is. */
    long damagedFrom() {
        return damagedFrom;
    }

    /** By session id, as they are now. */
    Map<String, Entry> entries() {
        return Collections.unmodifiableMap(entries);
    }

    /** Adds entries, in place of what these sessions had. Not flushed. */
    synchronized void put(Collection<Entry> added) throws IOException {
        changed = true;
        added.forEach(this::keep);
        if (end == 0 || end > 2 * live + SMALL) {
            rewrite();
            return;
        }
        Disk.File out = file;
        if (out == null) {
            out = disk.open(path, Disk.Mode.CREATE);
            file = out;
        }
        if (overhang) {
            out.truncate(end);
        }
        overhang = true;
        ByteBuffer block = ByteBuffer.allocate(
                Math.toIntExact(added.stream().mapToLong(Entry::sizeInFile).sum()));
        added.forEach(entry -> entry.writeTo(block));
        int size = block.flip().remaining();
        out.writeFully(block, end);
        end += size;
        overhang = false;
    }

    /** Removes sessions, and every byte that the file has of them. Flushed when it returns, also if they weren't there. */
    synchronized void remove(Collection<String> ids) throws IOException {
        for (String id : ids) {
            Entry old = entries.remove(id);
            live -= old == null ? 0 : old.sizeInFile();
        }
        rewrite();
    }

    /** Writes the file anew, without old entries. Flushed when it returns; when it fails, the old file is still there. */
    synchronized void rewrite() throws IOException {
        Path fresh = directory.resolve("catalogue.new");
        long size = HEADER.length;
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
                entry.writeTo(block);
                size += entry.sizeInFile();
            }
            write(out, block, written);
            out.sync();
        }
        closeFile();
        disk.move(fresh, path);
        end = size;
        live = size - HEADER.length;
        overhang = false;
        disk.syncDirectory(directory);
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

    /** Leaves a flushed file without old entries, if anything was put. */
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

    /** What is known of one session, and of which state of its file. Immutable. */
    static final class Entry {

        // Where the numbers are; behind them id, file and last event id, the row with its length, the snapshot ids.
        private static final int SIZE = 0;
        private static final int MODIFIED = 8;
        private static final int VERSION = 16;
        private static final int BIRTH = 24;
        private static final int INHERITED = 32;
        private static final int FOREIGN = 40;
        private static final int LIFE = 48;
        private static final int STRINGS = 52;

        /** It was within its limits when it came into the log; they may be narrower now. */
        private static final JsonLimits WIDEST =
                new JsonLimits(Integer.MAX_VALUE, JsonLimits.HIGHEST_DEPTH, JsonLimits.HIGHEST_NUMBER_LENGTH);

        private final String id;
        private final byte[] payload;

        private Entry(String id, byte[] payload) {
            this.id = id;
            this.payload = payload;
        }

        private static Entry read(byte[] payload) {
            ByteBuffer in = ByteBuffer.wrap(payload).position(STRINGS);
            return new Entry(string(in), payload);
        }

        /**
         * An entry.
         *
         * @param id the session
         * @param file its file, from the root, as it is now
         * @param size the file's
         * @param modified the file's
         * @param version of the last event
         * @param lastEventId the id of the last event, or null without one
         * @param birth the position of the first event that the session recorded itself, 0 where it has none
         * @param row the row, or null where it has none
         * @param inherited how many events a fork took over
         * @param snapshots the snapshot ids that it holds, with the position of the event that claimed each
         * @param life its number in the index of positions
         * @param foreign how many foreign events it begins with
         */
        static Entry of(
                String id,
                String file,
                long size,
                long modified,
                long version,
                @Nullable String lastEventId,
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
                out.writeLong(version);
                out.writeLong(birth);
                out.writeLong(inherited);
                out.writeLong(foreign);
                out.writeInt(life);
                write(out, id);
                write(out, file);
                write(out, lastEventId);
                byte[] rowBytes = row == null ? new byte[0] : bytesOf(row);
                out.writeInt(rowBytes.length);
                out.write(rowBytes);
                out.writeInt(snapshots.size());
                for (Map.Entry<String, Long> snapshot : snapshots.entrySet()) {
                    write(out, snapshot.getKey());
                    out.writeLong(snapshot.getValue());
                }
            } catch (IOException e) {
                throw new UncheckedIOException("a buffer in memory can't fail", e);
            }
            return new Entry(id, bytes.toByteArray());
        }

        /** The same for a file that was found to be unchanged, but for when it was modified. */
        Entry with(long size, long modified) {
            byte[] copy = payload.clone();
            ByteBuffer.wrap(copy).putLong(SIZE, size).putLong(MODIFIED, modified);
            return new Entry(id, copy);
        }

        /** The same under another number in the index of positions, which was made anew. */
        Entry withLife(int life) {
            byte[] copy = payload.clone();
            ByteBuffer.wrap(copy).putInt(LIFE, life);
            return new Entry(id, copy);
        }

        /** Whether the entry speaks of the file as it is now; if not, it is in doubt. */
        boolean isOf(String relative, Disk.Entry found) {
            return found.file() && size() == found.size() && modified() == found.modified() && file().equals(relative);
        }

        String id() {
            return id;
        }

        String file() {
            ByteBuffer in = at(STRINGS);
            skipString(in);
            return string(in);
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
            skipString(in);
            skipString(in);
            return stringOrNull(in);
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

        /** The position of the row's last change, 0 where there is no row. */
        long changed() {
            ByteBuffer in = atRow();
            int length = in.getInt();
            return length == 0 ? 0 : in.getLong(in.position() + length - Long.BYTES);
        }

        /** Decoded at each call. */
        @Nullable
        Session row() {
            ByteBuffer in = atRow();
            if (in.getInt() == 0) {
                return null;
            }
            return new Session(
                    id,
                    stringOrNull(in),
                    in.get() == 0 ? null : (Long) in.getLong(),
                    stringOrNull(in),
                    stringOrNull(in),
                    instant(in),
                    instant(in),
                    Json.parse(bytes(in), WIDEST),
                    in.get() != 0,
                    in.getLong());
        }

        /** Decoded at each call, in the order in which they were given. */
        Map<String, Long> snapshots() {
            ByteBuffer in = atRow();
            int rowLength = in.getInt();
            in.position(in.position() + rowLength);
            Map<String, Long> snapshots = new LinkedHashMap<>();
            for (int left = in.getInt(); left > 0; left--) {
                snapshots.put(string(in), in.getLong());
            }
            return snapshots;
        }

        private int sizeInFile() {
            return FRAME + payload.length;
        }

        private void writeTo(ByteBuffer out) {
            out.putInt(payload.length).putInt(crcOf(payload)).put(payload);
        }

        private ByteBuffer at(int offset) {
            return ByteBuffer.wrap(payload).position(offset);
        }

        private ByteBuffer atRow() {
            ByteBuffer in = at(STRINGS);
            skipString(in);
            skipString(in);
            skipString(in);
            return in;
        }

        private static byte[] bytesOf(Session row) throws IOException {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream(128);
            DataOutputStream out = new DataOutputStream(bytes);
            write(out, row.parentId());
            Long parentVersion = row.parentVersion();
            out.writeBoolean(parentVersion != null);
            if (parentVersion != null) {
                out.writeLong(parentVersion);
            }
            write(out, row.title());
            write(out, row.model());
            write(out, row.createdAt());
            write(out, row.updatedAt());
            byte[] metadata = row.metadata().toBytes();
            out.writeInt(metadata.length << 1);
            out.write(metadata);
            out.writeBoolean(row.closed());
            out.writeLong(row.position());
            return bytes.toByteArray();
        }

        private static void write(DataOutputStream out, Instant instant) throws IOException {
            out.writeLong(instant.getEpochSecond());
            out.writeInt(instant.getNano());
        }

        private static Instant instant(ByteBuffer in) {
            return Instant.ofEpochSecond(in.getLong(), in.getInt());
        }

        /**
         * Twice the number of bytes, -1 for null, then UTF-8; and one more than twice the number, then UTF-16, where a
         * title has half of a surrogate pair, which UTF-8 can't say.
         */
        private static void write(DataOutputStream out, @Nullable String text) throws IOException {
            if (text == null) {
                out.writeInt(-1);
                return;
            }
            byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
            if (new String(utf8, StandardCharsets.UTF_8).equals(text)) {
                out.writeInt(utf8.length << 1);
                out.write(utf8);
            } else {
                out.writeInt(2 * text.length() << 1 | 1);
                out.writeChars(text);
            }
        }

        private static void skipString(ByteBuffer in) {
            int length = in.getInt();
            in.position(in.position() + Math.max(0, length >> 1));
        }

        private static byte[] bytes(ByteBuffer in) {
            byte[] bytes = new byte[in.getInt() >> 1];
            in.get(bytes);
            return bytes;
        }

        private static String string(ByteBuffer in) {
            boolean utf16 = (in.getInt(in.position()) & 1) != 0;
            byte[] text = bytes(in);
            return utf16 ? ByteBuffer.wrap(text).asCharBuffer().toString() : new String(text, StandardCharsets.UTF_8);
        }

        private static @Nullable String stringOrNull(ByteBuffer in) {
            if (in.getInt(in.position()) >= 0) {
                return string(in);
            }
            in.getInt();
            return null;
        }

        @Override
        public String toString() {
            return id + "@" + version() + " in " + file() + ", " + size() + " bytes, modified " + modified();
        }
    }
}
