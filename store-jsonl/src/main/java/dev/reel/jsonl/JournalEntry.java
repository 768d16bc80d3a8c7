package dev.reel.jsonl;

import dev.reel.ReelException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What the journal makes durable in one piece: a batch of events, the beginning of a fork, or a purge. Made by whoever
 * accepts it; from {@link JournalWriter#add} on it is the journal's, until the journal says that it is settled.
 */
abstract class JournalEntry {

    private final Frame.Kind kind;
    private final String sessionId;
    private final long firstVersion;
    private final long firstPosition;
    private final List<byte[]> lines;
    private final @Nullable String parentId;
    private final @Nullable FileEnd inherited;
    private final long bytes;

    /** What it rests on, until that is settled. */
    private @Nullable JournalEntry after;

    private @Nullable ReelException error;
    /** Volatile, since whoever deletes segments asks for it before the entry is settled. */
    private volatile @Nullable JournalPlace end;

    private long journalOffset;
    private FileEnd base = FileEnd.EMPTY;

    /**
     * An entry.
     *
     * @param firstVersion of its first event; 0 of a purge
     * @param firstPosition of its first event; the others follow it
     * @param lines encoded, without {@code \n}; not to be changed any more
     * @param parentId where it is a fork
     * @param inherited where it is a fork, the end of what the fork has of its parent's file
     * @param after the one of the same session that was accepted before it and was not published then, if any: when
     *     that fails, this one must not be written, though its version may fit again
     */
    JournalEntry(
            Frame.Kind kind,
            String sessionId,
            long firstVersion,
            long firstPosition,
            List<byte[]> lines,
            @Nullable String parentId,
            @Nullable FileEnd inherited,
            @Nullable JournalEntry after) {
        if (lines.isEmpty() || (kind == Frame.Kind.FORK) != (parentId != null && inherited != null)) {
            throw new IllegalArgumentException("no entry of the journal: " + kind + " with " + lines.size() + " lines");
        }
        this.kind = kind;
        this.sessionId = sessionId;
        this.firstVersion = firstVersion;
        this.firstPosition = firstPosition;
        this.lines = lines;
        this.parentId = parentId;
        this.inherited = inherited;
        this.after = after;
        long sum = 0;
        for (byte[] line : lines) {
            sum += line.length + 1L;
        }
        this.bytes = sum;
    }

    /**
     * The end of its session's file, with all that the journal said of it before in the file; {@link FileEnd#EMPTY} where
     * there is none. Asked for on the journal's thread, where the journal does not know.
     */
    abstract FileEnd sessionEnd();

    /** It is durable. Called once, by {@link #tell}. */
    abstract void durable();

    /** It failed. Called once, by {@link #tell}. */
    abstract void failed(ReelException why);

    /** Says how it went; for a thread that may run what follows. */
    final void tell() {
        ReelException why = error;
        if (why == null) {
            durable();
        } else {
            failed(why);
        }
    }

    final Frame.Kind kind() {
        return kind;
    }

    final String sessionId() {
        return sessionId;
    }

    final long firstVersion() {
        return firstVersion;
    }

    final int count() {
        return lines.size();
    }

    final long firstPosition() {
        return firstPosition;
    }

    final long lastPosition() {
        return firstPosition + lines.size() - 1;
    }

    final List<byte[]> lines() {
        return lines;
    }

    final @Nullable String parentId() {
        return parentId;
    }

    final @Nullable FileEnd inherited() {
        return inherited;
    }

    /** Of its lines, each with its {@code \n}. */
    final long bytes() {
        return bytes;
    }

    // ---- Once it is settled

    /** Why it failed, or null. */
    final @Nullable ReelException error() {
        return error;
    }

    /** The end of its frame; null before it has a place in the journal. */
    final @Nullable JournalPlace end() {
        return end;
    }

    /** Where its first line begins in the segment that {@link #end} names. */
    final long journalOffset() {
        return journalOffset;
    }

    /** Where its first line belongs in the session's file; of a purge, nowhere. */
    final long fileOffset() {
        return base.offset() + (base.lineOpen() ? 1 : 0);
    }

    /** Its frame, to be written somewhere else than into the journal. */
    final Frame frame() {
        ByteBuffer all = ByteBuffer.allocate(Math.toIntExact(bytes + (base.lineOpen() ? 1 : 0)));
        if (base.lineOpen()) {
            all.put((byte) '\n');
        }
        for (byte[] line : lines) {
            all.put(line).put((byte) '\n');
        }
        return new Frame(
                kind,
                0,
                0,
                0,
                sessionId,
                firstVersion,
                count(),
                firstPosition,
                base.offset(),
                parentId,
                base.version(),
                all.flip(),
                0);
    }

    // ---- For the journal

    /** Why the one that it rests on failed, or null. */
    final @Nullable ReelException failureBefore() {
        return after == null ? null : after.error;
    }

    final void fail(ReelException why) {
        error = why;
        after = null;
    }

    final void placed(JournalPlace frameEnd, long lineInJournal, FileEnd fileBefore) {
        base = fileBefore;
        journalOffset = lineInJournal;
        end = frameEnd;
    }

    final void succeed() {
        after = null;
    }

    @Override
    public final String toString() {
        return kind + " " + sessionId + "@" + firstVersion + "+" + count() + (error == null ? "" : " " + error);
    }

    /** The end of the file behind it, when it is written where that one is. */
    final FileEnd fileEnd(FileEnd base) {
        if (kind == Frame.Kind.PURGE) {
            return FileEnd.EMPTY;
        }
        FileEnd begin = kind == Frame.Kind.FORK ? Objects.requireNonNull(inherited) : base;
        return new FileEnd(firstVersion + count() - 1, begin.offset() + (begin.lineOpen() ? 1 : 0) + bytes, false);
    }
}
