package dev.reel;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Objects;

/**
 * The right to go on with a session ({@link Timeline#takeTurn}). Whoever takes the next turn fences off the holder of
 * this one: writes that name this turn ({@link WriteOptions#withTurn}) then fail with {@link FencedException}.
 *
 * @param sessionId the session
 * @param holder who took it
 * @param epoch counts the turns of the session, from 1
 * @param eventId the event that recorded it
 */
public record Turn(String sessionId, String holder, long epoch, String eventId) {

    /**
     * Refuses a null for a part that must be there.
     *
     * @param sessionId the session
     * @param holder who took it
     * @param epoch counts the turns of the session, from 1
     * @param eventId the event that recorded it
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
