package dev.reel;

import java.util.Arrays;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which events of the feed a reader wants. Immutable.
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
     * Everything.
     *
     * @return the filter that lets all pass
     */
    public static FeedFilter all() {
        return ALL;
    }

    /**
     * Only events of some types. {@code session_fork} and {@code session_purged} always pass: a reader that keeps
     * something of its own for each session must hear of them.
     *
     * @param newTypes the types; none for all
     * @return a copy
     */
    public FeedFilter withTypes(String... newTypes) {
        return new FeedFilter(
                Set.copyOf(Arrays.asList(Objects.requireNonNull(newTypes, "types"))), sessionPrefix, upTo, last);
    }

    /**
     * Only sessions whose id begins so.
     *
     * @param prefix the beginning, empty for all
     * @return a copy
     */
    public FeedFilter withSessionPrefix(String prefix) {
        return new FeedFilter(types, prefix, upTo, last);
    }

    /**
     * Only up to a place, the event at it included; a tail of the feed completes when it has passed it. To read to the end
     * that the feed has now, pass what {@link Feed#position()} emits.
     *
     * @param place the last place
     * @return a copy
     * @throws InvalidInputException if it is {@link FeedPlace#now()}, which has no position
     */
    public FeedFilter withUpTo(FeedPlace place) {
        return new FeedFilter(types, sessionPrefix, place.requirePosition("withUpTo"), last);
    }

    /**
     * Only the last events of what the feed holds when it is subscribed to, types and sessions considered; a tail then goes
     * on with what comes. It looks from the end, so that a small number is quick; a filter that lets little pass reads back
     * through the feed.
     *
     * @param n how many, 1 or more; all where there are fewer
     * @return a copy
     * @throws InvalidInputException when n is below 1
     */
    public FeedFilter withLast(long n) {
        if (n < 1) {
            throw new InvalidInputException("last(n) requires 1 or more: " + n);
        }
        return new FeedFilter(types, sessionPrefix, upTo, n);
    }

    /**
     * Whether an event passes by type and session; {@link #upTo} is for the reader to keep.
     *
     * @param sessionId the session that recorded it
     * @param type its type
     * @return whether it passes
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
     * The types.
     *
     * @return the types, empty for all
     */
    public Set<String> types() {
        return types;
    }

    /**
     * How the session's id begins.
     *
     * @return the prefix, empty for all
     */
    public String sessionPrefix() {
        return sessionPrefix;
    }

    /**
     * Where it ends.
     *
     * @return the last position, {@link Long#MAX_VALUE} for no end
     */
    public long upTo() {
        return upTo;
    }

    /**
     * How many events from the end.
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
