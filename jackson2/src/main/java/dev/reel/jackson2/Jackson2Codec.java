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
 * Writes and reads an application's own types with an {@code ObjectMapper} of Jackson 2.
 *
 * <pre>{@code
 * JsonCodec codec = Jackson2Codec.of(objectMapper);
 * store.append("trip", EventDraft.of("booked", Json.from(new Booking("Madrid", departure), codec)));
 * Booking booking = event.data().as(Booking.class, codec);
 * }</pre>
 *
 * <p>Members of the types {@link Json}, {@link dev.reel.Message} and the like are read too: the codec has {@link
 * ReelModule}. What the mapper can't write or read is an {@link InvalidInputException}, with Jackson's own exception as its
 * cause.
 */
public final class Jackson2Codec implements JsonCodec {

    private final ObjectMapper mapper;

    private Jackson2Codec(ObjectMapper mapper) {
        this.mapper = mapper;
    }

    /**
     * A codec with the application's mapper.
     *
     * @param mapper the mapper; the codec works with a copy, so that later changes to it are not seen
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
            throw new InvalidInputException(what + " is not written as valid JSON: " + e.getMessage(), e);
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
            throw new InvalidInputException("the JSON is read as null, not as " + type.getName());
        }
        return value;
    }
}
