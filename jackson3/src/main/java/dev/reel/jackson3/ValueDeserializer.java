package dev.reel.jackson3;

import dev.reel.Json;
import java.util.function.Function;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.deser.std.StdDeserializer;

/** Reads JSON and converts it to one of Reel's types. */
final class ValueDeserializer<T> extends StdDeserializer<T> {

    private final transient Function<Json, T> fromJson;

    ValueDeserializer(Class<T> type, Function<Json, T> fromJson) {
        super(type);
        this.fromJson = fromJson;
    }

    @Override
    public T deserialize(JsonParser parser, DeserializationContext context) {
        Json json = context.readValue(parser, Json.class);
        try {
            return fromJson.apply(json);
        } catch (IllegalArgumentException | IllegalStateException e) {
            return context.reportInputMismatch(this, "%s", e.getMessage());
        }
    }
}
