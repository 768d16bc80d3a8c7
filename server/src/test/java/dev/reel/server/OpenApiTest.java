package dev.reel.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Compares the OpenAPI document with the server's routes, and its schemas with the requests and answers of real calls.
 */
class OpenApiTest {

    private final Served served = Served.memory();
    private final Json document = served.get(OpenApiRoute.PATH).json();

    @AfterEach
    void close() {
        served.close();
    }

    private static Json at(Json json, String... path) {
        Json found = json;
        for (String name : path) {
            found = Objects.requireNonNull(found.get(name), () -> "no '" + name + "' of " + String.join("/", path));
        }
        return found;
    }

    private Json resolved(Json json) {
        String to = json.textOf("$ref");
        return to == null ? json : at(document, to.substring("#/".length()).split("/"));
    }

    // ---- Routes

    @Test
    @DisplayName("the document has exactly the server's routes, with their parameters")
    void routes() {
        assertEquals("3.1.0", document.textOf("openapi"));
        Map<String, Set<String>> shown = new TreeMap<>();
        Set<String> ids = new TreeSet<>();
        at(document, "paths")
                .members()
                .forEach((path, methods) -> methods.members().forEach((method, operation) -> {
                    assertTrue(ids.add(String.valueOf(operation.textOf("operationId"))), path);
                    Set<String> query = new TreeSet<>();
                    Set<String> names = new TreeSet<>();
                    Json parameters = operation.get("parameters");
                    for (Json each : parameters == null ? List.<Json>of() : parameters.elements()) {
                        Json parameter = resolved(each);
                        String name = String.valueOf(parameter.textOf("name"));
                        switch (String.valueOf(parameter.textOf("in"))) {
                            case "query" -> query.add(name);
                            case "path" -> names.add(name);
                            default -> assertEquals("header", parameter.textOf("in"));
                        }
                    }
                    Set<String> inPath = Pattern.compile("\\{(\\w+)}")
                            .matcher(path)
                            .results()
                            .map(it -> it.group(1))
                            .collect(Collectors.toCollection(TreeSet::new));
                    assertEquals(inPath, names, path);
                    shown.put(method.toUpperCase(Locale.ROOT) + " " + path, query);
                }));
        Map<String, Set<String>> known = new TreeMap<>();
        for (Router.Route route : SessionRoutes.of(served.store, ServerOptions.standard())
                .router()
                .routes()) {
            known.put(route.method() + " " + route.template(), new TreeSet<>(route.parameters()));
        }
        assertEquals(known, shown);
    }

    @Test
    @DisplayName("each reference of the document has a target")
    void references() {
        List<String> references = new ArrayList<>();
        collect(document, references);
        assertTrue(references.size() > 50);
        references.forEach(to -> assertNotNull(resolved(Json.object("$ref", to)), to));
    }

    private static void collect(Json json, List<String> references) {
        if (json.isObject()) {
            String to = json.textOf("$ref");
            if (to != null) {
                references.add(to);
            }
            json.members().values().forEach(value -> collect(value, references));
        } else if (json.kind() == Json.Kind.ARRAY) {
            json.elements().forEach(value -> collect(value, references));
        }
    }

    // ---- Real answers

    /** A call, and its description in the document. */
    private final Set<String> called = new TreeSet<>();

    private void call(int status, String method, String path, String concrete, @Nullable String body) {
        called.add(method + " " + path);
        Json operation = at(document, "paths", path, method.toLowerCase(Locale.ROOT));
        if (body != null) {
            check(
                    at(operation, "requestBody", "content", "application/json", "schema"),
                    Json.parse(body),
                    "body of " + method + " " + path);
        }
        Served.Answer answer = served.send(method, concrete, body);
        assertEquals(status, answer.status(), answer.toString());
        Json responses = at(operation, "responses");
        Json response = responses.get(String.valueOf(status));
        Json described = resolved(response == null ? at(responses, "default") : response);
        Json headers = described.get("headers");
        if (headers != null && method.equals("GET")) {
            for (String header : List.of("ETag", "Stream-Next-Offset")) {
                assertEquals(headers.get(header) != null, answer.header(header) != null, header + " of " + path);
            }
        }
        if (described.get("content") != null && !method.equals("HEAD")) {
            String type = status < 400 ? "application/json" : "application/problem+json";
            assertEquals(type, answer.header("content-type"));
            check(at(described, "content", type, "schema"), answer.json(), method + " " + path);
        } else {
            assertEquals("", answer.text());
        }
    }

    @Test
    @DisplayName("the requests and answers of each route have the documented form")
    void answers() {
        String all = "/v1/sessions";
        String one = all + "/{session}";
        String a = "/v1/sessions/a";
        call(200, "PUT", one, a, "{\"title\":\"T\",\"metadata\":{\"x\":1},\"parent_id\":\"p\"}");
        call(200, "PATCH", one, a, "{\"title\":null,\"model\":\"m\"}");
        call(200, "GET", one, a, null);
        call(404, "GET", one, "/v1/sessions/none", null);
        call(201, "POST", all, all, "{}");
        call(200, "GET", all, all + "?limit=1", null);
        call(200, "GET", "/v1/session-ids", "/v1/session-ids", null);
        String messages = one + "/messages";
        call(200, "POST", messages, a + "/messages", "{\"role\":\"user\",\"text\":\"x\"}");
        call(400, "GET", messages, a + "/messages?last=0", null);
        call(200, "PUT", messages + "/{message}", a + "/messages/m1", "{\"role\":\"assistant\",\"message\":[1]}");
        call(200, "PATCH", messages + "/{message}", a + "/messages/m2", "{\"n\":0,\"text\":\"x\"}");
        call(200, "GET", messages + "/{message}", a + "/messages/m2", null);
        call(200, "GET", messages, a + "/messages", null);
        call(200, "GET", messages, a + "/messages?version=3&differs_from=2&last=1", null);
        call(404, "GET", messages, a + "/messages?version=99", null);
        call(200, "GET", one, a + "?version=1", null);
        call(200, "POST", one + "/snapshots", a + "/snapshots", "{\"state\":null}");
        call(200, "PUT", one + "/snapshots/{snapshot}", a + "/snapshots/c1", "{\"state\":1,\"message_id\":\"m1\"}");
        call(200, "GET", one + "/snapshots", a + "/snapshots", null);
        call(200, "GET", one + "/snapshots", a + "/snapshots?version=1", null);
        call(200, "GET", "/v1/snapshots/{snapshot}", "/v1/snapshots/c1", null);
        call(200, "POST", one + "/checkpoint", a + "/checkpoint", "{\"label\":\"x\",\"message\":\"m1\",\"id\":\"c2\"}");
        call(200, "POST", one + "/turn", a + "/turn", "{\"holder\":\"w\"}");
        call(200, "GET", one + "/state", a + "/state", null);
        call(200, "GET", one + "/resume", a + "/resume", null);
        call(200, "POST", one + "/rewind", a + "/rewind", "{\"message\":\"m1\"}");
        call(404, "POST", one + "/rewind", a + "/rewind", "{\"version\":99}");
        call(200, "POST", one + "/redo", a + "/redo", null);
        call(200, "POST", one + "/undo", a + "/undo", "{}");
        call(201, "POST", one + "/fork", a + "/fork", "{\"id\":\"f\",\"at\":{\"version\":3},\"snapshots\":true}");
        call(200, "POST", one + "/events", a + "/events", "[{\"event\":\"note\",\"v\":2,\"meta\":{\"t\":1}}]");
        call(200, "POST", one + "/events", a + "/events", "{\"event\":\"note\",\"uuid\":\"e1\",\"data\":{}}");
        call(200, "GET", one + "/events", a + "/events", null);
        call(200, "GET", one + "/events", a + "/events?after=2&up_to=4", null);
        call(400, "GET", one + "/events", a + "/events?after=2&offset=-1", null);
        call(200, "HEAD", one + "/events", a + "/events", null);
        call(200, "GET", "/v1/events", "/v1/events?types=note&up_to=100", null);
        call(400, "GET", "/v1/events", "/v1/events?up_to=x", null);
        call(200, "HEAD", "/v1/events", "/v1/events", null);
        call(200, "DELETE", messages, a + "/messages", null);
        call(200, "DELETE", one + "/snapshots", a + "/snapshots", null);
        call(204, "DELETE", one + "/snapshots", a + "/snapshots", null);
        call(200, "POST", one + "/close", a + "/close", "{\"reason\":[1]}");
        call(204, "POST", one + "/close", a + "/close", null);
        call(204, "GET", one + "/events", a + "/events?live=long-poll&offset=now", null);
        call(409, "PUT", one, a, "{}");
        call(200, "DELETE", one, "/v1/sessions/f", null);
        call(204, "DELETE", one, "/v1/sessions/f?purge=true", null);
        call(204, "POST", "/v1/sync", "/v1/sync", null);
        try (Sse stream = Sse.open(served, "/v1/events?credit=1")) {
            String grant = "/v1/streams/" + stream.header("Reel-Stream") + "?credit=5";
            call(204, "POST", "/v1/streams/{stream}", grant, null);
        }
        call(404, "GET", "/metrics", "/metrics", null);
        for (String path : List.of("/v1/openapi.json", "/health", "/health/live", "/health/ready")) {
            call(200, "GET", path, path, null);
        }
        Set<String> documented = new TreeSet<>();
        at(document, "paths")
                .members()
                .forEach((path, methods) -> methods.members()
                        .keySet()
                        .forEach(method -> documented.add(method.toUpperCase(Locale.ROOT) + " " + path)));
        assertEquals(documented, called, "each route is called");
    }

    // ---- The part of JSON Schema that the document uses

    private static final Set<String> KEYWORDS = Set.of(
            "$ref",
            "type",
            "properties",
            "required",
            "additionalProperties",
            "items",
            "enum",
            "const",
            "oneOf",
            "pattern",
            "format",
            "minimum",
            "minLength",
            "minProperties",
            "maxProperties");

    private void check(Json reference, Json value, String where) {
        Json schema = resolved(reference);
        assertTrue(KEYWORDS.containsAll(schema.members().keySet()), () -> where + ": unknown keyword in " + schema);
        Json type = schema.get("type");
        if (type != null) {
            List<Json> types = type.kind() == Json.Kind.ARRAY ? type.elements() : List.of(type);
            assertTrue(
                    types.stream().anyMatch(it -> is(it.text(), value)),
                    () -> where + ": " + value + " is not " + type);
        }
        Json values = schema.get("enum");
        assertTrue(values == null || values.elements().contains(value), () -> where + ": " + value);
        Json constant = schema.get("const");
        assertTrue(constant == null || constant.equals(value), () -> where + ": " + value);
        String pattern = schema.textOf("pattern");
        assertTrue(
                pattern == null
                        || Pattern.compile(pattern).matcher(value.text()).find(),
                () -> where + ": " + value);
        Json choices = schema.get("oneOf");
        if (choices != null) {
            long fitting = choices.elements().stream()
                    .filter(it -> fits(it, value, where))
                    .count();
            assertEquals(1, fitting, () -> where + ": " + value + " of " + choices);
        }
        if (value.isObject()) {
            checkObject(schema, value, where);
        } else if (value.kind() == Json.Kind.ARRAY && schema.get("items") != null) {
            value.elements().forEach(element -> check(at(schema, "items"), element, where + "[]"));
        }
    }

    private void checkObject(Json schema, Json value, String where) {
        Json required = schema.get("required");
        for (Json name : required == null ? List.<Json>of() : required.elements()) {
            assertNotNull(value.get(name.text()), () -> where + ": no " + name + " in " + value);
        }
        int size = value.members().size();
        Json most = schema.get("maxProperties");
        Json least = schema.get("minProperties");
        assertTrue(most == null || size <= most.asLong(), () -> where + ": too many members: " + value);
        assertTrue(least == null || size >= least.asLong(), () -> where + ": too few members: " + value);
        Json properties = schema.get("properties");
        if (properties == null) {
            return;
        }
        // A row has only documented members; an event and a problem may have others.
        boolean closed = schema.get("additionalProperties") != null
                || required != null
                        && required.elements().size() == properties.members().size();
        value.members().forEach((name, member) -> {
            Json described = properties.get(name);
            assertTrue(described != null || !closed, () -> where + ": '" + name + "' is not described");
            if (described != null) {
                check(described, member, where + "." + name);
            }
        });
    }

    private boolean fits(Json schema, Json value, String where) {
        try {
            check(schema, value, where);
            return true;
        } catch (AssertionError e) {
            return false;
        }
    }

    private static boolean is(String type, Json value) {
        return switch (type) {
            case "null" -> value.isNull();
            case "integer" ->
                value.kind() == Json.Kind.NUMBER && value.toString().matches("-?\\d+");
            default -> value.kind().name().equalsIgnoreCase(type);
        };
    }

    @Test
    @DisplayName("the schema check finds values that do not fit")
    void theCheck() {
        Json session = Json.object("$ref", "#/components/schemas/Session");
        Json row =
                Json.parse(served.send("PUT", "/v1/sessions/a", "{}").response().body());
        check(session, row, "a row");
        for (Json wrong : List.of(
                row.without("position"), row.with("position", "1"), row.with("title", 1), row.with("more", 1))) {
            assertThrows(AssertionError.class, () -> check(session, wrong, "a row"));
        }
        Json fork = Json.object("$ref", "#/components/schemas/ForkRequest");
        check(fork, Json.parse("{\"at\":{\"message\":\"m\"}}"), "a fork");
        for (String wrong : List.of("{\"message\":1}", "{}", "{\"message\":\"m\",\"version\":1}", "{\"to\":1}", "1")) {
            assertThrows(
                    AssertionError.class, () -> check(fork, Json.parse("{\"at\":" + wrong + "}"), "a fork"), wrong);
        }
    }
}
