package dev.reel.jackson2;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import dev.reel.Json;
import java.io.IOException;
import java.util.function.Function;

/** Reads JSON and converts it to one of Reel's types. */
final class ValueDeserializer<T> extends StdDeserializer<T> {

    private static final long serialVersionUID = 1L;

    private final transient Function<Json, T> fromJson;

    ValueDeserializer(Class<T> type, Function<Json, T> fromJson) {
        super(type);
        this.fromJson = fromJson;
    }

    @Override
    public T deserialize(JsonParser parser, DeserializationContext context) throws IOException {
        Json json = context.readValue(parser, Json.class);
        try {
            return fromJson.apply(json);
        } catch (IllegalArgumentException | IllegalStateException e) {
            return context.reportInputMismatch(this, "%s", e.getMessage());
        }
    }
}
