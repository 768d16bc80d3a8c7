package dev.reel.internal.engine;

import dev.reel.Change;
import dev.reel.ExpectedVersion;
import dev.reel.FencedException;
import dev.reel.LogPlace;
import dev.reel.SessionEvent;
import dev.reel.SessionState;
import dev.reel.Turn;
import dev.reel.VersionConflictException;
import dev.reel.WriteOptions;
import dev.reel.internal.IdPlaces;
import dev.reel.internal.PersistentVector;
import dev.reel.spi.States;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A session at one version: its log, and the rows folded from it. Immutable. A session's head and its published state
 * are two such views, so publishing replaces one reference.
 *
 * <p>If the store has a {@link Storage}, a view holds only the events that are not stored yet and reads the earlier
 * ones from a {@link StoredLog}. The rows of a log that was loaded from storage are folded at first use. The rows of a
 * long log are lean: their contents are read when a row is read.
 */
final class LogView {

    /** The rows are kept at each multiple of this many versions. */
    static final int MARK_EVERY = 1_024;
    /** The rows of a stored log with more than this many bytes of events are lean. */
    private static final long LEAN_FROM = 1 << 20;

    private final String sessionId;
    private final Lineage lineage;
    /** How many events were inherited from a parent session; the session recorded the later ones itself. */
    private final long inherited;

    private final @Nullable StoredLog stored;
    /** How many events are read from {@code stored}. */
    private final int storedCount;

    private final PersistentVector<SessionEvent> held;
    private final IdPlaces ids;
    /** Null until folded at first use; racing threads compute equal rows. */
    private volatile @Nullable Rows rows;

    /**
     * The rows folded from the log.
     *
     * @param state the rows at the view's version
     * @param marks the rows at each multiple of MARK_EVERY, so that going back folds at most that many events. Forks
     *     share the marks, so a mark may have an ancestor's session id. A mark keeps no row in memory that was put
     *     later
     */
    private record Rows(SessionState state, PersistentVector<SessionState> marks) {

        static Rows of(SessionState empty) {
            return new Rows(empty, PersistentVector.empty());
        }

        /**
         * Keeps a mark without its index if the rows are lean: the logs of lean rows are long, and an index in every mark
         * would cost more than making the index anew when it is needed.
         */
        private static SessionState mark(SessionState state) {
            return States.isLean(state) ? States.kept(state) : States.under(state, state.sessionId());
        }

        Rows plus(SessionEvent event) {
            SessionState next = state.apply(event);
            return new Rows(next, next.version() % MARK_EVERY == 0 ? marks.append(mark(next)) : marks);
        }
    }

    private LogView(
            String sessionId,
            Lineage lineage,
            long inherited,
            @Nullable StoredLog stored,
            int storedCount,
            PersistentVector<SessionEvent> held,
            IdPlaces ids,
            @Nullable Rows rows) {
        this.sessionId = sessionId;
        this.lineage = lineage;
        this.inherited = inherited;
        this.stored = stored;
        this.storedCount = storedCount;
        this.held = held;
        this.ids = ids;
        this.rows = rows;
    }

    /** Returns a log without events, in memory only, or with the given stored log. */
    static LogView empty(String sessionId, @Nullable StoredLog place) {
        return new LogView(
                sessionId,
                new Lineage(),
                0,
                place,
                0,
                PersistentVector.empty(),
                IdPlaces.empty(),
                Rows.of(SessionState.empty(sessionId)));
    }

    /** Returns the view of a stored log. */
    static LogView of(String sessionId, StoredLog stored, Lineage lineage) {
        return new LogView(
                sessionId,
                lineage,
                stored.inherited(),
                stored,
                Math.toIntExact(stored.version()),
                PersistentVector.empty(),
                IdPlaces.empty(),
                null);
    }

    Lineage lineage() {
        return lineage;
    }

    @Nullable
    StoredLog stored() {
        return stored;
    }

    /** How many events are held in memory. */
    int held() {
        return held.size();
    }

    /** Whether all events are stored, so that dropping the view loses nothing. */
    boolean isStored() {
        return stored != null && held.isEmpty();
    }

    SessionState state() {
        return readable(rows().state());
    }

    private SessionState readable(SessionState rows) {
        return States.isLean(rows) ? States.reading(rows, this::event) : rows;
    }

    private boolean isLong() {
        return stored != null && stored.bytes() > LEAN_FROM;
    }

    /** The rows if they are folded already, otherwise null. */
    @Nullable
    SessionState folded() {
        Rows known = rows;
        return known == null ? null : readable(known.state());
    }

    /** Throws {@link VersionConflictException} unless the log is as expected. */
    void checkExpected(ExpectedVersion expected) {
        if (!expected.holds(version(), lastEventId())) {
            throw new VersionConflictException(sessionId, expected, version());
        }
    }

    /** Throws {@link FencedException} if the options name a turn, and it is not the session's current one. */
    void checkTurn(WriteOptions options) {
        if (options.turnEpoch() == 0) {
            return;
        }
        Turn turn = state().turn();
        if (turn == null
                || turn.epoch() != options.turnEpoch()
                || !turn.eventId().equals(options.turnEventId())) {
            throw new FencedException(sessionId, options.turnEpoch(), turn);
        }
    }

    /** The place of the last event. Does not fold the rows. */
    LogPlace place() {
        SessionState known = folded();
        if (known != null) {
            return known.place();
        }
        return version() == 0 ? LogPlace.start() : event(version()).place();
    }

    private Rows rows() {
        Rows known = rows;
        if (known == null) {
            known = Rows.of(isLong() ? States.lean(sessionId) : SessionState.empty(sessionId));
            for (long version = 1; version <= version(); version++) {
                known = known.plus(event(version));
            }
            rows = known;
        }
        return known;
    }

    long version() {
        return (long) storedCount + held.size();
    }

    SessionEvent event(long version) {
        if (version > storedCount) {
            return held.get((int) version - storedCount - 1);
        }
        if (stored == null) {
            throw new IndexOutOfBoundsException("version " + version);
        }
        return stored.event(version);
    }

    /** The last event's id, or null if the log is empty. */
    @Nullable
    String lastEventId() {
        Rows known = rows;
        if (known != null) {
            return known.state().lastEventId(); // without reading the event
        }
        return version() == 0 ? null : event(version()).id();
    }

    /** Whether the session is closed: its last event is a {@code session_close}. */
    boolean isClosed() {
        Rows known = rows;
        if (known != null && !known.state().closed()) {
            return false; // without reading the event
        }
        return version() > 0 && event(version()).change().kind() == Change.Kind.SESSION_CLOSE;
    }

    /** The version of the event with this id, or 0 if the log does not contain it. */
    long versionOf(String eventId) {
        int index = ids.find(eventId, place -> held.get(place).id());
        if (index != IdPlaces.NONE) {
            return storedCount + index + 1L;
        }
        long version = stored == null ? 0 : stored.versionOf(eventId);
        return version <= storedCount ? version : 0;
    }

    /** Returns the log with a batch appended, and its rows. */
    LogView plus(List<SessionEvent> batch) {
        PersistentVector<SessionEvent> longer = held;
        IdPlaces known = ids;
        Rows after = rows();
        for (SessionEvent event : batch) {
            known = plus(known, longer, event);
            longer = longer.append(event);
            after = after.plus(event);
        }
        return new LogView(sessionId, lineage, inherited, stored, storedCount, longer, known, after);
    }

    private static IdPlaces plus(IdPlaces ids, PersistentVector<SessionEvent> events, SessionEvent event) {
        return ids.append(event.id(), place -> events.get(place).id());
    }

    /** Returns the same log without the held events that are stored by now. */
    LogView withoutStored() {
        int count = stored == null ? 0 : (int) Math.min(stored.version(), version());
        if (count <= storedCount) {
            return this;
        }
        PersistentVector<SessionEvent> rest = PersistentVector.empty();
        IdPlaces restIds = IdPlaces.empty();
        for (SessionEvent event : held.subList(count - storedCount, held.size())) {
            restIds = plus(restIds, rest, event);
            rest = rest.append(event);
        }
        Rows kept = rows;
        if (kept != null && !States.isLean(kept.state()) && isLong()) {
            kept = null;
        }
        return new LogView(sessionId, lineage, inherited, stored, count, rest, restIds, kept);
    }

    /** Returns the rows at an earlier version. */
    SessionState stateAt(long version) {
        if (version == version()) {
            return state();
        }
        return readable(fold(mark((int) version / MARK_EVERY), version));
    }

    /** Returns the rows at a multiple of MARK_EVERY. */
    private SessionState mark(int number) {
        Rows known = rows();
        if (number == 0) {
            return States.isLean(known.state()) ? States.lean(sessionId) : SessionState.empty(sessionId);
        }
        SessionState mark = known.marks().get(number - 1);
        return States.isLean(mark) || !mark.sessionId().equals(sessionId) ? States.under(mark, sessionId) : mark;
    }

    /** Returns the rows at a version with all contents in memory, for callers outside the engine. */
    SessionState wholeAt(long version) {
        Rows known = rows;
        boolean lean = known == null ? isLong() : States.isLean(known.state());
        return lean ? fold(SessionState.empty(sessionId), version) : stateAt(version);
    }

    /** Applies the events up to a version to the given rows. */
    SessionState fold(SessionState from, long version) {
        SessionState at = from;
        for (long v = at.version() + 1; v <= version; v++) {
            at = at.apply(event(v));
        }
        return at;
    }

    /** Returns the log of a fork that starts with the first {@code prefix} events of this log. */
    LogView fork(int prefix, String otherId) {
        int sharedStored = Math.min(prefix, storedCount);
        PersistentVector<SessionEvent> sharedHeld = held.take(prefix - sharedStored);
        return new LogView(
                otherId,
                new Lineage(),
                prefix,
                stored == null ? null : stored.fork(otherId, sharedStored, sharedHeld),
                sharedStored,
                sharedHeld,
                ids.take(sharedHeld.size()),
                new Rows(States.under(stateAt(prefix), otherId), rows().marks().take(prefix / MARK_EVERY)));
    }

    /**
     * Returns the same log with the lineage of an empty one, so that cursors that wait on the empty log continue in
     * this one.
     */
    LogView inLifeOf(LogView empty) {
        return new LogView(sessionId, empty.lineage, inherited, stored, storedCount, held, ids, rows);
    }

    /** The events that the session itself recorded and that are held in memory. */
    List<SessionEvent> ownHeld() {
        int from = (int) Math.max(0, inherited - storedCount);
        return from >= held.size() ? List.of() : new ArrayList<>(held.subList(from, held.size()));
    }
}
