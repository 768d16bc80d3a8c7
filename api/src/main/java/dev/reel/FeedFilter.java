package dev.reel;

import java.util.Arrays;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Selects events of the feed. Immutable.
 *
 * <pre>{@code
 * FeedFilter said = FeedFilter.all().withTypes("user_message");                     // what users said, in all sessions
 * FeedFilter tenant = FeedFilter.all().withSessionPrefix("tenant-7/").withLast(50); // the last 50 events of one tenant
 * }</pre>
 */
public final class FeedFilter {

    private static final FeedFilter ALL = new FeedFilter(Set.of(), "", Long.MAX_VALUE, Long.MAX_VALUE);

    private final Set<String> types;
    private final String sessionPrefix;
    private final long upTo;
    private final long last;

    private FeedFilter(Set<String> types, String sessionPrefix, long upTo, long last) {
        this.types = types;
        this.sessionPrefix = Objects.requireNonNull(sessionPrefix, "sessionPrefix");
        this.upTo = upTo;
        this.last = last;
    }

    /**
     * Selects every event.
     *
     * @return the filter
     */
    public static FeedFilter all() {
        return ALL;
    }

    /**
     * Selects only events of the given types. {@code session_fork} and {@code session_purged} always pass, because a
     * reader that stores data per session must learn of them.
     *
     * @param newTypes the types; none for all
     * @return a copy
     */
    public FeedFilter withTypes(String... newTypes) {
        return new FeedFilter(
                Set.copyOf(Arrays.asList(Objects.requireNonNull(newTypes, "types"))), sessionPrefix, upTo, last);
    }

    /**
     * Selects only sessions whose id begins with a prefix.
     *
     * @param prefix the prefix, empty for all
     * @return a copy
     */
    public FeedFilter withSessionPrefix(String prefix) {
        return new FeedFilter(types, prefix, upTo, last);
    }

    /**
     * Ends the feed at a place, including the event there; a tail of the feed completes after it passes the place. To
     * read up to the current end of the feed, pass what {@link Feed#position()} emits.
     *
     * @param place the last place
     * @return a copy
     * @throws InvalidInputException if it is {@link FeedPlace#now()}, which has no position
     */
    public FeedFilter withUpTo(FeedPlace place) {
        return new FeedFilter(types, sessionPrefix, place.requirePosition("withUpTo"), last);
    }

    /**
     * Selects only the last events that the feed holds at subscription, counted after the filters by type and session;
     * a tail then continues with live events. The store reads backwards from the end, so a small number is fast; a
     * filter that few events pass reads far back.
     *
     * @param n the number of events, 1 or more; if there are fewer, all of them
     * @return a copy
     * @throws InvalidInputException if n is below 1
     */
    public FeedFilter withLast(long n) {
        if (n < 1) {
            throw new InvalidInputException("last(n) requires 1 or more: " + n);
        }
        return new FeedFilter(types, sessionPrefix, upTo, n);
    }

    /**
     * Returns whether an event passes the filters by type and session. The reader itself must observe {@link #upTo}.
     *
     * @param sessionId the session that recorded the event
     * @param type the event's type
     * @return whether the event passes
     */
    public boolean passes(String sessionId, String type) {
        Objects.requireNonNull(type, "type");
        return sessionId.startsWith(sessionPrefix)
                && (types.isEmpty()
                        || types.contains(type)
                        || type.equals(Change.Kind.SESSION_FORK.type())
                        || type.equals(Change.Kind.SESSION_PURGED.type()));
    }

    /**
     * Returns the types.
     *
     * @return the types, empty for all
     */
    public Set<String> types() {
        return types;
    }

    /**
     * Returns the prefix of the session ids.
     *
     * @return the prefix, empty for all
     */
    public String sessionPrefix() {
        return sessionPrefix;
    }

    /**
     * Returns the last position that the filter selects.
     *
     * @return the position, {@link Long#MAX_VALUE} for no end
     */
    public long upTo() {
        return upTo;
    }

    /**
     * Returns how many of the last events are selected.
     *
     * @return the number, {@link Long#MAX_VALUE} for all
     */
    public long last() {
        return last;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof FeedFilter that
                && types.equals(that.types)
                && sessionPrefix.equals(that.sessionPrefix)
                && upTo == that.upTo
                && last == that.last;
    }

    @Override
    public int hashCode() {
        return Objects.hash(types, sessionPrefix, upTo, last);
    }

    @Override
    public String toString() {
        return Members.of(this)
                .add("types", types)
                .add("sessionPrefix", sessionPrefix)
                .add("upTo", upTo)
                .add("last", last)
                .toString();
    }
}
