package dev.reel.architecture;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.annotation.JsonSerialize;

/** Each way to expose a Jackson type, and one class that exposes none. */
public final class Leaks {
    private Leaks() {}

    /** Exposes no Jackson type. */
    public static class None {
        private JsonNode field;

        None(JsonNode node) {
            field = node;
        }

        JsonNode node() {
            return field;
        }

        @JsonIgnore
        public void withAnAnnotationThatAllVersionsShare() {}

        static class Hidden {
            public JsonNode node() {
                throw new UnsupportedOperationException();
            }
        }
    }

    public interface Return {
        JsonNode node();
    }

    public interface GenericReturn {
        Map<String, List<? extends JsonNode>> nodes();
    }

    public interface ArrayParameter {
        void nodes(JsonNode... nodes);
    }

    public interface Bound {
        <T extends JsonNode> T node();
    }

    public interface Throws {
        void node() throws JacksonException;
    }

    public interface Interface extends Supplier<JsonNode> {}

    public interface TypeParameter<T extends JsonNode> {}

    public abstract static class Superclass extends JsonParser {}

    public static class Field {
        protected final JsonNode node = null;
    }

    public static class Constructor {
        protected Constructor(JsonNode node) {}
    }

    public record Component(JsonNode node) {}

    public static class Annotation {
        @JsonSerialize
        public void node() {}
    }
}
