package dev.reel.jackson2;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import com.fasterxml.jackson.databind.util.RawValue;
import dev.reel.Json;
import dev.reel.MalformedJsonException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Copies the tokens of a value as JSON text. Numbers are copied as text, so no digit is lost. */
final class JsonDeserializer extends StdDeserializer<Json> {

    private static final long serialVersionUID = 1L;

    JsonDeserializer() {
        super(Json.class);
    }

    @Override
    public Json deserialize(JsonParser parser, DeserializationContext context) throws IOException {
        StringBuilder text = new StringBuilder();
        append(parser, context, text);
        try {
            return Json.parse(text.toString());
        } catch (MalformedJsonException e) {
            return context.reportInputMismatch(this, "%s", e.reason());
        }
    }

    @Override
    public Json getNullValue(DeserializationContext context) {
        return Json.NULL;
    }

    /** A missing member is not a JSON {@code null}. */
    @Override
    public @Nullable Object getAbsentValue(DeserializationContext context) {
        return null;
    }

    private void append(JsonParser parser, DeserializationContext context, StringBuilder text) throws IOException {
        int depth = 0;
        boolean first = true;
        do {
            JsonToken token = parser.currentToken();
            if (token.isStructEnd()) {
                depth--;
            } else if (!first) {
                text.append(',');
            }
            first = token.isStructStart();
            switch (token) {
                case START_OBJECT, START_ARRAY -> {
                    text.append(token.asString());
                    depth++;
                }
                case END_OBJECT, END_ARRAY -> text.append(token.asString());
                case FIELD_NAME -> {
                    text.append(Json.of(parser.currentName())).append(':');
                    first = true;
                }
                case VALUE_STRING -> text.append(Json.of(parser.getText()));
                case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT, VALUE_TRUE, VALUE_FALSE, VALUE_NULL ->
                    text.append(parser.getText());
                default -> text.append(embedded(parser, context));
            }
        } while (depth > 0 && parser.nextToken() != null);
    }

    /** A token buffer of {@code convertValue} holds Reel's types as embedded objects. */
    private String embedded(JsonParser parser, DeserializationContext context) throws IOException {
        Object value = parser.currentToken() == JsonToken.VALUE_EMBEDDED_OBJECT ? parser.getEmbeddedObject() : null;
        if (value instanceof RawValue raw && raw.rawValue() instanceof String json) {
            return json;
        }
        return context.reportInputMismatch(this, "the value is not JSON");
    }
}
