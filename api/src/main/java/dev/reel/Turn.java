package dev.reel;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Objects;

/**
 * The exclusive right to continue a session ({@link Timeline#takeTurn}). Taking the next turn fences off the holder of
 * this one: writes in this turn ({@link WriteOptions#withTurn}) then fail with {@link FencedException}.
 *
 * @param sessionId the session
 * @param holder the name of the holder
 * @param epoch the number of the turn in its session, from 1
 * @param eventId the event that recorded the turn
 */
public record Turn(String sessionId, String holder, long epoch, String eventId) {

    /**
     * Rejects null for a required component.
     *
     * @param sessionId the session
     * @param holder the name of the holder
     * @param epoch the number of the turn in its session, from 1
     * @param eventId the event that recorded the turn
     */
    public Turn {
        Objects.requireNonNull(sessionId, "sessionId");
        Objects.requireNonNull(holder, "holder");
        Objects.requireNonNull(eventId, "eventId");
    }
    /**
     * Returns the wire form, which is the same with Jackson 2 and Jackson 3, whatever the mapper's configuration: one
     * member per component.
     *
     * @return a JSON object
     */
    @JsonValue
    public Json toJson() {
        return new WireWriter()
                .text("sessionId", sessionId)
                .text("holder", holder)
                .number("epoch", epoch)
                .text("eventId", eventId)
                .toJson();
    }

    /**
     * Reads the wire form. Unknown members are ignored.
     *
     * @param json a value that {@link #toJson} returned
     * @return the turn
     * @throws InvalidInputException if a member is missing or malformed
     */
    public static Turn fromJson(Json json) {
        WireReader in = new WireReader("turn", json);
        return new Turn(
                in.text("sessionId"), in.text("holder"), in.number("epoch", 1, Long.MAX_VALUE), in.text("eventId"));
    }
}
