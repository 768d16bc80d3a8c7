package dev.reel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class JsonEqualityTest {

    private static void assertSame(String... texts) {
        for (String left : texts) {
            for (String right : texts) {
                assertEquals(Json.parse(left), Json.parse(right), left + " and " + right);
                assertEquals(Json.parse(left).hashCode(), Json.parse(right).hashCode(), left + " and " + right);
            }
        }
    }

    private static void assertAllDiffer(String... texts) {
        for (int i = 0; i < texts.length; i++) {
            for (int k = 0; k < texts.length; k++) {
                if (i != k) {
                    assertNotEquals(Json.parse(texts[i]), Json.parse(texts[k]), texts[i] + " and " + texts[k]);
                }
            }
        }
    }

    @Test
    void comparesNumbersByValue() {
        assertSame("1", "1.0", "1e0", "10e-1", "0.1E+1", "1.000", "100e-2", "1e-0", "0.01e2");
        assertSame("0", "-0", "0.0", "-0.0e9", "0e99999999999999999999", "0E-5");
        assertSame("-120", "-1.2e2", "-12E1", "-120.0");
        assertSame("123456789012345678901234567890", "1.2345678901234567890123456789e29");
        assertAllDiffer(
                "0",
                "1",
                "-1",
                "10",
                "0.1",
                "1.1",
                "11",
                "101",
                "1e1000",
                "1e1001",
                "1e-1000",
                "\"1\"",
                "1e18446744073709551617",
                "true");
    }

    @Test
    void expandsNoExponent() {
        assertTimeoutPreemptively(Duration.ofSeconds(5), () -> {
            assertSame("1e999999999", "10e999999998", "0.1e1000000000", "1E+0999999999");
            assertSame("1e9223372036854775808", "10e9223372036854775807", "0.1e9223372036854775809");
            assertSame("1e-9223372036854775809", "10e-9223372036854775810");
            assertSame("1e" + "9".repeat(900), "0.1e1" + "0".repeat(900));
            assertAllDiffer(
                    "1e999999999",
                    "1e-999999999",
                    "1e9223372036854775808",
                    "1e9223372036854775809",
                    "1e1",
                    "1e4294967297",
                    "1e18446744073709551617");
        });
    }

    @Test
    void comparesStringsByCodeUnits() {
        assertSame("\"a/b\"", "\"a\\/b\"", "\"\\u0061/b\"");
        assertSame("\"🌍\"", "\"\\ud83c\\udf0d\"", "\"\\uD83C\\uDF0D\"");
        assertAllDiffer(
                "\"é\"",
                "\"e\u0301\"",
                "\"\\ud83c\"",
                "\"\\udf0d\\ud83c\"",
                "\"?\"",
                "\"\ufffd\"",
                "\"\"",
                "\"A\"",
                "\"a\"");
    }

    @Test
    void comparesObjectsWithoutOrder() {
        assertSame("{\"a\":1,\"b\":[1,2]}", "{ \"b\" : [ 1.0,2 ], \"\\u0061\":1e0}");
        assertAllDiffer(
                "{}",
                "[]",
                "null",
                "\"\"",
                "{\"a\":null}",
                "{\"b\":null}",
                "{\"a\":null,\"b\":null}",
                "{\"a\":[1,2]}",
                "{\"a\":[2,1]}",
                "{\"a\":[1,2,2]}",
                "false",
                "0",
                "\"null\"");
        assertNotEquals(Json.NULL, null);
        assertNotEquals(Json.of("a"), "a");
    }

    @Test
    void equalsAndHashCodeAreConsistentForRandomValues() {
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < 5_000; i++) {
            String at = "seed " + seed + ", round " + i;
            Json json = Json.of(JsonSamples.value(random, 4));
            Json other = Json.parse(JsonSamples.respelled(random, json));
            Json third = Json.parse(JsonSamples.respelled(random, other));
            Json stranger = Json.of(JsonSamples.value(random, 4));
            assertEquals(json, Json.parse(json.toBytes()), at);
            assertEquals(json, other, at);
            assertEquals(other, json, at);
            assertEquals(json, third, at);
            assertEquals(json.hashCode(), other.hashCode(), at);
            assertEquals(json.equals(stranger), stranger.equals(other), at);
            if (json.isObject()) {
                String name = JsonSamples.name(random);
                Json edited = json.with(name, stranger);
                assertEquals(stranger, edited.get(name), at);
                assertEquals(json.without(name), edited.without(name), at);
                json.members().forEach((member, value) -> assertEquals(value, other.get(member), at));
            }
        }
    }

    @Test
    void needsNoDeepStack() throws InterruptedException {
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Runnable deep = () -> {
            JsonLimits limits = new JsonLimits(1_000_000, JsonLimits.HIGHEST_DEPTH, 10);
            String objects = "{\"a\":".repeat(1_000) + "1" + "}".repeat(1_000);
            String arrays = "[".repeat(1_000) + "1" + "]".repeat(1_000);
            for (String text : new String[] {objects, arrays}) {
                Json json = Json.parse(JsonSamples.utf8(text), limits);
                Json other = Json.parse(JsonSamples.utf8(text.replace("1", "1.0")), limits);
                assertEquals(json, other);
                assertEquals(json.hashCode(), other.hashCode());
                json.toJava();
            }
        };
        Thread thread = new Thread(null, deep, "small stack", 512 * 1024);
        thread.setUncaughtExceptionHandler((t, e) -> failure.set(e));
        thread.start();
        thread.join();
        assertEquals(null, failure.get());
    }

    @Test
    void nestingIsBoundedForUncheckedText() {
        byte[] deep = JsonSamples.utf8("[".repeat(100_000) + "1" + "]".repeat(100_000));
        Json json = Json.trusted(deep, 0, deep.length);
        Json other = Json.trusted(deep, 1, deep.length - 1);
        assertThrows(MalformedJsonException.class, () -> json.equals(other));
        assertThrows(MalformedJsonException.class, json::hashCode);
        assertThrows(MalformedJsonException.class, json::elements);
    }

    @Test
    void timeIsLinearInTheText() {
        String inner = "\"" + "x".repeat(16_000_000) + "\"";
        Json left = Json.parse("[".repeat(400) + inner + ",1" + "]".repeat(400));
        Json right = Json.parse("[".repeat(400) + inner + ",1.0" + "]".repeat(400));
        assertTimeoutPreemptively(Duration.ofSeconds(10), () -> assertEquals(left, right));
    }
}
