package dev.reel;

import com.fasterxml.jackson.annotation.JsonValue;

/**
 * A place to resume from: a {@link LogPlace} in a session's log, or a {@link FeedPlace} in the feed of all sessions.
 * Methods that resume from a place accept one of the two; signals and errors that both have in common have a {@code
 * Place}.
 */
public sealed interface Place permits LogPlace, FeedPlace {

    /**
     * Returns the position of the last event that you received.
     *
     * @return the position, 0 for the start
     */
    long position();

    /**
     * Returns the text of a place, to be stored or sent. {@link LogPlace#parse} and {@link FeedPlace#parse} read it.
     *
     * @return the text
     */
    @Override
    @JsonValue
    String toString();
}
