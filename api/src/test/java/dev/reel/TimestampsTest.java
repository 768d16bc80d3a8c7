package dev.reel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TimestampsTest {

    private static String written(Instant at) {
        JsonWriter out = new JsonWriter(JsonLimits.DEFAULT, 0);
        Timestamps.append(out, at);
        return new String(out.toBytes(), StandardCharsets.UTF_8);
    }

    private static Instant read(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return Timestamps.parse(bytes, 0, bytes.length);
    }

    @ParameterizedTest
    @CsvSource({
        "2026-04-26T12:34:56Z, 2026-04-26T12:34:56Z",
        "2026-04-26T12:34:56.789Z, 2026-04-26T12:34:56.789Z",
        "2026-04-26T12:34:56.7Z, 2026-04-26T12:34:56.700Z",
        "2026-04-26T12:34:56.000001Z, 2026-04-26T12:34:56.000001Z",
        "2026-04-26T12:34:56.123456789Z, 2026-04-26T12:34:56.123456Z",
        "2026-04-26T12:34:56.000000999Z, 2026-04-26T12:34:56Z",
        "1969-12-31T23:59:59.999999999Z, 1969-12-31T23:59:59.999999Z",
        "0000-01-01T00:00:00Z, 0000-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999999Z, 9999-12-31T23:59:59.999999Z",
        "+10000-01-01T00:00:00Z, +10000-01-01T00:00:00Z",
        "-0001-12-31T23:59:59.100Z, -0001-12-31T23:59:59.100Z",
        "-1000000000-01-01T00:00:00Z, -1000000000-01-01T00:00:00Z",
        "+1000000000-12-31T23:59:59.999999999Z, +1000000000-12-31T23:59:59.999999Z"
    })
    void eachInstantHasOneForm(Instant at, String text) {
        assertEquals(text, written(at));
        assertEquals(at.truncatedTo(ChronoUnit.MICROS), read(text));
    }

    @Test
    void agreesWithTheFormOfInstant() {
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < 20_000; i++) {
            long second = i % 2 == 0
                    ? random.nextLong(-63_000_000_000L, 254_000_000_000L)
                    : random.nextLong(Instant.MIN.getEpochSecond(), Instant.MAX.getEpochSecond());
            long micros = i % 3 == 0 ? 0 : i % 3 == 1 ? random.nextInt(1_000) * 1_000L : random.nextInt(1_000_000);
            Instant at = Instant.ofEpochSecond(second, micros * 1_000);
            assertEquals(at.toString(), written(at), "seed " + seed);
            assertEquals(at, read(at.toString()), "seed " + seed);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Z",
                "2026-04-26",
                "2026-04-26T12:34:56",
                "2026-04-26T12:34Z",
                "2026-04-26t12:34:56Z",
                "2026-04-26T12:34:56z",
                "2026-04-26 12:34:56Z",
                "2026-04-26T12:34:56.7Z",
                "2026-04-26T12:34:56.78Z",
                "2026-04-26T12:34:56.000Z",
                "2026-04-26T12:34:56.789000Z",
                "2026-04-26T12:34:56.000000Z",
                "2026-04-26T12:34:56.123456789Z",
                "2026-04-26T12:34:56.Z",
                "2026-04-26T12:34:56+00:00",
                "2026-02-30T12:34:56Z",
                "2026-13-01T00:00:00Z",
                "2026-00-01T00:00:00Z",
                "2026-01-00T00:00:00Z",
                "2026-04-26T24:00:00Z",
                "2026-04-26T12:60:00Z",
                "2026-04-26T23:59:60Z",
                "+2026-04-26T12:34:56Z",
                "-0000-04-26T12:34:56Z",
                "+10000-01-01T00:00:00.000Z",
                "+10000-01-01T00:00:00.123456789Z",
                "+1000000001-01-01T00:00:00Z",
                "+10000-01-01T24:00:00Z",
                "2026-04-26T12:34:56.-89Z",
                "2026-04-26T12:34:5６Z",
                "20260426T123456Z"
            })
    void rejectsOtherForms(String text) {
        assertNull(read(text));
    }

    @ParameterizedTest
    @CsvSource({
        "2026-11-23T09:25:32.735373Z, 2026-11-23T09:25:32.735373Z",
        "2026-11-23T09:25:32Z, 2026-11-23T09:25:32Z",
        "2026-11-23T09:25Z, 2026-11-23T09:25:00Z",
        "2026-11-23t09:25:32z, 2026-11-23T09:25:32Z",
        "2026-11-23T09:25:32.123456789Z, 2026-11-23T09:25:32.123456Z",
        "'2026-11-23T09:25:32,5Z', 2026-11-23T09:25:32.500Z",
        "2026-11-23T09:25:32.5+02:00, 2026-11-23T07:25:32.500Z",
        "2026-11-23T09:25:32-0530, 2026-11-23T14:55:32Z",
        "2026-11-23T09:25:32+01, 2026-11-23T08:25:32Z",
        "2026-11-23T09:25:32+00:00, 2026-11-23T09:25:32Z",
        "2026-11-23T09:25+0100, 2026-11-23T08:25:00Z",
        "+12026-11-23T09:25:32Z, +12026-11-23T09:25:32Z"
    })
    void foreignInstantsMayHaveAnyOffset(String text, String at) {
        assertEquals(Instant.parse(at), Timestamps.parseForeign(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "now",
                "2026-11-23",
                "2026-11-23T09:25:32",
                "2026-11-23T09:25:32.1234567890Z",
                "1700000000",
                "2026-11-23T24:00:00Z",
                "2026-11-23T09:25:32+010",
                "2026-11-23T09:25:32+0a00",
                "2026-11-23T09:25:32+01000",
                "2026-02-30T00:00:00Z",
                "2026-11-23T09:25:32+25:00",
                "2026-11-23T09:25:32Z ",
                "2026-11-23T09:25:32ZZ",
                "+999999999999-01-01T00:00:00Z",
                "2026-11-23T09:25:32+01:00[Europe/Paris]"
            })
    void foreignInstantsNeedDateTimeAndOffset(String text) {
        assertNull(Timestamps.parseForeign(text));
    }
}
