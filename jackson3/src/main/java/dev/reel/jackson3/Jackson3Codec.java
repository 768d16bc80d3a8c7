package dev.reel.jackson3;

import dev.reel.InvalidInputException;
import dev.reel.Json;
import dev.reel.JsonCodec;
import dev.reel.MalformedJsonException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads and writes an application's types with a Jackson 3 {@code JsonMapper}.
 *
 * <pre>{@code
 * JsonCodec codec = Jackson3Codec.of(jsonMapper);
 * store.append("trip", EventDraft.of("booked", Json.from(new Booking("Madrid", departure), codec)));
 * Booking booking = event.data().as(Booking.class, codec);
 * }</pre>
 *
 * <p>A type can also have members of {@link Json}, {@link dev.reel.Message} and other types of Reel: the codec includes
 * {@link ReelModule}. If the mapper can't read or write a value, the codec throws an {@link InvalidInputException} with
 * Jackson's exception as its cause.
 */
public final class Jackson3Codec implements JsonCodec {

    private final JsonMapper mapper;

    private Jackson3Codec(JsonMapper mapper) {
        this.mapper = mapper;
    }

    /**
     * Creates a codec that uses the application's mapper.
     *
     * @param mapper the mapper
     * @return the codec
     */
    public static Jackson3Codec of(JsonMapper mapper) {
        return new Jackson3Codec(mapper.rebuild().addModule(new ReelModule()).build());
    }

    @Override
    public Json write(@Nullable Object value) {
        String what = value == null ? "null" : "a " + value.getClass().getName();
        try {
            return Json.parse(
                    mapper.writer().without(SerializationFeature.INDENT_OUTPUT).writeValueAsString(value));
        } catch (JacksonException e) {
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
        } catch (JacksonException e) {
            throw new InvalidInputException(
                    "the JSON can't be read as " + type.getName() + ": " + e.getOriginalMessage(), e);
        }
        if (value == null) {
            throw new InvalidInputException("the JSON was read as null, not as " + type.getName());
        }
        return value;
    }
}
