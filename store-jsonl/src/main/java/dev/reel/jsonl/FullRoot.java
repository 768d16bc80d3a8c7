package dev.reel.jsonl;

import dev.reel.AppendUnknownException;
import dev.reel.Change;
import dev.reel.EventDraft;
import dev.reel.ExpectedVersion;
import dev.reel.ReelException;
import dev.reel.SessionEvent;
import dev.reel.SessionStore;
import dev.reel.StoreClosedException;
import dev.reel.StoreFullException;
import dev.reel.StoreOptions;
import dev.reel.StoreStatus;
import dev.reel.Upcasters;
import dev.reel.WriteOptions;
import dev.reel.spi.DerivedIds;
import dev.reel.spi.Events;
import dev.reel.spi.LineCodec;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * A root that cannot be opened for writing yet, because the disk has no room for what a crash left in the journal.
 *
 * <p><b>Reading</b> works as for a {@linkplain FollowedRoot follower} and needs no disk space. This process has the
 * root's lock, so all whole frames of the journal may be shown, whatever the mark states. The mark is moved to the last
 * of them.
 *
 * <p><b>Opening</b> is retried at each write, at most once per second.
 *
 * <p><b>A purge</b> is appended to the journal, in the space that is {@linkplain Reserve reserved} for that. Then the
 * root is opened again: {@link Redo} does purges first, so the space that they free is available for the rest.
 *
 * <p>Methods block; call them on threads that may read files. Only one thread at a time opens and purges.
 */
final class FullRoot {

    private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** Opens the root for writing. */
    interface Opening {
        JsonlSessionStore open() throws IOException;
    }

    private final Disk disk;
    private final Path path;
    private final Path own;
    private final StoreOptions options;
    private final Opening opening;
    private final FollowedRoot followed;
    /** The size of the journal in bytes when it was read. */
    private final long unfolded;

    private volatile @Nullable JsonlSessionStore writer;
    private final Closeable lock;
    private volatile boolean closed;
    private volatile boolean tailsCompleted;
    private volatile IOException full;
    private volatile long due = System.nanoTime() + RETRY_NANOS;

    private FullRoot(
            Disk disk,
            Path path,
            Closeable lock,
            StoreOptions options,
            Opening opening,
            FollowedRoot followed,
            long unfolded,
            IOException full) {
        this.disk = disk;
        this.path = path;
        this.own = RootFiles.own(path);
        this.lock = lock;
        this.options = options;
        this.opening = opening;
        this.followed = followed;
        this.unfolded = unfolded;
        this.full = full;
    }

    /** Starts to read a root after opening it failed for lack of space. */
    static FullRoot read(
            Disk disk,
            Path path,
            Closeable lock,
            StoreOptions options,
            JsonlStoreOptions jsonl,
            Opening opening,
            IOException full)
            throws IOException {
        Path journal = RootFiles.journal(path);
        long unfolded = 0;
        if (disk.look(journal) != null) {
            long reserved = Ledger.read(disk, RootFiles.own(path)).reservedUpTo();
            try (JournalReader frames = readAll(disk, journal)) {
                for (Segment segment : frames.segments()) {
                    unfolded += segment.size() - Segment.HEADER;
                }
                if (!frames.segments().isEmpty()) {
                    journal(disk, journal, frames, reserved, upTo -> {}).close(); // this moves the mark
                }
            }
        }
        FollowedRoot followed = FollowedRoot.begin(disk, path, options, jsonl, FollowedRoot.ON_ITS_WAY);
        return new FullRoot(disk, path, lock, options, opening, followed, unfolded, full);
    }

    private static JournalReader readAll(Disk disk, Path journal) throws IOException {
        JournalReader frames = new JournalReader(disk, journal);
        while (frames.next() != null) {
            // The entries are only counted.
        }
        return frames;
    }

    private interface Reserving {
        void reserve(long upTo) throws IOException;
    }

    private static JournalWriter journal(
            Disk disk, Path journal, JournalReader frames, long reserved, Reserving reserving) throws IOException {
        JournalWriter writer = new JournalWriter(
                disk,
                journal,
                frames.segments(),
                frames.nextNumber(),
                reserved,
                JournalWriter.Settings.DEFAULT,
                new JournalWriter.Owner() {
                    @Override
                    public void reserve(long upTo) throws IOException {
                        reserving.reserve(upTo);
                    }

                    @Override
                    public void settled(List<JournalEntry> entries) {
                        // The caller that added the only entry checks its result.
                    }

                    @Override
                    public long settledUpTo(List<JournalEntry> entries) {
                        return entries.get(entries.size() - 1).lastPosition();
                    }
                });
        writer.start();
        return writer;
    }

    /** Returns the store that reads the root until it can be opened for writing. */
    SessionStore reader() {
        return followed.engine();
    }

    /** Returns the writing store after it could be opened, else null. */
    @Nullable
    JsonlSessionStore writer() {
        return writer;
    }

    /** Returns the path of a session's file, which need not exist. */
    Path fileOf(String sessionId) {
        JsonlSessionStore open = writer;
        try {
            return open == null ? followed.fileOf(sessionId) : open.fileOf(sessionId);
        } catch (IOException e) {
            throw new UncheckedIOException("the file of session " + sessionId + " can't be found", e);
        }
    }

    /**
     * Completes the tails of the reader and of the writer, even if the writer is opened later. Does not wait for the
     * opening.
     */
    Mono<Void> completeTails() {
        return Mono.defer(() -> {
            tailsCompleted = true;
            JsonlSessionStore open = writer;
            Mono<Void> read = reader().completeTails();
            return open == null ? read : read.then(open.completeTails());
        });
    }

    private void endTails(SessionStore open) {
        if (tailsCompleted) {
            open.completeTails().subscribe();
        }
    }

    /** Returns the reader's status, marked as full: there is no room to open the store for writing. */
    StoreStatus status(StoreStatus reader) {
        boolean over = reader.state() == StoreStatus.State.CLOSED;
        return new StoreStatus(
                over ? reader.state() : StoreStatus.State.FULL,
                over ? reader.reason() : path + " can't be opened for writing: " + full.getMessage(),
                reader.openTails(),
                reader.slowestTailLag(),
                reader.heldThreads(),
                reader.loadedSessions(),
                reader.loadedBytes(),
                unfolded,
                0);
    }

    /** Returns why a write fails without another attempt to open the root, or null. Callable from any thread. */
    @Nullable
    ReelException refusal(@Nullable String sessionId) {
        ReelException over = closed();
        return over != null || System.nanoTime() - due >= 0 ? over : full(sessionId);
    }

    @Nullable
    ReelException closed() {
        return closed ? new StoreClosedException() : null;
    }

    private StoreFullException full(@Nullable String sessionId) {
        return sessionId == null
                ? StoreFullException.unusable(path + " can't be opened for writing", full)
                : new StoreFullException(sessionId, full);
    }

    /**
     * Opens the root for writing, unless it is open.
     *
     * @param sessionId the session of the write, for the message
     * @throws StoreFullException if there is still not enough room
     */
    synchronized JsonlSessionStore open(@Nullable String sessionId) {
        JsonlSessionStore open = writer;
        if (open != null) {
            return open;
        }
        ReelException refusal = refusal(sessionId);
        if (refusal != null) {
            throw refusal;
        }
        try {
            open = opening.open();
            endTails(open);
            writer = open;
            endTails(open); // again: completeTails may have run just before the writer was set
            return open;
        } catch (IOException e) {
            noted(e);
        } catch (UncheckedIOException e) {
            noted(Objects.requireNonNull(e.getCause()));
        } finally {
            due = System.nanoTime() + RETRY_NANOS;
        }
        throw full(sessionId);
    }

    private void noted(IOException e) {
        if (!FullDisk.isReasonOf(e)) {
            throw JsonlSessionStore.unopened(path, e);
        }
        full = e;
    }

    /**
     * Purges a session. This uses the reserved space, so it works even if other writes have no room.
     *
     * @param write has an idempotency key
     * @return the writing store, if the purge freed enough room to open it; the purge is then a repeat there
     * @throws AppendUnknownException if it did not: the purge is on record, and is done when the root can be opened
     * @throws StoreFullException if there is no room even for the purge, or its options need a check that only a writer
     *     can do
     */
    synchronized JsonlSessionStore purge(String sessionId, WriteOptions write) {
        try {
            return open(sessionId);
        } catch (StoreFullException e) {
            if (write.expected() != ExpectedVersion.any() || write.turnEpoch() != 0) {
                throw e;
            }
        }
        try {
            new Reserve(disk, own).giveUp();
            if (followed.session(sessionId) != null) {
                record(sessionId, DerivedIds.ofEvent(sessionId, Objects.requireNonNull(write.idempotencyKey()), 0));
            }
        } catch (IOException e) {
            noted(e);
            throw new StoreFullException(sessionId, e);
        }
        due = System.nanoTime();
        try {
            return open(sessionId);
        } catch (StoreFullException e) {
            throw new AppendUnknownException(sessionId, e);
        }
    }

    private void record(String sessionId, String eventId) throws IOException {
        Path journal = own.resolve(RootFiles.JOURNAL);
        try (Ledger ledger = Ledger.open(disk, own);
                JournalReader frames = readAll(disk, journal)) {
            if (ledger.wasPurged(sessionId, eventId)) {
                return;
            }
            for (JournalReader.TornEnd torn : frames.tornEnds()) {
                if (torn.offset() == 0) {
                    disk.delete(torn.file());
                    disk.syncDirectory(journal);
                } else {
                    Kept kept = new Kept(disk, path);
                    if (torn.length() > 0) {
                        kept.keep(torn.file(), torn.offset(), torn.length(), "torn");
                    }
                    kept.drop(torn.file(), torn.offset());
                }
            }
            long position = ledger.reservedUpTo() + 1;
            SessionEvent event = Events.of(
                    sessionId,
                    0,
                    position,
                    eventId,
                    options.clock().instant(),
                    1,
                    EventDraft.of(new Change.SessionPurged()),
                    Upcasters.none());
            PurgeEntry entry =
                    new PurgeEntry(sessionId, position, LineCodec.standard().encode(event));
            JournalWriter writer = journal(
                    disk,
                    journal,
                    frames,
                    ledger.reservedUpTo(),
                    upTo -> ledger.reserve(upTo, options.clock().instant()));
            writer.add(entry);
            writer.close();
            ReelException error = entry.error();
            if (error != null) {
                throw error;
            }
        }
    }

    /** Prevents later openings. Returns the writing store, which then has the lock, or null. */
    synchronized @Nullable JsonlSessionStore close() {
        closed = true;
        JsonlSessionStore open = writer;
        if (open == null) {
            try {
                lock.close();
            } catch (IOException e) {
                throw new UncheckedIOException(path + " can't be unlocked", e);
            }
        }
        return open;
    }

    String newId() {
        return options.ids().eventId();
    }

    private static final class PurgeEntry extends JournalEntry {

        PurgeEntry(String sessionId, long position, byte[] line) {
            super(Frame.Kind.PURGE, sessionId, 0, position, List.of(line), null, null, null);
        }

        @Override
        FileEnd sessionEnd() {
            return FileEnd.EMPTY;
        }

        @Override
        void durable() {
            // The caller that added the entry checks its result.
        }

        @Override
        void failed(ReelException why) {
            // The caller that added the entry checks its result.
        }
    }
}
