package dev.reel;

import java.util.Arrays;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The part of a session's log that a replay emits. Immutable.
 *
 * <pre>{@code
 * Range all = Range.all();
 * Range rest = Range.after(place);                        // go on from a stored place
 * Range first = Range.between(0, 120);                    // versions 1 to 120
 * Range asked = Range.last(20).withTypes("user_message"); // the last 20 of that type
 * }</pre>
 */
public final class Range {

    private static final Range ALL = new Range(0, null, Long.MAX_VALUE, Long.MAX_VALUE, Set.of());

    private final long after;
    private final @Nullable LogPlace afterPlace;
    private final long upTo;
    private final long last;
    private final Set<String> types;

    private Range(long after, @Nullable LogPlace afterPlace, long upTo, long last, Set<String> types) {
        this.after = after;
        this.afterPlace = afterPlace;
        this.upTo = upTo;
        this.last = last;
        this.types = types;
    }

    /**
     * The whole log.
     *
     * @return the range
     */
    public static Range all() {
        return ALL;
    }

    /**
     * The events after a place. The replay fails with {@link LogChangedException} if the log does not have that event
     * at that version and position: since the place was read, the session was purged and recreated, or restored from an
     * older copy.
     *
     * @param place a place in a log
     * @return the range
     */
    public static Range after(LogPlace place) {
        return new Range(
                place.version(), place.version() == 0 ? null : place, Long.MAX_VALUE, Long.MAX_VALUE, Set.of());
    }

    /**
     * The events after an event that you received; see {@link #after(LogPlace)}.
     *
     * @param event the event
     * @return the range
     */
    public static Range after(SessionEvent event) {
        return after(event.place());
    }

    /**
     * The events between two versions, without checking that the log is the one you read before. Versions beyond the
     * end of the log are ignored.
     *
     * @param after the version after which the range begins, exclusive; 0 for the start
     * @param upTo the version at which it ends, inclusive
     * @return the range
     * @throws InvalidInputException if a version is negative
     */
    public static Range between(long after, long upTo) {
        checkVersion(after);
        checkVersion(upTo);
        return new Range(after, null, upTo, Long.MAX_VALUE, Set.of());
    }

    /**
     * The last events of the log.
     *
     * @param n the number of events, 1 or more; if there are fewer, all of them
     * @return the range
     * @throws InvalidInputException if n is below 1
     */
    public static Range last(long n) {
        return ALL.withLast(n);
    }

    /**
     * Ends the range at a version.
     *
     * @param version the last version, inclusive; if it is beyond the end of the log, the range ends there
     * @return a copy
     * @throws InvalidInputException if it is negative
     */
    public Range withUpTo(long version) {
        checkVersion(version);
        return new Range(after, afterPlace, version, last, types);
    }

    /**
     * Keeps only the last events of the range, counted after the filter by type.
     *
     * @param n the number of events, 1 or more
     * @return a copy
     * @throws InvalidInputException if n is below 1
     */
    public Range withLast(long n) {
        if (n < 1) {
            throw new InvalidInputException("last(n) requires 1 or more: " + n);
        }
        return new Range(after, afterPlace, upTo, n, types);
    }

    /**
     * Keeps only events of the given types.
     *
     * @param newTypes the types; none for all
     * @return a copy
     */
    public Range withTypes(String... newTypes) {
        return new Range(
                after, afterPlace, upTo, last, Set.copyOf(Arrays.asList(Objects.requireNonNull(newTypes, "types"))));
    }

    /**
     * Returns where the range begins.
     *
     * @return the version before its first event, 0 for the start
     */
    public long after() {
        return after;
    }

    /**
     * Returns the place that the log must have at the beginning of the range.
     *
     * @return the place, or null if any log is accepted
     */
    public @Nullable LogPlace afterPlace() {
        return afterPlace;
    }

    /**
     * Returns where the range ends.
     *
     * @return the last version, {@link Long#MAX_VALUE} for the end of the log
     */
    public long upTo() {
        return upTo;
    }

    /**
     * Returns how many of the last events the range keeps.
     *
     * @return the number, {@link Long#MAX_VALUE} for all
     */
    public long last() {
        return last;
    }

    /**
     * Returns the types.
     *
     * @return the types, empty for all
     */
    public Set<String> types() {
        return types;
    }

    private static void checkVersion(long version) {
        if (version < 0) {
            throw new InvalidInputException("a version must be 0 or more: " + version);
        }
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Range that
                && after == that.after
                && Objects.equals(afterPlace, that.afterPlace)
                && upTo == that.upTo
                && last == that.last
                && types.equals(that.types);
    }

    @Override
    public int hashCode() {
        return Objects.hash(after, afterPlace, upTo, last, types);
    }

    @Override
    public String toString() {
        return Members.of(this)
                .add("after", after)
                .add("afterPlace", afterPlace)
                .add("upTo", upTo)
                .add("last", last)
                .add("types", types)
                .toString();
    }
}
