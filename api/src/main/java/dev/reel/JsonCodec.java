package dev.reel;

import org.jspecify.annotations.Nullable;

/**
 * Converts values of an application's own types to {@link Json} and back. {@code Jackson2Codec} in {@code
 * reel-jackson2} and {@code Jackson3Codec} in {@code reel-jackson3} use the application's mapper; you can implement a
 * codec for any other JSON library.
 *
 * <pre>{@code
 * JsonCodec codec = Jackson3Codec.of(jsonMapper);
 * store.append("trip", EventDraft.of("booked", Json.from(new Booking("Madrid", departure), codec)));
 * Booking booking = event.data().as(Booking.class, codec);
 * }</pre>
 *
 * <p>Implementations must be thread-safe.
 */
public interface JsonCodec {

    /**
     * Converts a value to JSON.
     *
     * @param value the value, or null
     * @return its JSON
     * @throws InvalidInputException if the value cannot be written
     */
    Json write(@Nullable Object value);

    /**
     * Converts JSON to a value.
     *
     * @param <T> the type
     * @param json the JSON
     * @param type the class of the value
     * @return the value, never null
     * @throws InvalidInputException if the JSON cannot be read as that type, or is read as null
     */
    <T> T read(Json json, Class<T> type);
}
