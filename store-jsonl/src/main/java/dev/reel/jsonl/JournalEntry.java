package dev.reel.jsonl;

import dev.reel.ReelException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An entry that the journal makes durable as a whole: a batch of events, the beginning of a fork, or a purge. The
 * accepting code creates it. From {@link JournalWriter#add} on it belongs to the journal, until the journal reports it
 * settled.
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

    /** The entry that this one follows, until that one is settled. */
    private @Nullable JournalEntry after;

    private @Nullable ReelException error;
    /** Volatile, because the thread that deletes segments reads it before the entry is settled. */
    private volatile @Nullable JournalPlace end;

    private long journalOffset;
    private FileEnd base = FileEnd.EMPTY;

    /**
     * An entry.
     *
     * @param firstVersion the version of its first event; 0 for a purge
     * @param firstPosition the position of its first event; the others follow it
     * @param lines the encoded events, without {@code \n}; must not be changed any more
     * @param parentId for a fork, the parent
     * @param inherited for a fork, the end of the part of its parent's file that it inherits
     * @param after the entry of the same session that was accepted before it and was not published then, if any: if
     *     that entry fails, this one must not be written, even if its version fits again
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
            throw new IllegalArgumentException("not a journal entry: " + kind + " with " + lines.size() + " lines");
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
     * Returns the end of its session's file after everything that the journal has settled for it is in the file; {@link
     * FileEnd#EMPTY} if there is no file. Called on the journal's thread if the journal does not know the end.
     */
    abstract FileEnd sessionEnd();

    /** The entry is durable. Called once, by {@link #tell}. */
    abstract void durable();

    /** The entry failed. Called once, by {@link #tell}. */
    abstract void failed(ReelException why);

    /** Reports the result. Call it on a thread that may run the callbacks. */
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

    /** Returns the size of its lines in bytes, each with its {@code \n}. */
    final long bytes() {
        return bytes;
    }

    // ---- Once it is settled

    /** Returns why it failed, or null. */
    final @Nullable ReelException error() {
        return error;
    }

    /** Returns the end of its frame; null until it has a place in the journal. */
    final @Nullable JournalPlace end() {
        return end;
    }

    /** Returns the offset of its first line in the segment of {@link #end}. */
    final long journalOffset() {
        return journalOffset;
    }

    /** Returns the offset of its first line in the session's file; meaningless for a purge. */
    final long fileOffset() {
        return base.offset() + (base.lineOpen() ? 1 : 0);
    }

    /** Returns its frame, to be written to another file than the journal. */
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

    /** Returns why the entry that it follows failed, or null. */
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

    /** Returns the end of the file after this entry, if it is written at {@code base}. */
    final FileEnd fileEnd(FileEnd base) {
        if (kind == Frame.Kind.PURGE) {
            return FileEnd.EMPTY;
        }
        FileEnd begin = kind == Frame.Kind.FORK ? Objects.requireNonNull(inherited) : base;
        return new FileEnd(firstVersion + count() - 1, begin.offset() + (begin.lineOpen() ? 1 : 0) + bytes, false);
    }
}
