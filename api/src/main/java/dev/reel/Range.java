package dev.reel;

import java.util.Arrays;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which part of a session's log a replay gives. Immutable.
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
     * Everything.
     *
     * @return the range of the whole log
     */
    public static Range all() {
        return ALL;
    }

    /**
     * What follows a place. The replay fails with {@link LogChangedException} if the log does not have that event at that
     * version and position: the session was purged and written anew, or restored from an older copy, since the place was
     * read.
     *
     * @param place a place in a log
     * @return the range
     */
    public static Range after(LogPlace place) {
        return new Range(
                place.version(), place.version() == 0 ? null : place, Long.MAX_VALUE, Long.MAX_VALUE, Set.of());
    }

    /**
     * What follows an event that was seen; see {@link #after(LogPlace)}.
     *
     * @param event the event
     * @return the range
     */
    public static Range after(SessionEvent event) {
        return after(event.place());
    }

    /**
     * A part by versions alone, whatever log has them. Versions beyond the log are left out.
     *
     * @param after the version behind which it begins, exclusive; 0 for the start
     * @param upTo the version with which it ends, inclusive
     * @return the range
     * @throws InvalidInputException when a version is negative
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
     * @throws InvalidInputException when n is below 1
     */
    public static Range last(long n) {
        return ALL.withLast(n);
    }

    /**
     * Only up to a version.
     *
     * @param version the last version, inclusive; beyond the log: what there is
     * @return a copy
     * @throws InvalidInputException when it is negative
     */
    public Range withUpTo(long version) {
        checkVersion(version);
        return new Range(after, afterPlace, version, last, types);
    }

    /**
     * Only the last events of what the range would give, types considered.
     *
     * @param n how many, 1 or more
     * @return a copy
     * @throws InvalidInputException when n is below 1
     */
    public Range withLast(long n) {
        if (n < 1) {
            throw new InvalidInputException("last(n) requires 1 or more: " + n);
        }
        return new Range(after, afterPlace, upTo, n, types);
    }

    /**
     * Only events of some types.
     *
     * @param newTypes the types; none for all
     * @return a copy
     */
    public Range withTypes(String... newTypes) {
        return new Range(
                after, afterPlace, upTo, last, Set.copyOf(Arrays.asList(Objects.requireNonNull(newTypes, "types"))));
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
     * The place that the log must have where the range begins.
     *
     * @return the place, or null for any log
     */
    public @Nullable LogPlace afterPlace() {
        return afterPlace;
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
