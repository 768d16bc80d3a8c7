package dev.reel.jsonl;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The numbers of sessions in the index of positions. Each number stands for one <em>life</em> of a session id: if a
 * session is purged and created again under the same id, it gets a new number. So old index entries cannot be taken for
 * entries of the new session.
 *
 * <p>The file is a header followed by records in the order of the numbers. A record is the length of the body (4), the
 * CRC-32C of length and body (4), and the body: the number (4), the length of the session id in bytes (4), the id, and
 * the path of its file in the root. When a life ends, its name is overwritten with zeros in place. In memory a life is
 * only the place of its record; names are read on request.
 *
 * <p>The header states how much of both files was flushed at least. If a part before that is missing, the index is in
 * doubt. After that, an invalid record is where a crash cut off the file.
 *
 * <p>Any thread may read names and put the file in doubt. All other methods must be called by one thread at a time.
 */
final class Lives implements Closeable {

    /**
     * A session and its file.
     *
     * @param sessionId the session
     * @param file the path of the file in the root
     */
    record Name(String sessionId, String file) {}

    private static final long MAGIC = 0x5245454c4c495631L; // REELLIV1
    /** Magic, first number, number of flushed spans, flushed bytes of this file, CRC-32C. */
    static final int HEADER = 8 + 4 + 8 + 8 + 4;

    private static final int FRAME = 8;
    private static final int BODY = 8;
    /** The maximum record length: an id has at most 200 code points, and no system has longer paths than this. */
    private static final int LONGEST = BODY + 800 + (64 << 10);

    private static final int FOLLOWED_TRIES = 5;
    private static final long PAUSE_NANOS = 1_000_000;

    private static final int CHUNK_BITS = 8;
    private static final int CHUNK = 1 << CHUNK_BITS;
    private static final long[] ALL_OVER = new long[CHUNK];

    static {
        Arrays.fill(ALL_OVER, -1);
    }

    private final Disk.File file;
    private final int first;
    /**
     * The place of each life's record, negative after the life has ended: 8 bytes per life, in chunks. All chunks in
     * which every life has ended share one array. An element is written before the reference to its chunk.
     */
    private volatile long[][] places = new long[0][];

    private volatile int count;
    private long end = HEADER;
    private long flushedSpans;
    private boolean sound = true;
    private boolean overhang;
    private boolean followed;

    private Lives(Disk.File file, int first) {
        this.file = file;
        this.first = first;
    }

    /** Creates a file whose numbers are above the given one. */
    static Lives create(Disk.File file, int above) throws IOException {
        file.truncate(0);
        Lives lives = new Lives(file, above + 1);
        lives.writeHeader(0, HEADER);
        return lives;
    }

    /** Opens an existing file; initializes an empty one. */
    static Lives open(Disk.File file) throws IOException {
        long size = file.size();
        if (size == 0) {
            return create(file, 0);
        }
        ByteBuffer header = ByteBuffer.allocate(HEADER);
        file.readFully(header, 0);
        header.flip();
        if (header.remaining() < HEADER
                || header.getLong() != MAGIC
                || header.getInt(HEADER - 4) != Digests.crc32c(header.array(), HEADER - 4)) {
            Lives lost = new Lives(file, 1);
            lost.sound = false;
            return lost;
        }
        Lives lives = new Lives(file, header.getInt());
        lives.flushedSpans = header.getLong();
        lives.read();
        long flushed = header.getLong();
        lives.sound = lives.end >= flushed;
        if (lives.sound && flushed < lives.end) {
            // An earlier flush of these bytes may have failed, and the operating system then treats them as flushed.
            ByteBuffer kept = ByteBuffer.allocate(Math.toIntExact(lives.end - flushed));
            file.readFully(kept, flushed);
            file.writeFully(kept.flip(), flushed);
        }
        if (lives.sound && lives.end < size) {
            file.truncate(lives.end);
            file.sync();
        }
        return lives;
    }

    /** Returns the first number of a file, or 0 if there is none or it is invalid. */
    static int firstOf(Disk.File file) throws IOException {
        ByteBuffer header = ByteBuffer.allocate(HEADER);
        file.readFully(header, 0);
        return isHeader(header.flip()) ? header.getInt(8) : 0;
    }

    private static boolean isHeader(ByteBuffer header) {
        if (header.remaining() < HEADER) {
            return false;
        }
        byte[] bytes = new byte[HEADER];
        header.get(0, bytes);
        return header.getLong(0) == MAGIC && header.getInt(HEADER - 4) == Digests.crc32c(bytes, HEADER - 4);
    }

    /** Reads a file that another process may be writing. Changes nothing. */
    static Lives follow(Disk.File file) throws IOException {
        ByteBuffer header = ByteBuffer.allocate(HEADER);
        file.readFully(header, 0);
        header.flip();
        boolean right = isHeader(header);
        Lives lives = new Lives(file, right ? header.position(8).getInt() : 1);
        lives.followed = true;
        lives.sound = right;
        if (right) {
            lives.flushedSpans = header.getLong();
            lives.read();
            lives.sound = lives.end >= header.getLong();
        }
        return lives;
    }

    private void read() throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(1 << 20).limit(0);
        while (true) {
            if (buffer.remaining() < FRAME + LONGEST) {
                long at = end + buffer.remaining();
                buffer.compact();
                file.readFully(buffer, at);
                buffer.flip();
            }
            int length = buffer.remaining() < FRAME ? -1 : buffer.getInt(buffer.position());
            if (length < BODY || length > buffer.remaining() - FRAME) {
                return;
            }
            ByteBuffer body = buffer.slice(buffer.position() + FRAME, length);
            if (buffer.getInt(buffer.position() + 4) != crcOf(length, body) || body.getInt(0) != first + count) {
                return;
            }
            keep(body.getInt(4) == 0 ? -1 : end);
            end += FRAME + length;
            buffer.position(buffer.position() + FRAME + length);
        }
    }

    private void keep(long place) {
        int index = count;
        if (index % CHUNK == 0) {
            long[][] all = Arrays.copyOf(places, places.length + 1);
            all[all.length - 1] = new long[CHUNK];
            places = all;
        }
        put(index, place);
        count = index + 1;
        shareIfOver(index);
    }

    private long place(int index) {
        return places[index >>> CHUNK_BITS][index % CHUNK];
    }

    private void put(int index, long place) {
        places[index >>> CHUNK_BITS][index % CHUNK] = place;
    }

    /** Frees the chunk of a life if every life in it has ended. */
    private void shareIfOver(int index) {
        int chunk = index >>> CHUNK_BITS;
        if ((chunk + 1) * CHUNK <= count && Arrays.equals(places[chunk], ALL_OVER)) {
            places[chunk] = ALL_OVER;
        }
    }

    /** Returns the heap size of the places, in bytes. */
    long heapBytes() {
        long bytes = 0;
        for (long[] chunk : places) {
            bytes += Long.BYTES + (chunk == ALL_OVER ? 0 : 16 + (long) Long.BYTES * CHUNK);
        }
        return bytes;
    }

    /** Returns whether everything that was flushed was found. */
    boolean isSound() {
        return sound;
    }

    /** Returns how many spans of the index were flushed, at least. */
    long flushedSpans() {
        return flushedSpans;
    }

    /** Returns the highest assigned number; 0 if there is none. */
    int highest() {
        return first + count - 1;
    }

    boolean isKnown(int life) {
        return life >= first && life < first + count;
    }

    boolean isOver(int life) {
        return isKnown(life) && place(life - first) < 0;
    }

    /** Returns the first number; it changes when the file is rebuilt. */
    int first() {
        return first;
    }

    /** Returns the session of a life, or null if the life has ended. Blocks. */
    @Nullable
    Name name(int life) throws IOException {
        for (int tries = followed ? FOLLOWED_TRIES : 1; ; tries--) {
            try {
                return readName(life);
            } catch (DamagedIndexException e) {
                // Another process may be overwriting it at this moment.
                if (tries <= 1) {
                    throw e;
                }
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        }
    }

    private @Nullable Name readName(int life) throws IOException {
        long place = place(life - first);
        if (place < 0) {
            return null;
        }
        ByteBuffer record = ByteBuffer.allocate(256);
        file.readFully(record, place);
        int length = record.flip().remaining() < FRAME ? -1 : record.getInt(0);
        if (length > record.remaining() - FRAME && length <= LONGEST) {
            record = ByteBuffer.allocate(FRAME + length);
            file.readFully(record, place);
            record.flip();
        }
        if (length < BODY || length > record.remaining() - FRAME) {
            return over(life);
        }
        ByteBuffer body = record.slice(FRAME, length);
        int idLength = body.getInt(4);
        if (record.getInt(4) != crcOf(length, body) || body.getInt(0) != life) {
            return over(life);
        }
        if (idLength == 0) {
            return null; // another process has ended it since
        }
        return new Name(text(body, BODY, idLength), text(body, BODY + idLength, length - BODY - idLength));
    }

    /** The life may have ended during the read. */
    private @Nullable Name over(int life) throws IOException {
        if (isOver(life)) {
            return null;
        }
        throw new DamagedIndexException("the name of life " + life + " can't be read");
    }

    private static String text(ByteBuffer in, int offset, int length) {
        return StandardCharsets.UTF_8
                .decode(in.duplicate().position(offset).limit(offset + length))
                .toString();
    }

    /** Starts a life. It is flushed with the index. */
    synchronized int begin(Name name) throws IOException {
        int life = first + count;
        byte[] id = name.sessionId().getBytes(StandardCharsets.UTF_8);
        byte[] path = name.file().getBytes(StandardCharsets.UTF_8);
        ByteBuffer body = ByteBuffer.allocate(BODY + id.length + path.length);
        body.putInt(life).putInt(id.length).put(id).put(path).flip();
        if (overhang) {
            file.truncate(end);
        }
        overhang = true;
        int size = write(body, end);
        overhang = false;
        keep(end);
        end += size;
        return life;
    }

    /** Starts a life without writing it, because the file is in doubt and is rebuilt. Returns its number. */
    synchronized int beginUnwritten() {
        keep(-1);
        return first + count - 1;
    }

    /** Ends lives and erases their names. Flushed on return. */
    synchronized void end(Collection<Integer> over) throws IOException {
        for (int life : over) {
            int index = life - first;
            long place = place(index);
            if (place < 0) {
                continue;
            }
            put(index, -1); // first: a concurrent reader must see why the name is unreadable
            try {
                erase(life, place);
            } catch (IOException e) {
                put(index, place);
                throw e;
            }
            shareIfOver(index);
        }
        file.flush("the names of lives");
    }

    private void erase(int life, long place) throws IOException {
        ByteBuffer length = ByteBuffer.allocate(4);
        file.readFully(length, place);
        int bytes = length.getInt(0);
        if (bytes < BODY || bytes > LONGEST) {
            throw new DamagedIndexException("the name of life " + life + " can't be read");
        }
        write(ByteBuffer.allocate(bytes).putInt(0, life), place);
    }

    private int write(ByteBuffer body, long place) throws IOException {
        int length = body.remaining();
        ByteBuffer record = ByteBuffer.allocate(FRAME + length);
        record.putInt(length).putInt(crcOf(length, body)).put(body).flip();
        file.writeFully(record, place);
        return FRAME + length;
    }

    void sync() throws IOException {
        file.flush("the names of lives");
    }

    /**
     * Records how many spans of the index are flushed; this file is flushed completely. The header needs no flush
     * itself, because an older one stays true.
     */
    synchronized void flushed(long spans) throws IOException {
        if (sound) {
            writeHeader(spans, end);
        }
    }

    /** Puts the file in doubt: its header is no longer written. */
    synchronized void distrust() {
        sound = false;
    }

    private void writeHeader(long spans, long bytes) throws IOException {
        ByteBuffer header = ByteBuffer.allocate(HEADER)
                .putLong(MAGIC)
                .putInt(first)
                .putLong(spans)
                .putLong(bytes);
        header.putInt(Digests.crc32c(header.array(), HEADER - 4)).flip();
        file.writeFully(header, 0);
        flushedSpans = spans;
    }

    private static int crcOf(int length, ByteBuffer body) {
        return Digests.crc32c(ByteBuffer.allocate(4).putInt(0, length), body);
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
