package dev.reel.jsonl;

import dev.reel.Change;
import dev.reel.Session;
import dev.reel.SessionDamagedException;
import dev.reel.SessionEvent;
import dev.reel.internal.engine.StoredLog;
import dev.reel.internal.engine.StoredSession;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One life of a session that another process writes: its events in a file, and its events that are only in the journal.
 * A purge ends the life; a new session under the same id is another life.
 *
 * <p>Only the following thread changes it; any thread may read it.
 */
final class FollowedSession implements StoredSession {

    private static final int FIRST_BATCHES = 4;

    /**
     * A frame of the journal.
     *
     * @param parent for a fork, the life that it forks; null if that no longer exists
     * @param inherited for a fork, how many events it inherits
     * @param fork whether it is the beginning of a fork
     * @param end the offset at which its lines end in the session's file
     * @param events its events
     */
    record Batch(@Nullable FollowedSession parent, long inherited, boolean fork, long end, List<SessionEvent> events) {

        long firstVersion() {
            return events.get(0).version();
        }
    }

    /** The catalogue's data, which are valid until an event follows. */
    private record Listing(@Nullable Session row, Map<String, Long> snapshots) {}

    private final String id;
    private volatile @Nullable Path file;
    private volatile @Nullable SessionDamagedException damage;
    /** The batches from the journal, a view of {@link #held}. */
    private volatile List<Batch> batches = List.of();

    private volatile @Nullable Listing listing;
    private volatile long birth;
    private volatile long changed;
    private volatile long version;
    /** The state of the file when it was last looked at. */
    private long size = -1;

    private long modified;

    /**
     * The first {@code count} are the batches. Readers have views of it, so a place is written once. Only the following
     * thread uses it.
     */
    private Batch[] held = new Batch[FIRST_BATCHES];

    private int count;

    FollowedSession(String id) {
        this.id = id;
    }

    /** Creates a session that has a file. */
    static FollowedSession in(Disk.Entry file, Catalogue.Entry entry) {
        FollowedSession session = new FollowedSession(entry.id());
        session.file = file.path();
        session.looked(file);
        session.birth = entry.birth();
        session.changed = entry.changed();
        session.version = entry.version();
        session.listing = new Listing(entry.row(), entry.snapshots());
        return session;
    }

    /** Creates a session that has a file but no entry in the catalogue. */
    static FollowedSession in(Disk.Entry file, RowsOfFile rows, LogFile log) {
        FollowedSession session = new FollowedSession(log.sessionId());
        session.file = file.path();
        session.looked(file);
        session.birth = rows.birth();
        Session row = rows.state().session();
        session.changed = row == null ? 0 : row.position();
        session.version = log.version();
        session.listing = new Listing(row, rows.snapshots());
        return session;
    }

    static FollowedSession damaged(String id, Disk.Entry file, SessionDamagedException damage) {
        FollowedSession session = new FollowedSession(id);
        session.file = file.path();
        session.looked(file);
        session.damage = damage;
        return session;
    }

    private void looked(Disk.Entry entry) {
        size = entry.size();
        modified = entry.modified();
    }

    /** Returns whether the file may have been changed since it was looked at. */
    boolean isOther(Disk.Entry entry) {
        return entry.size() != size
                || entry.modified() != modified
                || !entry.path().equals(file);
    }

    boolean isDamaged() {
        return damage != null;
    }

    long version() {
        return version;
    }

    @Nullable
    Path file() {
        return file;
    }

    /** Adds a batch from the journal after the known ones. */
    void add(Batch batch) {
        if (count == held.length) {
            held = Arrays.copyOf(held, 2 * count);
        }
        held[count++] = batch;
        batches = view();
        listing = null;
        for (SessionEvent event : batch.events()) {
            birth = birth == 0 ? event.position() : birth;
            version = event.version();
            changed = switch (event.change().kind()) {
                case SESSION_DELETE -> 0;
                case CUSTOM -> changed;
                case SESSION_TURN -> changed == 0 ? event.position() : changed;
                default -> event.position();
            };
        }
    }

    /**
     * Drops the batches that are in the file by now.
     *
     * @param own the path of the session's file, which need not exist
     */
    void prune(Disk disk, Path own) throws IOException {
        List<Batch> all = batches;
        if (all.isEmpty()) {
            return;
        }
        int stored = 0;
        try (Disk.File open = disk.open(own, Disk.Mode.READ)) {
            while (stored < all.size() && isIn(open, all.get(stored))) {
                stored++;
            }
        } catch (NoSuchFileException e) {
            return;
        }
        if (stored > 0) {
            file = own; // first: a reader that sees fewer batches reads the file instead
            held = Arrays.copyOfRange(held, stored, stored + Math.max(FIRST_BATCHES, count - stored));
            count -= stored;
            batches = view();
        }
    }

    private List<Batch> view() {
        return Arrays.asList(held).subList(0, count);
    }

    /**
     * Returns whether a batch is in the file, by its last line: a line of an earlier session under the id has another
     * checksum.
     */
    private static boolean isIn(Disk.File file, Batch batch) throws IOException {
        ByteBuffer line = batch.events().get(batch.events().size() - 1).line();
        ByteBuffer there = ByteBuffer.allocate(line.remaining());
        return file.size() >= batch.end()
                && file.readFully(there, batch.end() - 1 - line.remaining()) == line.remaining()
                && there.flip().equals(line);
    }

    boolean hasBatches() {
        return !batches.isEmpty();
    }

    /** Returns the current log, or null if its file is under construction. Reads files. */
    @Nullable
    FollowedLog open(FollowedRoot root) throws IOException {
        SessionDamagedException known = damage;
        if (known != null) {
            throw known.copy();
        }
        // Read in this order: an event that is no longer in the batches is in the file, which only grows.
        List<Batch> behind = batches;
        if (!behind.isEmpty() && (behind.get(0).fork() || behind.get(0).firstVersion() == 1)) {
            Batch first = behind.get(0);
            return first.fork() ? ofFork(root, first, behind) : join(null, 0, 0, behind);
        }
        Path path = file;
        LogFile log = root.scan(id, path == null ? root.pathOf(id) : path);
        return join(log, log.version(), log.inherited(), behind);
    }

    private @Nullable FollowedLog ofFork(FollowedRoot root, Batch first, List<Batch> behind) throws IOException {
        FollowedSession parent = first.parent();
        if (parent != null) {
            try {
                FollowedLog log = parent.open(root);
                if (log != null && log.version() >= first.inherited()) {
                    return join(log, first.inherited(), first.inherited(), behind);
                }
            } catch (NoSuchFileException | SessionDamagedException e) {
                // The parent is purged or being purged, so the fork's own file has the inherited events.
            }
        }
        try {
            LogFile own = root.scan(id, root.pathOf(id));
            return join(own, Math.min(own.version(), first.inherited()), first.inherited(), behind);
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    private static @Nullable FollowedLog join(
            @Nullable StoredLog stored, long count, long inherited, List<Batch> behind) {
        List<SessionEvent> more = new ArrayList<>();
        long inheritedNow = inherited;
        for (Batch batch : behind) {
            for (SessionEvent event : batch.events()) {
                if (event.version() > count) {
                    more.add(event);
                    if (event.change() instanceof Change.SessionFork fork
                            && fork.parentVersion() == event.version() - 1) {
                        inheritedNow = fork.parentVersion();
                    }
                }
            }
        }
        if (!more.isEmpty() && more.get(0).version() != count + 1) {
            return null;
        }
        return new FollowedLog(stored, count, more, inheritedNow);
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public long birth() {
        return birth;
    }

    @Override
    public long changed() {
        return changed;
    }

    @Override
    public boolean isCurrent() {
        return listing != null;
    }

    @Override
    public @Nullable Session row() {
        Listing known = listing;
        return known == null ? null : known.row();
    }

    @Override
    public Map<String, Long> snapshots() {
        Listing known = listing;
        return known == null ? Map.of() : Objects.requireNonNull(known).snapshots();
    }
}
