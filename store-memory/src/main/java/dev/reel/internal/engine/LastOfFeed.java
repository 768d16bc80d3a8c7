package dev.reel.internal.engine;

import dev.reel.FeedFilter;
import dev.reel.SessionEvent;
import java.util.List;

/**
 * Where the last n events of the feed begin that a filter lets pass ({@link FeedFilter#withLast}).
 *
 * <p>It looks from the end: at the entries in memory one by one, then at what is stored in windows that grow, since the
 * stored feed is read forward only. So the last 50 cost about 50 events, and only a filter that lets little pass reads far
 * back.
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
     * Finds the place behind which the last events are, of those behind one position and up to another, which is published.
     *
     * @throws NeedsReading where it is not in memory and this thread must not read files
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

    /** How many stored events pass that have a position behind one, up to another. */
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

    /** The place behind so many stored events that pass. */
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
