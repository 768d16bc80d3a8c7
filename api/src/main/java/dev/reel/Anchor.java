package dev.reel;

import java.util.Objects;

/** A point in a session's history to which {@link Timeline#rewind} and {@link Timeline#fork} can go. */
public sealed interface Anchor {

    /**
     * A message of the current session.
     *
     * @param id the message id
     * @return the anchor
     */
    static Anchor message(String id) {
        return new OfMessage(Ids.check("message id", id));
    }

    /**
     * A snapshot of this session; the anchor is the snapshot's message.
     *
     * @param id the snapshot id
     * @return the anchor
     */
    static Anchor snapshot(String id) {
        return new OfSnapshot(Ids.check("snapshot id", id));
    }

    /**
     * A version of the log.
     *
     * @param n the version, 0 for the start
     * @return the anchor
     * @throws InvalidInputException if it is negative
     */
    static Anchor version(long n) {
        if (n < 0) {
            throw new InvalidInputException("a version must be 0 or more: " + n);
        }
        return new OfVersion(n);
    }

    /**
     * The version of an event.
     *
     * @param id the event id
     * @return the anchor
     */
    static Anchor event(String id) {
        return new OfEvent(Ids.checkEventId(id));
    }

    /**
     * The last user message.
     *
     * @return the anchor
     */
    static Anchor lastUserMessage() {
        return LastUserMessage.LAST_USER_MESSAGE;
    }

    /**
     * A message.
     *
     * @param id the message id
     */
    record OfMessage(String id) implements Anchor {

        /**
         * Rejects null for a required component.
         *
         * @param id the message id
         */
        public OfMessage {
            Objects.requireNonNull(id, "id");
        }

        @Override
        public String toString() {
            return "message " + Ids.quoted(id);
        }
    }

    /**
     * A snapshot.
     *
     * @param id the snapshot id
     */
    record OfSnapshot(String id) implements Anchor {

        /**
         * Rejects null for a required component.
         *
         * @param id the snapshot id
         */
        public OfSnapshot {
            Objects.requireNonNull(id, "id");
        }

        @Override
        public String toString() {
            return "snapshot " + Ids.quoted(id);
        }
    }

    /**
     * A version.
     *
     * @param version the version
     */
    record OfVersion(long version) implements Anchor {
        @Override
        public String toString() {
            return "version " + version;
        }
    }

    /**
     * An event.
     *
     * @param id the event id
     */
    record OfEvent(String id) implements Anchor {

        /**
         * Rejects null for a required component.
         *
         * @param id the event id
         */
        public OfEvent {
            Objects.requireNonNull(id, "id");
        }

        @Override
        public String toString() {
            return "event " + Ids.quoted(id);
        }
    }

    /** The last user message. */
    enum LastUserMessage implements Anchor {
        /** The only value. */
        LAST_USER_MESSAGE;

        @Override
        public String toString() {
            return "last user message";
        }
    }
}
