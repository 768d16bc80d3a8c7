package dev.reel.internal.engine;

import dev.reel.FeedFilter;
import dev.reel.SessionEvent;
import java.util.List;

/**
 * Finds where the last n events of the feed begin that match a filter ({@link FeedFilter#withLast}).
 *
 * <p>It searches from the end: first the entries in memory one by one, then the stored entries in windows of growing
 * size, because the stored feed can only be read forward. Finding the last 50 events reads about 50 events; only a
 * filter that matches few events reads far back.
 */
final class LastOfFeed {

    private static final long SMALLEST_WINDOW = 256;

    private final FeedLog feed;
    private final FeedFilter filter;
    private final long low;
    private final long end;
    private long left;

    private LastOfFeed(FeedLog feed, FeedFilter filter, long low, long end) {
        this.feed = feed;
        this.filter = filter;
        this.low = low;
        this.end = end;
        this.left = filter.last();
    }

    /**
     * Returns the position after which the last matching events begin, among the events after one position and up to
     * another, published one.
     *
     * @throws NeedsReading if the events are not in memory and this thread must not read files
     */
    static long find(FeedLog feed, FeedFilter filter, long after, long upTo) {
        return new LastOfFeed(feed, filter, after, upTo).begin(feed.view());
    }

    private long begin(FeedLog.View view) {
        for (int i = view.indexBehind(end) - 1; i >= 0; i--) {
            Object entry = view.entries().get(i);
            if (FeedLog.View.positionOf(entry) <= low) {
                return low;
            }
            if (entry instanceof SessionEvent event && passes(event) && --left == 0) {
                return event.position() - 1;
            }
        }
        long to = Math.min(end, view.storedUpTo());
        for (long window = SMALLEST_WINDOW; to > low; window *= 2) {
            long from = Math.max(low, to - window);
            long found = count(from, to);
            if (found >= left) {
                return skip(from, found - left);
            }
            left -= found;
            to = from;
        }
        return low;
    }

    private boolean passes(SessionEvent event) {
        return filter.passes(event.sessionId(), event.type());
    }

    /** Counts the matching stored events after one position and up to another. */
    private long count(long from, long to) {
        long count = 0;
        long at = from;
        for (List<SessionEvent> events = feed.storedAfter(at); !events.isEmpty(); events = feed.storedAfter(at)) {
            for (SessionEvent event : events) {
                at = event.position();
                if (at > to) {
                    return count;
                }
                count += passes(event) ? 1 : 0;
            }
        }
        return count;
    }

    /** Returns the position after the given number of matching stored events. */
    private long skip(long from, long count) {
        long skipped = 0;
        long at = from;
        while (skipped < count) {
            for (SessionEvent event : feed.storedAfter(at)) {
                at = event.position();
                skipped += passes(event) ? 1 : 0;
                if (skipped == count) {
                    break;
                }
            }
        }
        return at;
    }
}
