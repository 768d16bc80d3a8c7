package dev.reel.internal.engine;

import dev.reel.Change;
import dev.reel.SessionEvent;
import dev.reel.SessionState;

/**
 * Finds the event that last put or extended a message that is no longer a row. It searches the log backwards, in blocks
 * that start at a version whose rows are kept. It folds a block at most once, and only if the block names the message.
 */
final class LastPut {

    private final LogView log;
    private final String message;
    private int folded;

    LastPut(LogView log, String message) {
        this.log = log;
        this.message = message;
    }

    /** The number of events that were folded, for tests. */
    int folded() {
        return folded;
    }

    /** The version of the event, or 0 if there is none. */
    long find() {
        long end = log.version();
        while (end > 0) {
            long begin = (end - 1) / LogView.MARK_EVERY * LogView.MARK_EVERY;
            long last = lastNaming(begin, end);
            long found = last == 0 ? 0 : lastPut(begin, last);
            if (found > 0) {
                return found;
            }
            end = begin;
        }
        return 0;
    }

    private long lastNaming(long begin, long end) {
        for (long version = end; version > begin; version--) {
            if (names(log.event(version))) {
                return version;
            }
        }
        return 0;
    }

    private boolean names(SessionEvent event) {
        Change change = event.change();
        if (change instanceof Change.PutMessage put) {
            return message.equals(put.id() == null ? event.id() : put.id());
        }
        return change instanceof Change.DeltaMessage delta
                && message.equals(delta.id() == null ? event.id() : delta.id());
    }

    private long lastPut(long begin, long end) {
        long found = 0;
        SessionState rows = log.stateAt(begin);
        for (long version = begin + 1; version <= end; version++) {
            SessionEvent event = log.event(version);
            rows = rows.apply(event);
            folded++;
            if (names(event) && rows.messageChangedAt(message) == version) {
                found = version;
            }
        }
        return found;
    }
}
