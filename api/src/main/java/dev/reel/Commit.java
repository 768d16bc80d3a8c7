package dev.reel;

import com.fasterxml.jackson.annotation.JsonValue;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The result of an append: one batch of events with contiguous versions. An append of no events writes nothing; its
 * commit has the log's version, and a {@code firstVersion} that is one higher.
 *
 * @param sessionId the session
 * @param firstVersion the version of the batch's first event
 * @param version the version of its last event
 * @param eventId the id of its last event; null if no events were appended to an empty log
 * @param position the feed position of its last event. Do not resume the feed from it, because events with lower
 *     positions may not have appeared yet; use {@link Feed#position}
 * @param at the instant of its last event; null if no events were appended to an empty log
 * @param repeated whether the batch had been written before, so that nothing was written now
 */
public record Commit(
        String sessionId,
        long firstVersion,
        long version,
        @Nullable String eventId,
        long position,
        @Nullable Instant at,
        boolean repeated) {

    /**
     * Rejects null for a required component.
     *
     * @param sessionId the session
     * @param firstVersion the version of the batch's first event
     * @param version the version of its last event
     * @param eventId the id of its last event; null if no events were appended to an empty log
     * @param position the feed position of its last event. Do not resume the feed from it, because events with lower
     *     positions may not have appeared yet; use {@link Feed#position}
     * @param at the instant of its last event; null if no events were appended to an empty log
     * @param repeated whether the batch had been written before, so that nothing was written now
     */
    public Commit {
        Objects.requireNonNull(sessionId, "sessionId");
    }
    /**
     * Returns the place after this commit, to tail or replay from.
     *
     * @return version, id and position of the last event; the start if no events were appended to an empty log
     */
    public LogPlace place() {
        return eventId == null ? LogPlace.start() : LogPlace.of(version, eventId, position);
    }

    /**
     * Returns the wire form, which is the same with Jackson 2 and Jackson 3, whatever the mapper's configuration: one
     * member per component, the instant as ISO 8601 text.
     *
     * @return a JSON object
     */
    @JsonValue
    public Json toJson() {
        return new WireWriter()
                .text("sessionId", sessionId)
                .number("firstVersion", firstVersion)
                .number("version", version)
                .text("eventId", eventId)
                .number("position", position)
                .instant("at", at)
                .flag("repeated", repeated)
                .toJson();
    }

    /**
     * Reads the wire form. Unknown members are ignored.
     *
     * @param json a value that {@link #toJson} returned
     * @return the commit
     * @throws InvalidInputException if a member is missing or malformed
     */
    public static Commit fromJson(Json json) {
        WireReader in = new WireReader("commit", json);
        return new Commit(
                in.text("sessionId"),
                in.number("firstVersion", 0, Long.MAX_VALUE),
                in.number("version", 0, Long.MAX_VALUE),
                in.textOrNull("eventId"),
                in.number("position", 0, Long.MAX_VALUE),
                in.instantOrNull("at"),
                in.flag("repeated"));
    }
}
