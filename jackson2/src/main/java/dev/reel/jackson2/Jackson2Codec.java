package dev.reel.jackson2;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.reel.InvalidInputException;
import dev.reel.Json;
import dev.reel.JsonCodec;
import dev.reel.MalformedJsonException;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes an application's types with a Jackson 2 {@code ObjectMapper}.
 *
 * <pre>{@code
 * JsonCodec codec = Jackson2Codec.of(objectMapper);
 * store.append("trip", EventDraft.of("booked", Json.from(new Booking("Madrid", departure), codec)));
 * Booking booking = event.data().as(Booking.class, codec);
 * }</pre>
 *
 * <p>A type can also have members of {@link Json}, {@link dev.reel.Message} and other types of Reel: the codec includes
 * {@link ReelModule}. If the mapper can't read or write a value, the codec throws an {@link InvalidInputException} with
 * Jackson's exception as its cause.
 */
public final class Jackson2Codec implements JsonCodec {

    private final ObjectMapper mapper;

    private Jackson2Codec(ObjectMapper mapper) {
        this.mapper = mapper;
    }

    /**
     * Creates a codec that uses the application's mapper.
     *
     * @param mapper the mapper; the codec uses a copy, so later changes have no effect
     * @return the codec
     */
    public static Jackson2Codec of(ObjectMapper mapper) {
        return new Jackson2Codec(mapper.copy().registerModule(new ReelModule()));
    }

    @Override
    public Json write(@Nullable Object value) {
        String what = value == null ? "null" : "a " + value.getClass().getName();
        try {
            return Json.parse(
                    mapper.writer().without(SerializationFeature.INDENT_OUTPUT).writeValueAsString(value));
        } catch (JsonProcessingException e) {
            throw new InvalidInputException(what + " can't be written as JSON: " + e.getOriginalMessage(), e);
        } catch (MalformedJsonException e) {
            throw new InvalidInputException(what + " was not written as valid JSON: " + e.getMessage(), e);
        }
    }

    @Override
    public <T> T read(Json json, Class<T> type) {
        T value;
        try {
            value = mapper.readValue(json.toString(), type);
        } catch (JsonProcessingException e) {
            throw new InvalidInputException(
                    "the JSON can't be read as " + type.getName() + ": " + e.getOriginalMessage(), e);
        }
        if (value == null) {
            throw new InvalidInputException("the JSON was read as null, not as " + type.getName());
        }
        return value;
    }
}
