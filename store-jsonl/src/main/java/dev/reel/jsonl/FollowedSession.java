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
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One life of a session, as another process writes it: what of it is in a file, and what only the journal has yet. When
 * the session is purged, this is over; a new one under the id is another.
 *
 * <p>One thread, the one that follows, changes it; any thread may read.
 */
final class FollowedSession implements StoredSession {

    /**
     * A frame of the journal.
     *
     * @param parent of a fork, the life that it is one of; null where that is not there any more
     * @param inherited of a fork, how many events it takes over
     * @param fork whether it is the beginning of a fork
     * @param end where its lines end in the session's file
     * @param events what it holds
     */
    record Batch(@Nullable FollowedSession parent, long inherited, boolean fork, long end, List<SessionEvent> events) {

        long firstVersion() {
            return events.get(0).version();
        }
    }

    /** What the catalogue knows, which holds while nothing comes behind it. */
    private record Listing(@Nullable Session row, Map<String, Long> snapshots) {}

    private final String id;
    private volatile @Nullable Path file;
    private volatile @Nullable SessionDamagedException damage;
    private volatile List<Batch> batches = List.of();
    private volatile @Nullable Listing listing;
    private volatile long birth;
    private volatile long changed;
    private volatile long version;
    /** What the file was like when it was looked at. */
    private long size = -1;

    private long modified;

    FollowedSession(String id) {
        this.id = id;
    }

    /** One that is in a file. */
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

    /** One that is in a file of which the catalogue does not speak. */
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

    /** Whether the file may have been changed since it was looked at. */
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

    /** Takes what the journal has behind what is known. */
    void add(Batch batch) {
        List<Batch> all = new ArrayList<>(batches);
        all.add(batch);
        batches = List.copyOf(all);
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
     * Lets go of what is in the file by now.
     *
     * @param own where the file is, or will be
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
            file = own; // first: whoever sees fewer batches looks into it
            batches = List.copyOf(all.subList(stored, all.size()));
        }
    }

    /** The last line of it tells: an id that was there before has none of the same checksum. */
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

    /** The log as it is now, or null where its file is in the making; reads. */
    @Nullable
    FollowedLog open(FollowedRoot root) throws IOException {
        SessionDamagedException known = damage;
        if (known != null) {
            throw known.copy();
        }
        // In this order: what is not in the one is in the other, which only grows.
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
                // It is purged, or being purged: then the fork's own file has what it inherited.
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
