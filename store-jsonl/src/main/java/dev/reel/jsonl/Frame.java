package dev.reel.jsonl;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A frame that was read from the journal. Its form, with big-endian numbers:
 *
 * <pre>
 *  0  RFRM
 *  4  length of the payload (4)
 *  8  CRC-32C of bytes 4 to 8, 12 to 40, and the payload (4)
 * 12  kind (4)
 * 16  number of the segment (8)
 * 24  offset of this frame in the segment (8)
 * 32  offset up to which the segment was known to be flushed (8)
 * 40  session id (2 + UTF-8), first version (8), count (4), first position (8), offset in the session's file (8);
 *     for a fork: parent's id (2 + UTF-8), how many events are inherited (8); then the bytes; zeros up to a multiple of 8
 * </pre>
 *
 * @param kind the kind
 * @param segment the number of its segment
 * @param offset the offset in the segment at which it begins, in bytes
 * @param flushed the offset up to which its segment was known to be flushed when it was written
 * @param sessionId the session
 * @param firstVersion the version of its first event; 0 for a purge
 * @param count how many events it has
 * @param firstPosition the position of its first event; the others follow it
 * @param fileOffset the offset in the session's file at which the bytes belong. For a fork, the first {@code fileOffset}
 *     bytes of the file are those of the parent's file
 * @param parentId the parent of a fork, otherwise null
 * @param inherited for a fork, how many events the parent's bytes contain, otherwise 0
 * @param bytes the bytes for the session's file, in a buffer that only this frame uses: a {@code \n} if the file's last
 *     line lacks it, then lines. For a purge: the {@code session_purged} line, which is written to no session's file
 * @param payload the length of the payload in bytes
 */
record Frame(
        Kind kind,
        long segment,
        long offset,
        long flushed,
        String sessionId,
        long firstVersion,
        int count,
        long firstPosition,
        long fileOffset,
        @Nullable String parentId,
        long inherited,
        ByteBuffer bytes,
        int payload) {

    /** The kind of a frame; the code is stored in the frame. */
    enum Kind {
        EVENTS(1),
        FORK(2),
        PURGE(3);

        private final int code;

        Kind(int code) {
            this.code = code;
        }

        static @Nullable Kind of(int code) {
            for (Kind kind : values()) {
                if (kind.code == code) {
                    return kind;
                }
            }
            return null;
        }
    }

    static final int HEADER = 40;
    static final int ALIGNMENT = 8;
    static final int MAGIC = 'R' << 24 | 'F' << 16 | 'R' << 8 | 'M';

    private static final int CRC_AT = 8;
    private static final byte[] LINE_END = {'\n'};

    /** The part of a frame before the payload. */
    record Header(int length, int crc, int kind, long segment, long offset, long flushed) {

        static Header read(ByteBuffer from) {
            from.getInt();
            return new Header(
                    from.getInt(), from.getInt(), from.getInt(), from.getLong(), from.getLong(), from.getLong());
        }

        /** Returns the offset after the frame. */
        long end() {
            return offset + sizeOf(length);
        }
    }

    /** Returns the size of a frame including the padding zeros. */
    static long sizeOf(long payload) {
        return (HEADER + payload + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }

    JournalPlace end() {
        return new JournalPlace(segment, offset + sizeOf(payload));
    }

    /** Returns the offset in the segment at which the bytes begin. */
    long bytesOffset() {
        return offset + HEADER + payload - bytes.remaining();
    }

    /**
     * Returns the header of an entry's frame, and its payload up to the bytes.
     *
     * @param base the end of the session's file before the entry; for a fork, the end of what it inherits
     */
    static byte[] begin(JournalEntry entry, FileEnd base, long segment, long offset, long flushed) {
        Frame frame = new Frame(
                entry.kind(),
                segment,
                offset,
                flushed,
                entry.sessionId(),
                entry.firstVersion(),
                entry.count(),
                entry.firstPosition(),
                base.offset(),
                entry.parentId(),
                base.version(),
                ByteBuffer.allocate(0),
                0);
        boolean open = base.lineOpen();
        byte[] head = frame.head((open ? 1 : 0) + entry.bytes());
        CRC32C crc = crcOf(head, 0);
        crc.update(head, HEADER, head.length - HEADER);
        if (open) {
            crc.update(LINE_END, 0, 1);
        }
        for (byte[] line : entry.lines()) {
            crc.update(line, 0, line.length);
            crc.update(LINE_END, 0, 1);
        }
        ByteBuffer.wrap(head).putInt(CRC_AT, (int) crc.getValue());
        return head;
    }

    /** Returns how many bytes of a segment the frame takes. */
    long size() {
        byte[] id = sessionId.getBytes(StandardCharsets.UTF_8);
        int parent = parentId == null ? 0 : 2 + parentId.getBytes(StandardCharsets.UTF_8).length + 8;
        return sizeOf(2L + id.length + 28 + parent + bytes.remaining());
    }

    /** Returns the whole frame for another place, including the padding zeros. */
    ByteBuffer at(long otherSegment, long otherOffset) {
        Frame moved = new Frame(
                kind,
                otherSegment,
                otherOffset,
                0,
                sessionId,
                firstVersion,
                count,
                firstPosition,
                fileOffset,
                parentId,
                inherited,
                bytes,
                payload);
        byte[] head = moved.head(bytes.remaining());
        CRC32C crc = crcOf(head, 0);
        crc.update(head, HEADER, head.length - HEADER);
        crc.update(bytes.duplicate());
        ByteBuffer out = ByteBuffer.allocate(Math.toIntExact(sizeOf(head.length - HEADER + (long) bytes.remaining())));
        out.put(head).put(bytes.duplicate()).putInt(CRC_AT, (int) crc.getValue());
        return out.clear();
    }

    /** Returns the header without its checksum, and the payload up to the bytes. */
    private byte[] head(long size) {
        byte[] id = sessionId.getBytes(StandardCharsets.UTF_8);
        byte[] parent = parentId == null ? new byte[0] : parentId.getBytes(StandardCharsets.UTF_8);
        int length = HEADER + 2 + id.length + 28 + (parentId == null ? 0 : 2 + parent.length + 8);
        ByteBuffer out = ByteBuffer.allocate(length);
        out.putInt(MAGIC).putInt(Math.toIntExact(length - HEADER + size));
        out.putInt(0).putInt(kind.code);
        out.putLong(segment).putLong(offset).putLong(flushed);
        out.putShort((short) id.length).put(id);
        out.putLong(firstVersion).putInt(count).putLong(firstPosition);
        out.putLong(fileOffset);
        if (parentId != null) {
            out.putShort((short) parent.length).put(parent).putLong(inherited);
        }
        return out.array();
    }

    /** Returns the checksum of the header, to be continued with the payload. */
    static CRC32C crcOf(byte[] bytes, int headerAt) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, headerAt + 4, CRC_AT - 4);
        crc.update(bytes, headerAt + CRC_AT + 4, HEADER - CRC_AT - 4);
        return crc;
    }

    /** Returns the frame; null if this version does not know the payload, although its checksum matches. */
    static @Nullable Frame of(Header header, byte[] payload) {
        Kind kind = Kind.of(header.kind());
        if (kind == null) {
            return null;
        }
        ByteBuffer in = ByteBuffer.wrap(payload);
        try {
            String sessionId = readId(in);
            long firstVersion = in.getLong();
            int count = in.getInt();
            long firstPosition = in.getLong();
            long fileOffset = in.getLong();
            String parentId = kind == Kind.FORK ? readId(in) : null;
            long inherited = kind == Kind.FORK ? in.getLong() : 0;
            if (firstVersion < 0 || count < 1 || firstPosition < 1 || fileOffset < 0 || inherited < 0) {
                return null;
            }
            return new Frame(
                    kind,
                    header.segment(),
                    header.offset(),
                    header.flushed(),
                    sessionId,
                    firstVersion,
                    count,
                    firstPosition,
                    fileOffset,
                    parentId,
                    inherited,
                    in.slice(),
                    payload.length);
        } catch (BufferUnderflowException | CharacterCodingException e) {
            return null;
        }
    }

    private static String readId(ByteBuffer in) throws CharacterCodingException {
        int length = Short.toUnsignedInt(in.getShort());
        if (length > in.remaining()) {
            throw new BufferUnderflowException();
        }
        ByteBuffer id = in.slice(in.position(), length);
        in.position(in.position() + length);
        return StandardCharsets.UTF_8.newDecoder().decode(id).toString();
    }
}
