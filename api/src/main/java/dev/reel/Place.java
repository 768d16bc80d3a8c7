package dev.reel;

import com.fasterxml.jackson.annotation.JsonValue;

/**
 * A place to resume from: a {@link LogPlace} in a session's log, or a {@link FeedPlace} in the feed of all sessions. Methods
 * that start from a place take the kind that they can use; signals and errors that both have in common carry this type.
 */
public sealed interface Place permits LogPlace, FeedPlace {

    /**
     * The position of the last event that was seen.
     *
     * @return the position, 0 for the start
     */
    long position();

    /**
     * The text of a place, to be stored or sent. {@link LogPlace#parse} or {@link FeedPlace#parse} reads it back.
     *
     * @return the text
     */
    @Override
    @JsonValue
    String toString();
}
