package dev.reel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class JsonTest {

    @Test
    void convertsJavaValues() {
        assertEquals("null", Json.of(null).toString());
        assertEquals("true", Json.of(true).toString());
        assertEquals("-1", Json.of((byte) -1).toString());
        assertEquals("2", Json.of((short) 2).toString());
        assertEquals("3", Json.of(3).toString());
        assertEquals("-9223372036854775808", Json.of(Long.MIN_VALUE).toString());
        assertEquals("18446744073709551616", Json.of(BigInteger.TWO.pow(64)).toString());
        assertEquals("1.10", Json.of(new BigDecimal("1.10")).toString());
        assertEquals("1E+3", Json.of(new BigDecimal("1e3")).toString());
        assertEquals("0.1", Json.of(0.1).toString());
        assertEquals("0.1", Json.of(0.1f).toString());
        assertEquals("1.0E300", Json.of(1e300).toString());
        assertEquals("-0.0", Json.of(-0.0).toString());
        assertEquals("\"ab\"", Json.of(new StringBuilder("ab")).toString());
        assertEquals(
                "[1,\"a\",null,[],{}]",
                Json.of(Arrays.asList(1, "a", null, Set.of(), Map.of())).toString());
        assertEquals(
                "{\"a\":{\"b\":[true]}}",
                Json.of(Map.of("a", Map.of("b", List.of(true)))).toString());
        Json json = Json.parse("[1.0]");
        assertSame(json, Json.of(json));
        assertEquals("[[1.0]]", Json.of(List.of(json)).toString());
    }

    @Test
    void rejectsOtherValues() {
        for (Object value : new Object[] {
            TimeUnit.DAYS,
            'c',
            new int[0],
            new Object(),
            Double.NaN,
            Double.POSITIVE_INFINITY,
            Float.NaN,
            Map.of(1, 2),
            List.of(new Object()),
            Path.of("a/b")
        }) {
            assertThrows(IllegalArgumentException.class, () -> Json.of(value), String.valueOf(value));
        }
        Map<String, Object> nameless = new HashMap<>();
        nameless.put(null, 1);
        assertThrows(IllegalArgumentException.class, () -> Json.of(nameless));
    }

    @Test
    void rejectsJavaValuesBeyondTheLimits() {
        List<Object> itself = new ArrayList<>();
        itself.add(itself);
        assertThrows(MalformedJsonException.class, () -> Json.of(itself));
        Json deep = Json.parse("[".repeat(499) + "]".repeat(499));
        assertEquals(500, Json.of(List.of(deep)).depth());
        assertThrows(MalformedJsonException.class, () -> Json.of(List.of(List.of(deep))));
        assertThrows(MalformedJsonException.class, () -> Json.EMPTY_OBJECT.with("a", Json.of(List.of(deep))));
        assertThrows(MalformedJsonException.class, () -> Json.of(BigInteger.TEN.pow(1000)));
        assertEquals(1000, Json.of(BigInteger.TEN.pow(999)).size());
        String half = "x".repeat(32 * 1024 * 1024);
        assertThrows(MalformedJsonException.class, () -> Json.of(List.of(half, half)));
        assertEquals(64 * 1024 * 1024, Json.of(half + half.substring(2)).size());
        assertThrows(MalformedJsonException.class, () -> Json.of(half + half.substring(1)));
    }

    @Test
    void escapesOnlyWhatJsonRequires() {
        assertEquals(
                "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f\u007f\u2028é世🌍\"",
                Json.of("\"\\/\b\f\n\r\t\u0000\u001f\u007f\u2028é世🌍").toString());
        assertEquals("\"\\ud83c\"", Json.of("\ud83c").toString());
        assertEquals("\"\\udf0d\\ud83c\"", Json.of("\udf0d\ud83c").toString());
        assertEquals("\"\\ud83c🌍\"", Json.of("\ud83c\ud83c\udf0d").toString());
        for (char c = 0; c < Character.MAX_VALUE; c++) {
            String text = "a" + c + "b";
            assertEquals(text, Json.of(text).text());
            assertEquals(text, Json.parse(Json.of(text).toBytes()).text());
        }
    }

    @Test
    void objectsKeepTheirOrder() {
        assertEquals(
                "{\"b\":1,\"a\":null,\"\":{}}",
                Json.object("b", 1, "a", null, "", Json.EMPTY_OBJECT).toString());
        assertEquals("{}", Json.object().toString());
        assertThrows(IllegalArgumentException.class, () -> Json.object("a"));
        assertThrows(IllegalArgumentException.class, () -> Json.object("a", 1, "a", 2));
        assertThrows(IllegalArgumentException.class, () -> Json.object("a", null, "a", 2));
        assertThrows(IllegalArgumentException.class, () -> Json.object(1, 2));
        assertThrows(IllegalArgumentException.class, () -> Json.object("\ud83c", 2));
        assertThrows(IllegalArgumentException.class, () -> Json.of(Map.of("a", Map.of("x\udf0d", 1))));
        assertThrows(IllegalArgumentException.class, () -> Json.EMPTY_OBJECT.with("\udf0d\ud83c", 1));
    }

    @Test
    void returnsMembers() {
        Json json = Json.parse("{ \"a\" : 1 , \"\\u0062\":\"x\\n\",\"é\":[ 2 ] ,\"long\":{\"a\":9},\"ab\":null}");
        assertEquals(Json.of(1), json.get("a"));
        assertEquals("x\n", json.textOf("b"));
        assertEquals("[ 2 ]", String.valueOf(json.get("é")));
        assertEquals(Json.NULL, json.get("ab"));
        for (String name : new String[] {"", "x", "A", "lon", "longer", "e", "\\u0062", "a\"", "ab\":null}"}) {
            assertNull(json.get(name), name);
        }
        assertEquals(
                List.of("a", "b", "é", "long", "ab"), List.copyOf(json.members().keySet()));
        assertNull(Json.parse("[1]").get("a"));
        assertNull(json.textOf("a"));
        assertNull(json.textOf("none"));
        assertTrue(Json.parse("\"a\"").members().isEmpty());
        assertThrows(UnsupportedOperationException.class, () -> json.members().clear());
    }

    @Test
    void returnsElements() {
        assertEquals(
                List.of(Json.of(1), Json.of("a"), Json.NULL),
                Json.parse("[ 1,\"a\" , null ]").elements());
        assertEquals(List.of(), Json.parse("[ ]").elements());
        assertEquals(List.of(), Json.EMPTY_OBJECT.elements());
        assertEquals(List.of(), Json.NULL.elements());
    }

    @Test
    void returnsIntegersByValue() {
        Json json = Json.parse(
                "{\"a\":12,\"b\":12.0,\"c\":1.2e1,\"d\":-0,\"e\":9223372036854775807,\"f\":-9223372036854775808,"
                        + "\"g\":9223372036854775808,\"h\":1.5,\"i\":\"1\",\"j\":1e99999999999999999999,\"k\":1e-99999999999999999999,"
                        + "\"l\":0e99999999999999999999,\"m\":-9223372036854775809,\"n\":1e18,\"o\":1e19,\"p\":9223372036854775807000e-3}");
        assertEquals(12L, json.longOf("a"));
        assertEquals(12L, json.longOf("b"));
        assertEquals(12L, json.longOf("c"));
        assertEquals(0L, json.longOf("d"));
        assertEquals(Long.MAX_VALUE, json.longOf("e"));
        assertEquals(Long.MIN_VALUE, json.longOf("f"));
        assertEquals(0L, json.longOf("l"));
        assertEquals(1_000_000_000_000_000_000L, json.longOf("n"));
        assertEquals(Long.MAX_VALUE, json.longOf("p"));
        for (String name : new String[] {"g", "h", "i", "j", "k", "m", "o", "none"}) {
            assertNull(json.longOf(name), name);
        }
        assertEquals(12L, Json.parse("12.0").asLong());
        assertThrows(ArithmeticException.class, () -> Json.parse("1.5").asLong());
        assertThrows(ArithmeticException.class, () -> Json.parse("1e99").asLong());
        assertThrows(IllegalStateException.class, () -> Json.of("1").asLong());
    }

    @Test
    void returnsScalars() {
        assertEquals(new BigDecimal("1.50"), Json.parse("1.50").asDecimal());
        assertThrows(
                ArithmeticException.class, () -> Json.parse("1e99999999999").asDecimal());
        assertThrows(IllegalStateException.class, () -> Json.NULL.asDecimal());
        assertTrue(Json.of(true).asBoolean());
        assertFalse(Json.of(false).asBoolean());
        assertThrows(IllegalStateException.class, () -> Json.NULL.asBoolean());
        assertThrows(IllegalStateException.class, () -> Json.of(1).text());
        assertTrue(Json.NULL.isNull());
        assertFalse(Json.EMPTY_OBJECT.isNull());
        assertTrue(Json.EMPTY_OBJECT.isObject());
        Json.Kind[] kinds = {
            Json.Kind.OBJECT,
            Json.Kind.ARRAY,
            Json.Kind.STRING,
            Json.Kind.NUMBER,
            Json.Kind.NUMBER,
            Json.Kind.BOOLEAN,
            Json.Kind.BOOLEAN,
            Json.Kind.NULL
        };
        assertEquals(
                List.of(kinds),
                Json.parse("[{},[],\"\",0,-1,true,false,null]").elements().stream()
                        .map(Json::kind)
                        .toList());
    }

    @Test
    void convertsToPlainJava() {
        Map<String, Object> expected = new HashMap<>();
        expected.put("a", null);
        expected.put(
                "b", Arrays.asList(1L, new BigInteger("9223372036854775808"), new BigDecimal("1.0"), true, null, "x"));
        assertEquals(
                expected,
                Json.parse("{\"a\":null,\"b\":[1,9223372036854775808,1.0,true,null,\"x\"]}")
                        .toJava());
        assertEquals(0L, Json.parse("-0").toJava());
        assertEquals(new BigDecimal("1e2"), Json.parse("1e2").toJava());
        assertThrows(
                ArithmeticException.class, () -> Json.parse("[1e99999999999]").toJava());
    }

    @Test
    void editsReturnCopies() {
        Json json = Json.parse("{\"a\": 1.0 ,\"\\u0062\":2}");
        assertEquals("{\"a\":1.0,\"\\u0062\":3}", json.with("b", 3).toString());
        assertEquals(
                "{\"a\":1.0,\"\\u0062\":2,\"c\":null}", json.with("c", null).toString());
        assertEquals("{\"é\":[]}", Json.EMPTY_OBJECT.with("é", List.of()).toString());
        assertEquals("{\"\\u0062\":2}", json.without("a").toString());
        assertEquals("{\"a\":1.0}", json.without("b").toString());
        assertEquals("{}", json.without("b").without("a").without("a").toString());
        assertEquals("{\"a\": 1.0 ,\"\\u0062\":2}", json.toString());
        assertThrows(IllegalStateException.class, () -> Json.NULL.with("a", 1));
        assertThrows(IllegalStateException.class, () -> Json.NULL.without("a"));
    }

    @Test
    void returnsItsDepth() {
        assertEquals(0, Json.parse("\"[{\\\"[\"").depth());
        assertEquals(1, Json.parse("[1,\"[[\"]").depth());
        assertEquals(3, Json.parse("[{\"]\":[]},{}]").depth());
    }
}
