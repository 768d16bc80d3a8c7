package dev.reel;

import java.util.Arrays;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which part of a session's log a replay gives. Immutable.
 *
 * <pre>{@code
 * Range.all()
 * Range.after(place)                       // go on from a stored place
 * Range.between(0, 120)                    // versions 1 to 120
 * Range.last(20).withTypes("user_message") // the last 20 of that type
 * }</pre>
 */
public final class Range {

    private static final Range ALL = new Range(0, null, Long.MAX_VALUE, Long.MAX_VALUE, Set.of());

    private final long after;
    private final @Nullable String afterEventId;
    private final long upTo;
    private final long last;
    private final Set<String> types;

    private Range(long after, @Nullable String afterEventId, long upTo, long last, Set<String> types) {
        this.after = after;
        this.afterEventId = afterEventId;
        this.upTo = upTo;
        this.last = last;
        this.types = types;
    }

    /**
     * Everything.
     *
     * @return the range of the whole log
     */
    public static Range all() {
        return ALL;
    }

    /**
     * What follows a place. If that version does not carry that id, or lies beyond the log, the replay fails with
     * {@link LogChangedException}.
     *
     * @param version the version behind which it begins, exclusive
     * @param eventId the id of that version's event; null for version 0
     * @return the range
     */
    public static Range after(long version, @Nullable String eventId) {
        return after(Place.inLog(version, eventId));
    }

    /**
     * What follows a place; see {@link #after(long, String)}.
     *
     * @param place a place in a log
     * @return the range
     * @throws IllegalArgumentException when it is a place in the feed
     */
    public static Range after(Place place) {
        if (place.position() > 0) {
            throw new IllegalArgumentException("place " + place + " is one in the feed, not in a session's log");
        }
        return new Range(place.version(), place.eventId(), Long.MAX_VALUE, Long.MAX_VALUE, Set.of());
    }

    /**
     * A part by versions alone, whatever log has them. Versions beyond the log are left out.
     *
     * @param after the version behind which it begins, exclusive; 0 for the start
     * @param upTo the version with which it ends, inclusive
     * @return the range
     * @throws IllegalArgumentException when a version is negative
     */
    public static Range between(long after, long upTo) {
        checkVersion(after);
        checkVersion(upTo);
        return new Range(after, null, upTo, Long.MAX_VALUE, Set.of());
    }

    /**
     * The end of the log.
     *
     * @param n how many events, 1 or more; all where there are fewer
     * @return the range
     * @throws IllegalArgumentException when n is below 1
     */
    public static Range last(long n) {
        return ALL.withLast(n);
    }

    /**
     * Only up to a version.
     *
     * @param version the last version, inclusive; beyond the log: what there is
     * @return a copy
     * @throws IllegalArgumentException when it is negative
     */
    public Range withUpTo(long version) {
        checkVersion(version);
        return new Range(after, afterEventId, version, last, types);
    }

    /**
     * Only the last events of what the range would give, types considered.
     *
     * @param n how many, 1 or more
     * @return a copy
     * @throws IllegalArgumentException when n is below 1
     */
    public Range withLast(long n) {
        if (n < 1) {
            throw new IllegalArgumentException("last(n) takes 1 or more: " + n);
        }
        return new Range(after, afterEventId, upTo, n, types);
    }

    /**
     * Only events of some types.
     *
     * @param newTypes the types; none for all
     * @return a copy
     */
    public Range withTypes(String... newTypes) {
        return new Range(after, afterEventId, upTo, last, Set.copyOf(Arrays.asList(newTypes)));
    }

    /**
     * Where it begins.
     *
     * @return the version before its first, 0 for the start
     */
    public long after() {
        return after;
    }

    /**
     * The event that the log must have where the range begins.
     *
     * @return the event id, or null for any
     */
    public @Nullable String afterEventId() {
        return afterEventId;
    }

    /**
     * Where it ends.
     *
     * @return the last version, {@link Long#MAX_VALUE} for the end of the log
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

    /**
     * The types.
     *
     * @return the types, empty for all
     */
    public Set<String> types() {
        return types;
    }

    private static void checkVersion(long version) {
        if (version < 0) {
            throw new IllegalArgumentException("a version is 0 or more: " + version);
        }
    }
}
