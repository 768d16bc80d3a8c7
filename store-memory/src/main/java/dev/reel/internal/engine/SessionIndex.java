package dev.reel.internal.engine;

import dev.reel.ListCursor;
import dev.reel.Session;
import dev.reel.SessionQuery;
import dev.reel.SessionState;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The published sessions in two orders: by last change, and by the first event that each session recorded itself.
 *
 * <p>Both orders are one immutable {@link Version}. A change replaces the version in O(log n), and a list is read from
 * the version that was current when the reader subscribed. So each list shows one state of the index: a session that
 * moves while a list is read is in that list exactly once, at its place in that state. Neither readers nor writers hold
 * a lock.
 */
final class SessionIndex {

    /** Returns the row of a session. */
    private interface Source {

        /** The row, or null if the session no longer has one. */
        @Nullable
        Session row();
    }

    /** The row of a session whose log is in memory, as it was when it was published. */
    private record Loaded(Object log, Session row) implements Source {}

    private record Stored(StoredSession session) implements Source {

        @Override
        public @Nullable Session row() {
            return session.row();
        }
    }

    /** A session of another store, which keeps changing: its row may be newer than its place in the index. */
    private record Followed(StoredSession session, Function<StoredSession, @Nullable Session> reading)
            implements Source {

        @Override
        public @Nullable Session row() {
            Session row = session.row();
            return row == null ? reading.apply(session) : row;
        }
    }

    private record Version(LongTree<Source> byChange, LongTree<String> byBirth) {

        /** A position of 0 means none. */
        Version moved(long from, long to, @Nullable Source source) {
            LongTree<Source> changed = from > 0 && from != to ? byChange.without(from) : byChange;
            return new Version(to > 0 && source != null ? changed.with(to, source) : changed, byBirth);
        }

        Version born(long from, long to, @Nullable String id) {
            LongTree<String> changed = from > 0 && from != to ? byBirth.without(from) : byBirth;
            return new Version(byChange, to > 0 && id != null ? changed.with(to, id) : changed);
        }
    }

    private final AtomicReference<Version> current =
            new AtomicReference<>(new Version(LongTree.empty(), LongTree.empty()));

    private void change(UnaryOperator<Version> change) {
        current.updateAndGet(change);
    }

    void add(StoredSession session) {
        change(version ->
                version.moved(0, session.changed(), new Stored(session)).born(0, session.birth(), session.id()));
    }

    /**
     * Called when a session of the followed store has changed.
     *
     * @param changed its place in the session list until now, or 0
     * @param birth its place in the list of ids until now, or 0
     * @param now its stored state, or null if it no longer exists
     * @param reading returns the row of a session whose log has to be read
     */
    void followed(
            long changed, long birth, @Nullable StoredSession now, Function<StoredSession, @Nullable Session> reading) {
        if (now == null) {
            change(version -> version.moved(changed, 0, null).born(birth, 0, null));
        } else {
            long changedNow = now.changed();
            long birthNow = now.birth();
            Source source = new Followed(now, reading);
            change(version -> version.moved(changed, changedNow, source).born(birth, birthNow, now.id()));
        }
    }

    /**
     * Called when a session's log was dropped from memory.
     *
     * @param log identifies the log that was published
     */
    void dropped(Object log, StoredSession session) {
        change(version -> {
            boolean listed = session.changed() > 0
                    && version.byChange().get(session.changed()) instanceof Loaded loaded
                    && loaded.log() == log;
            return listed ? version.moved(0, session.changed(), new Stored(session)) : version;
        });
    }

    @SuppressWarnings("ReferenceEquality") // an event that touches no row leaves the same object
    void published(Object log, String sessionId, long birth, SessionState before, SessionState after) {
        Session old = before.session();
        Session now = after.session();
        boolean first = before.version() == 0;
        if (old == now && !first) {
            return;
        }
        long from = old == null ? 0 : old.position();
        long to = now == null ? 0 : now.position();
        Source source = now == null ? null : new Loaded(log, now);
        change(version -> {
            Version moved = version.moved(from, to, source);
            return first ? moved.born(0, birth, sessionId) : moved;
        });
    }

    void purged(SessionState before, long birth) {
        Session old = before.session();
        purged(old == null ? 0 : old.position(), birth);
    }

    void purged(long changed, long birth) {
        change(version -> version.moved(changed, 0, null).born(birth, 0, null));
    }

    Iterable<String> ids() {
        return () -> current.get().byBirth().ascending();
    }

    /**
     * The rows of a query, read from one version of the index.
     *
     * @param mark the position up to which the feed may emit, for a query by position
     */
    Iterable<Session> rows(SessionQuery query, long mark) {
        return () -> new Rows(query, mark, current.get().byChange());
    }

    /** Iterates over the sessions of one version, the last changed first. */
    private static final class Rows implements Iterator<Session> {

        private final SessionQuery query;
        private final long newest;
        private final LongTree.EntryIterator<Source> entries;
        private int left;
        private @Nullable Session next;

        Rows(SessionQuery query, long mark, LongTree<Source> byChange) {
            this.query = query;
            this.newest = query.changedAfterPosition() < 0 ? Long.MAX_VALUE : mark;
            this.left = query.limit();
            ListCursor cursor = query.cursor();
            this.entries = byChange.descendingBelow(cursor == null ? Long.MAX_VALUE : cursor.position());
        }

        @Override
        public boolean hasNext() {
            while (next == null && left > 0 && entries.hasNext()) {
                if (entries.nextKey() <= query.changedAfterPosition()) {
                    left = 0;
                    break;
                }
                Session row = entries.next().row();
                if (row != null && row.position() <= newest && query.matches(row)) {
                    next = row;
                    left--;
                }
            }
            return next != null;
        }

        @Override
        public Session next() {
            Session row = hasNext() ? next : null;
            if (row == null) {
                throw new NoSuchElementException();
            }
            next = null;
            return row;
        }
    }
}
