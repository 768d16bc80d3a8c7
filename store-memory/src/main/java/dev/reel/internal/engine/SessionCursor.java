package dev.reel.internal.engine;

import dev.reel.LogChangedException;
import dev.reel.LogPlace;
import dev.reel.SessionEvent;
import dev.reel.SessionPurgedException;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;

/**
 * A cursor in one session. It detects when the log that it reads was purged or replaced.
 *
 * <p>From its first look on it belongs to one {@link Lineage}, even if it has no demand, waits for the first event or
 * for a place that is not published yet, or the log is unloaded. When that log is purged, the cursor completes if it
 * has emitted everything, and otherwise fails. It never continues in the next log of the same session id.
 *
 * <p>A follower may miss a purge. After a follower's log was dropped and read again, the cursor therefore checks that
 * the log still contains the last event that the cursor saw.
 *
 * <p>Between runs it keeps only a place, not the log.
 */
abstract class SessionCursor<T> extends Cursor<T> {

    private final SessionLog log;
    private Lineage lineage;
    private boolean begun;
    /** The log and its version at the first attempt to look, or the feed's mark if the log was not loaded then. */
    private @Nullable Lineage lineageThen;

    private long versionAtSubscription;
    private long markThen = -1;
    private long publicationsThen;

    /** The log at the last look; null between runs, and if the cursor's log was purged or replaced. */
    private @Nullable LogView view;

    /** The number of publications at the last look. */
    private long seen;

    private long generation;
    private @Nullable LogChangedException changed;

    SessionCursor(CoreSubscriber<? super T> actual, SessionLog log, boolean live) {
        super(actual, log.core(), log.bell(), live);
        this.log = log;
        this.lineage = log.lineage();
        log.opened(this);
    }

    /** Called at the first look. */
    void begun(LogView first) {}

    /** Called at each look; the log may have been purged. */
    void looked() {}

    /** The place of the last event that it saw. */
    abstract LogPlace place();

    @Override
    final void look() {
        // Read first, so that a publication after the look is noticed.
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
                versionAtSubscription = there.version();
            } else {
                markThen = log.core().feed().view().mark();
            }
        }
    }

    /**
     * The version that the log had at subscription. A log that had to be read first may have grown meanwhile. If the
     * log was not loaded and something was published since, the feed's mark decides: events up to it were published
     * before, later ones came after.
     */
    final long versionAtSubscription(LogView first) {
        if (lineageThen != null) {
            return lineageThen == first.lineage() ? Math.min(versionAtSubscription, first.version()) : 0;
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

    /** Whether a log that was read again still contains the last event that this cursor saw. */
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

    /** Whether a log contains the event of a place. */
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

    /** Records that the log is not the one to which a place belongs. */
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

    /** Returns how the cursor ends because its log was purged or replaced, or null if it was not. */
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

    /** Whether nothing follows the last event of the last look, because the session or the store is closed. */
    final boolean isAtTheEnd(LogView now) {
        // In this order: once the store has answered all writes, the count includes every publication.
        boolean over = log.isOver();
        return !isStale() && (over || now.isClosed());
    }

    /** Whether nothing can be published after the last look, not even in a session that is reopened. */
    final boolean isAtTheLastEnd() {
        boolean over = log.isOver();
        return over && !isStale();
    }

    /** A read error in a purged log is not damage: the events were erased. */
    @Override
    Throwable explained(Throwable error) {
        return isPurged() ? new SessionPurgedException(log.id()) : error;
    }

    @Override
    void released() {
        log.released(this);
    }
}
