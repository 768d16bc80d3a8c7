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
     * The wire form, the same under Jackson 2 and Jackson 3, whatever a mapper is set to: the components by their names.
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
     * Reads the wire form back. Members that are not known are passed over.
     *
     * @param json what {@link #toJson} gave
     * @return the turn
     * @throws InvalidInputException when a member is missing or of another form
     */
    public static Turn fromJson(Json json) {
        WireReader in = new WireReader("turn", json);
        return new Turn(
                in.text("sessionId"), in.text("holder"), in.number("epoch", 1, Long.MAX_VALUE), in.text("eventId"));
    }
}
