package dev.reel.engine;

import dev.reel.Session;
import dev.reel.SessionQuery;
import dev.reel.SessionState;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The published sessions in their two orders: by last change, and by the first event that each recorded itself. */
final class SessionIndex {

    /** Where the row of a session is. */
    interface Source {

        String id();

        @Nullable
        Session row();
    }

    private record Stored(StoredSession session) implements Source {

        @Override
        public String id() {
            return session.id();
        }

        @Override
        public @Nullable Session row() {
            return session.row();
        }
    }

    /** A session of another store, which goes on changing. */
    private record Followed(StoredSession session, Function<String, @Nullable Session> reading) implements Source {

        @Override
        public String id() {
            return session.id();
        }

        @Override
        public @Nullable Session row() {
            return session.isCurrent() ? session.row() : reading.apply(session.id());
        }
    }

    private final ConcurrentSkipListMap<Long, Source> byChange = new ConcurrentSkipListMap<>();
    private final ConcurrentSkipListMap<Long, String> byBirth = new ConcurrentSkipListMap<>();

    void add(StoredSession session) {
        if (session.changed() > 0) {
            byChange.put(session.changed(), new Stored(session));
        }
        byBirth.put(session.birth(), session.id());
    }

    /**
     * Another store's session has changed.
     *
     * @param changed its place in the list until now
     * @param birth its place among the ids until now
     * @param now what is known of it, or null where it is not there any more
     * @param reading gives the row of a session that has to be read
     */
    void followed(long changed, long birth, @Nullable StoredSession now, Function<String, @Nullable Session> reading) {
        if (now != null && now.changed() > 0) {
            byChange.put(now.changed(), new Followed(now, reading));
        }
        if (changed > 0 && (now == null || now.changed() != changed)) {
            byChange.remove(changed);
        }
        if (birth > 0 && (now == null || now.birth() != birth)) {
            byBirth.remove(birth);
        }
        if (now != null) {
            byBirth.put(now.birth(), now.id());
        }
    }

    /** A session has left the memory. */
    void dropped(SessionLog log, StoredSession session) {
        if (session.changed() > 0) {
            byChange.replace(session.changed(), log, new Stored(session));
        }
    }

    void published(SessionLog log, SessionState before, SessionState after) {
        Session old = before.session();
        Session now = after.session();
        if (now != null && (old == null || old.position() != now.position())) {
            byChange.put(now.position(), log);
        }
        if (old != null && (now == null || old.position() != now.position())) {
            byChange.remove(old.position());
        }
        if (before.version() == 0) {
            byBirth.put(log.birth(), log.id());
        }
    }

    void purged(SessionState before, long birth) {
        Session old = before.session();
        if (old != null) {
            byChange.remove(old.position());
        }
        byBirth.remove(birth);
    }

    Iterable<String> ids() {
        return byBirth.values();
    }

    /**
     * The rows of a query, found as they are asked for.
     *
     * @param mark the position that the feed may give, for a query by position
     */
    Iterable<Session> rows(SessionQuery query, long mark) {
        return () -> new Rows(query, mark);
    }

    /** Walks the sessions from the last changed on. One that changes meanwhile moves to the front, and is passed over. */
    private final class Rows implements Iterator<Session> {

        private final SessionQuery query;
        private final long newest;
        private final Iterator<Map.Entry<Long, Source>> entries;
        private int left;
        private @Nullable Session next;

        Rows(SessionQuery query, long mark) {
            this.query = query;
            this.newest = query.changedAfterPosition() < 0 ? Long.MAX_VALUE : mark;
            this.left = query.limit();
            this.entries = byChange.headMap(query.cursor(), false)
                    .descendingMap()
                    .entrySet()
                    .iterator();
        }

        @Override
        public boolean hasNext() {
            while (next == null && left > 0 && entries.hasNext()) {
                var entry = entries.next();
                if (entry.getKey() <= query.changedAfterPosition()) {
                    left = 0;
                    break;
                }
                Session row = entry.getValue().row();
                if (row != null && row.position() == entry.getKey() && row.position() <= newest && query.matches(row)) {
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
