package dev.reel.internal.engine;

import dev.reel.LogChangedException;
import dev.reel.LogPlace;
import dev.reel.SessionEvent;
import dev.reel.SessionPurgedException;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;

/**
 * A cursor in one session: it knows which log it reads, and when that is over.
 *
 * <p>It belongs to one {@link Lineage} from its first look on, also while it waits for the first event or for a place that
 * is not published yet, has no demand, or the log is unloaded. When that log is purged, the cursor has given everything and
 * completes, or it fails; it never goes on in the log that the id has next.
 *
 * <p>A follower may miss a purge. So after it has given up what it held of a log, the cursor looks whether the log that is
 * read anew has the event that it saw last.
 *
 * <p>Between runs it holds on to a place only, and not to the log.
 */
abstract class SessionCursor<T> extends Cursor<T> {

    private final SessionLog log;
    private Lineage lineage;
    private boolean begun;
    /** What was there at the first try to look: the log and its version, or, where that is not loaded, the feed's mark. */
    private @Nullable Lineage lineageThen;

    private long versionThen;
    private long markThen = -1;
    private long publicationsThen;

    /** What the last look saw; null between runs, and if the log that it belongs to is over. */
    private @Nullable LogView view;

    /** How many publications there were at the last look. */
    private long seen;

    private long generation;
    private @Nullable LogChangedException changed;

    SessionCursor(CoreSubscriber<? super T> actual, SessionLog log, boolean live) {
        super(actual, log.engine(), log.bell(), live);
        this.log = log;
        this.lineage = log.lineage();
        log.opened(this);
    }

    /** Called at the first look. */
    void begun(LogView first) {}

    /** Called at each look; the log may be over. */
    void looked() {}

    /** Where it stands: after the last event that it saw. */
    abstract LogPlace place();

    @Override
    final void look() {
        // Read first, so that what is published after the look is noticed.
        seen = log.publications();
        if (!begun) {
            generation = log.generation();
            noteWhatIsThere();
            LogView first = log.published();
            lineage = first.lineage();
            begun(first);
            view = first;
            begun = true;
        } else if (!lineage.isPurged()) {
            long now = log.generation();
            LogView next = log.published();
            // Another lineage: a purge was published between the two lines above.
            view = next.lineage() == lineage && (now == generation || goesOn(next)) ? next : null;
            generation = view == null ? generation : now;
        }
        looked();
    }

    private void noteWhatIsThere() {
        if (lineageThen == null && markThen < 0) {
            publicationsThen = log.publications();
            LogView there = log.loaded();
            if (there != null) {
                lineageThen = there.lineage();
                versionThen = there.version();
            } else {
                markThen = log.engine().feed().view().mark();
            }
        }
    }

    /**
     * The version that the log had when this was subscribed to. What has to be read first may have grown meanwhile. Of a log
     * that was not loaded, the mark of the feed tells, if anything came at all: up to it all was published, and what is
     * behind it came later.
     */
    final long versionThen(LogView first) {
        if (lineageThen != null) {
            return lineageThen == first.lineage() ? Math.min(versionThen, first.version()) : 0;
        }
        long version = first.version();
        if (log.publications() == publicationsThen) {
            return version;
        }
        while (version > 0 && first.event(version).position() > markThen) {
            version--;
        }
        return version;
    }

    /** Whether a log that was read anew is still the same as far as this cursor knows it. */
    private boolean goesOn(LogView next) {
        LogPlace last = place();
        if (has(next, last)) {
            found();
            return true;
        }
        if (!isPatient()) {
            change(last, next);
        }
        return false;
    }

    /** Whether a log has the event of a place. */
    static boolean has(LogView log, LogPlace place) {
        if (place.version() == 0) {
            return true;
        }
        if (place.version() > log.version()) {
            return false;
        }
        SessionEvent event = log.event(place.version());
        return event.id().equals(place.eventId()) && event.position() == place.position();
    }

    /** The log is found to be another one than that of a place. */
    final void change(LogPlace place, LogView now) {
        changed = new LogChangedException(log.id(), place, now.version());
    }

    @Override
    void rest() {
        view = null;
    }

    final SessionLog log() {
        return log;
    }

    final @Nullable LogView view() {
        return view;
    }

    final boolean isPurged() {
        return lineage.isPurged();
    }

    final boolean isChanged() {
        return changed != null;
    }

    final boolean isStale() {
        return log.publications() != seen;
    }

    /** How it ends because its log is over, or null. */
    final @Nullable End endOfLog(long at) {
        if (changed != null) {
            return new End(changed);
        }
        if (!lineage.isPurged()) {
            return null;
        }
        return at == lineage.finalVersion() ? End.COMPLETE : new End(new SessionPurgedException(log.id()));
    }

    /** The version at which its log was purged. */
    final long finalVersion() {
        return lineage.finalVersion();
    }

    /** Whether nothing follows what the last look saw: the session is closed there, or the store is. */
    final boolean isAtTheEnd(LogView now) {
        // In this order: once the store is done with its writes, what was published is in the number.
        boolean over = log.isOver();
        return !isStale() && (over || now.isClosed());
    }

    /** Whether nothing will be published after what the last look saw, not even in a session that is opened again. */
    final boolean isAtTheLastEnd() {
        boolean over = log.isOver();
        return over && !isStale();
    }

    /** What was to be read of a purged log is erased, which is no damage. */
    @Override
    Throwable explained(Throwable error) {
        return isPurged() ? new SessionPurgedException(log.id()) : error;
    }

    @Override
    void released() {
        log.released(this);
    }
}
