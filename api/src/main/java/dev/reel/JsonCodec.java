package dev.reel;

import org.jspecify.annotations.Nullable;

/**
 * Turns values of an application's own types into {@link Json} and back. {@code Jackson2Codec} of {@code reel-jackson2} and
 * {@code Jackson3Codec} of {@code reel-jackson3} do so with the application's mapper; any other JSON library fits in the
 * same way.
 *
 * <pre>{@code
 * JsonCodec codec = Jackson3Codec.of(jsonMapper);
 * store.append("trip", EventDraft.of("booked", Json.from(new Booking("Madrid", departure), codec)));
 * Booking booking = event.data().as(Booking.class, codec);
 * }</pre>
 *
 * <p>Implementations are safe for use by many threads.
 */
public interface JsonCodec {

    /**
     * Makes JSON of a value.
     *
     * @param value the value, or null
     * @return its JSON
     * @throws InvalidInputException when the value can't be written
     */
    Json write(@Nullable Object value);

    /**
     * Makes a value of JSON.
     *
     * @param <T> the type
     * @param json the JSON
     * @param type the class of the value
     * @return the value, never null
     * @throws InvalidInputException when the JSON can't be read as that type, or is read as null
     */
    <T> T read(Json json, Class<T> type);
}
