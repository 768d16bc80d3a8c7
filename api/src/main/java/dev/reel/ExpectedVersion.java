package dev.reel;

import org.jspecify.annotations.Nullable;

/**
 * The version that a write expects the session's log to have. If the log has another one, the write fails with {@link
 * VersionConflictException} and writes nothing.
 *
 * <pre>{@code
 * store.state("trip")
 *         .flatMap(state -> store.append(
 *                 "trip", decide(state), WriteOptions.expecting(ExpectedVersion.exactly(state.place()))))
 *         // Somebody else wrote in between: look again, decide again.
 *         .retryWhen(Retry.max(3).filter(e -> e instanceof VersionConflictException))
 *         .subscribe();
 * }</pre>
 */
public sealed interface ExpectedVersion {

    /**
     * Returns whether a log meets the expectation.
     *
     * @param version the log's version, 0 if it is empty
     * @param lastEventId the id of its last event, null if it is empty
     * @return whether the write may proceed
     */
    boolean holds(long version, @Nullable String lastEventId);

    /**
     * Accepts any log.
     *
     * @return an expectation that is always met
     */
    static ExpectedVersion any() {
        return Any.ANY;
    }

    /**
     * Expects an empty log: nothing was ever written.
     *
     * @return the expectation
     */
    static ExpectedVersion emptyLog() {
        return EmptyLog.EMPTY_LOG;
    }

    /**
     * Expects a log with at least one event.
     *
     * @return the expectation
     */
    static ExpectedVersion nonEmptyLog() {
        return NonEmptyLog.NON_EMPTY_LOG;
    }

    /**
     * Expects a version.
     *
     * @param version the log's version, 0 for the empty log
     * @return the expectation
     * @throws InvalidInputException if the version is negative
     */
    static ExpectedVersion exactly(long version) {
        return new Exactly(version, null);
    }

    /**
     * Expects a version and the event at it, so that a recreated or restored log does not match.
     *
     * @param version the log's version, from 1
     * @param eventId the id of its last event
     * @return the expectation
     * @throws InvalidInputException if the version is below 1, or the id is malformed
     */
    static ExpectedVersion exactly(long version, String eventId) {
        return new Exactly(version, Ids.checkEventId(eventId));
    }

    /**
     * Expects that the log ends at a place: at its version, with its event.
     *
     * @param place the end of the log, from a commit, a state or an event; the start for an empty log
     * @return the expectation
     */
    static ExpectedVersion exactly(LogPlace place) {
        return new Exactly(place.version(), place.eventId());
    }

    /** Accepts any log. */
    enum Any implements ExpectedVersion {
        /** The only value. */
        ANY;

        @Override
        public boolean holds(long version, @Nullable String lastEventId) {
            return true;
        }

        @Override
        public String toString() {
            return "any version";
        }
    }

    /** Expects an empty log. */
    enum EmptyLog implements ExpectedVersion {
        /** The only value. */
        EMPTY_LOG;

        @Override
        public boolean holds(long version, @Nullable String lastEventId) {
            return version == 0;
        }

        @Override
        public String toString() {
            return "an empty log";
        }
    }

    /** Expects a log with at least one event. */
    enum NonEmptyLog implements ExpectedVersion {
        /** The only value. */
        NON_EMPTY_LOG;

        @Override
        public boolean holds(long version, @Nullable String lastEventId) {
            return version > 0;
        }

        @Override
        public String toString() {
            return "a log with events";
        }
    }

    /**
     * Expects a version and, if an id is given, the event at it.
     *
     * @param version the log's version
     * @param eventId the id of its last event, or null for any
     */
    record Exactly(long version, @Nullable String eventId) implements ExpectedVersion {

        /**
         * Checks the components.
         *
         * @param version the log's version
         * @param eventId the id of its last event, or null for any
         * @throws InvalidInputException if the version is negative, or 0 with an id
         */
        public Exactly {
            if (version < 0 || version == 0 && eventId != null) {
                throw new InvalidInputException(
                        "invalid expected version: " + version + (eventId == null ? "" : " with an event id"));
            }
        }

        @Override
        public boolean holds(long actual, @Nullable String lastEventId) {
            return actual == version && (eventId == null || eventId.equals(lastEventId));
        }

        @Override
        public String toString() {
            return eventId == null ? "version " + version : "version " + version + " with event '" + eventId + "'";
        }
    }
}
