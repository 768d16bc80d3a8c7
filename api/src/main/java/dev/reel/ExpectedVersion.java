package dev.reel;

import org.jspecify.annotations.Nullable;

/**
 * What a write expects of the session's log; where it does not hold, the write fails and writes nothing.
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
     * Whether a log is as expected.
     *
     * @param version the log's version, 0 where it is empty
     * @param lastEventId the id of its last event, null where it is empty
     * @return whether the write may go on
     */
    boolean holds(long version, @Nullable String lastEventId);

    /**
     * Expects nothing.
     *
     * @return an expectation that always holds
     */
    static ExpectedVersion any() {
        return Any.ANY;
    }

    /**
     * Expects that nothing was ever written.
     *
     * @return the expectation
     */
    static ExpectedVersion emptyLog() {
        return EmptyLog.EMPTY_LOG;
    }

    /**
     * Expects that something was written.
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
     * @throws InvalidInputException when the version is negative
     */
    static ExpectedVersion exactly(long version) {
        return new Exactly(version, null);
    }

    /**
     * Expects a version, and that it is the same log: the event of that version has that id.
     *
     * @param version the log's version, from 1
     * @param eventId the id of its last event
     * @return the expectation
     * @throws InvalidInputException when the version is below 1, or the id malformed
     */
    static ExpectedVersion exactly(long version, String eventId) {
        return new Exactly(version, Ids.checkEventId(eventId));
    }

    /**
     * Expects that the log ends where it did: at that version, with that event.
     *
     * @param place the end of the log, from a commit, a state or an event; the start for an empty log
     * @return the expectation
     */
    static ExpectedVersion exactly(LogPlace place) {
        return new Exactly(place.version(), place.eventId());
    }

    /** Expects nothing. */
    enum Any implements ExpectedVersion {
        /** The one value. */
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

    /** Expects the empty log. */
    enum EmptyLog implements ExpectedVersion {
        /** The one value. */
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

    /** Expects any log but the empty one. */
    enum NonEmptyLog implements ExpectedVersion {
        /** The one value. */
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
     * Expects a version, and where an id is given the log that has it.
     *
     * @param version the log's version
     * @param eventId the id of its last event, or null for any
     */
    record Exactly(long version, @Nullable String eventId) implements ExpectedVersion {

        /**
         * Checks the parts.
         *
         * @param version the log's version
         * @param eventId the id of its last event, or null for any
         * @throws InvalidInputException when the version is negative, or 0 with an id
         */
        public Exactly {
            if (version < 0 || version == 0 && eventId != null) {
                throw new InvalidInputException("no version: " + version + (eventId == null ? "" : " with an id"));
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
