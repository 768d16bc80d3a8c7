package dev.reel.jackson3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.annotation.JsonRawValue;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.reel.EventDraft;
import dev.reel.Fork;
import dev.reel.InvalidInputException;
import dev.reel.Json;
import dev.reel.JsonCodec;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

class Jackson3CodecTest {

    private static final JsonCodec CODEC = Jackson3Codec.of(new JsonMapper());

    record Booking(UUID id, String to, Instant at, BigDecimal price, List<String> seats, Json note) {}

    private static final Booking BOOKING = new Booking(
            UUID.fromString("0b0f9a52-5c8a-4a9a-8f0e-1d2c3b4a5968"),
            "Madrid \"Atocha\" 🌍",
            Instant.parse("2026-04-26T21:25:00Z"),
            new BigDecimal("49.90"),
            List.of("12A", "12B"),
            Json.parse("{\"n\":1.00}"));

    @Test
    void aRecordThereAndBack() {
        Json json = Json.from(BOOKING, CODEC);
        assertEquals("0b0f9a52-5c8a-4a9a-8f0e-1d2c3b4a5968", json.textOf("id"));
        assertEquals("49.90", json.get("price").toString());
        assertEquals("{\"n\":1.00}", json.get("note").toString());
        assertEquals(BOOKING, json.as(Booking.class, CODEC));
        assertEquals(BOOKING, Json.parse(json.toString()).as(Booking.class, CODEC));
    }

    @Test
    void instantsAndIdsAsTheMapperHasThem() {
        Json at = Json.from(BOOKING.at(), CODEC);
        assertEquals("\"2026-04-26T21:25:00Z\"", at.toString());
        assertEquals(BOOKING.at(), at.as(Instant.class, CODEC));
        assertEquals(BOOKING.id(), Json.from(BOOKING.id(), CODEC).as(UUID.class, CODEC));
    }

    @Test
    void typesOfReel() {
        Json json = Json.parse("{\"a\":1e400}");
        assertEquals("{\"a\":1e400}", Json.from(json, CODEC).toString());
        assertEquals("{\"a\":1e400}", json.as(Json.class, CODEC).toString());
        Fork fork = new Fork("f", "p", 1, 2);
        assertEquals(fork.toJson(), Json.from(fork, CODEC));
        assertEquals(fork, Json.from(fork, CODEC).as(Fork.class, CODEC));
    }

    @Test
    void anEventHoldsIt() {
        EventDraft draft = EventDraft.of("booked", Json.from(BOOKING, CODEC));
        assertEquals(BOOKING, draft.data().as(Booking.class, CODEC));
    }

    @Test
    void nullIsWrittenButNotRead() {
        assertEquals(Json.NULL, Json.from(null, CODEC));
        assertRefuses("was read as null, not as java.lang.String", () -> Json.NULL.as(String.class, CODEC));
    }

    @Test
    void aMapperThatIndents() {
        JsonCodec codec = Jackson3Codec.of(
                JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build());
        assertEquals(
                "{\"a\":[1,2]}", Json.from(Map.of("a", List.of(1, 2)), codec).toString());
    }

    @Test
    void whatTheMapperCantWrite() {
        InvalidInputException error = assertRefuses(
                "a " + Broken.class.getName() + " can't be written as JSON: ", () -> Json.from(new Broken(), CODEC));
        assertInstanceOf(JacksonException.class, error.getCause());
        assertRefuses(
                "can't be written as JSON: ",
                () -> Json.from(
                        new Object(),
                        Jackson3Codec.of(JsonMapper.builder()
                                .enable(SerializationFeature.FAIL_ON_EMPTY_BEANS)
                                .build())));
        List<Object> itself = new ArrayList<>();
        itself.add(itself);
        assertRefuses("can't be written as JSON: ", () -> Json.from(itself, CODEC));
    }

    @Test
    void whatTheMapperWritesThatIsNoJson() {
        assertRefuses("was not written as valid JSON: ", () -> Json.from(new Raw("{\"a\":1,\"a\":2}"), CODEC));
        assertRefuses("was not written as valid JSON: ", () -> Json.from(new Raw("{"), CODEC));
    }

    @Test
    void whatTheMapperCantRead() {
        InvalidInputException error = assertRefuses(
                "the JSON can't be read as " + Booking.class.getName() + ": ",
                () -> Json.object("id", "no UUID").as(Booking.class, CODEC));
        assertInstanceOf(JacksonException.class, error.getCause());
        assertRefuses("can't be read as", () -> Json.of(List.of()).as(Booking.class, CODEC));
    }

    private static InvalidInputException assertRefuses(String message, Executable call) {
        InvalidInputException error = assertThrows(InvalidInputException.class, call);
        assertTrue(error.getMessage().contains(message), error.getMessage());
        return error;
    }

    public static final class Broken {
        public String getName() {
            throw new IllegalStateException("no name");
        }
    }

    record Raw(@JsonValue @JsonRawValue String text) {}
}
