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
 * Writes and reads an application's own types with a {@code JsonMapper} of Jackson 3.
 *
 * <pre>{@code
 * JsonCodec codec = Jackson3Codec.of(jsonMapper);
 * store.append("trip", EventDraft.of("booked", Json.from(new Booking("Madrid", departure), codec)));
 * Booking booking = event.data().as(Booking.class, codec);
 * }</pre>
 *
 * <p>Members of the types {@link Json}, {@link dev.reel.Message} and the like are read too: the codec has {@link
 * ReelModule}. What the mapper can't write or read is an {@link InvalidInputException}, with Jackson's own exception as its
 * cause.
 */
public final class Jackson3Codec implements JsonCodec {

    private final JsonMapper mapper;

    private Jackson3Codec(JsonMapper mapper) {
        this.mapper = mapper;
    }

    /**
     * A codec with the application's mapper.
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
            throw new InvalidInputException(what + " is not written as valid JSON: " + e.getMessage(), e);
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
            throw new InvalidInputException("the JSON is read as null, not as " + type.getName());
        }
        return value;
    }
}
