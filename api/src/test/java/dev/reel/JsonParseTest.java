package dev.reel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonParseTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "[]",
                "\"\"",
                "0",
                "-0",
                "1.5e-3",
                "true",
                "false",
                "null",
                "[1,2,{\"a\":[]}]",
                "{\"a\":1,\"b\":{\"a\":2}}",
                "{ \"a\" :\t[ 1 , 2 ] }",
                "\"\\u00e9\\ud800\\/\"",
                "\"é世🌍\u007f\u2028\"",
                "{\"\":1,\" \":2}",
                "1e999999999999"
            })
    void keepsTheText(String text) {
        Json json = Json.parse(text);
        assertEquals(text, json.toString());
        assertEquals(JsonSamples.utf8(text).length, json.size());
        assertTrue(Arrays.equals(JsonSamples.utf8(text), json.toBytes()));
        assertEquals(json, Json.parse(json.toBytes()));
    }

    @Test
    void joinsSeveralLinesToOne() {
        assertEquals(
                "{ \"a\":  [1,  2]}",
                Json.parse("\r\n {\n\"a\":\r\n[1,\n\t2]}\n".replace('\t', ' ')).toString());
        assertEquals("1", Json.parse(" \t\r\n1\r\n\t ").toString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "\n",
                "{",
                "}",
                "[",
                "]",
                "{]",
                "[}",
                "{}}",
                "{} {}",
                "1 2",
                "{}1",
                "[1,]",
                "[,1]",
                "{\"a\":1,}",
                "{,}",
                "{\"a\"}",
                "{\"a\":}",
                "{a:1}",
                "{'a':1}",
                "{1:1}",
                "'a'",
                "\"",
                "\"a",
                "\"\\\"",
                "\"\\x\"",
                "\"\\u12g4\"",
                "\"\\u12\"",
                "\"\n\"",
                "\"\t\"",
                "\"\u0001\"",
                "tru",
                "truee",
                "True",
                "nul",
                "nullx",
                "NaN",
                "Infinity",
                "-Infinity",
                "-",
                "+1",
                "01",
                "-01",
                "1.",
                ".5",
                "1.e5",
                "1e",
                "1e+",
                "0x10",
                "1_000",
                "/**/1",
                "1//",
                "#",
                "[1 2]",
                "{\"a\" 1}",
                "\u00a01",
                "\u20281",
                "\u000b1",
                "\f1",
                "undefined",
                "[1]]",
                "[01]",
                "[1.]",
                "[-]",
                "[tru]",
                "[nulll]"
            })
    void rejectsTextThatIsNotOneValue(String text) {
        MalformedJsonException e = assertThrows(MalformedJsonException.class, () -> Json.parse(text));
        assertTrue(e.offset() >= 0 && e.offset() <= JsonSamples.utf8(text).length, e.getMessage());
        assertTrue(e.getMessage().contains(e.reason()) && !e.reason().isEmpty());
    }

    @Test
    void reportsTheOffsetInBytes() {
        assertEquals(7, offsetOf("{\"世\":?}"));
        assertEquals(3, offsetOf("{} {}"));
        assertEquals(4, offsetOf("é \"\ud800\"".replace("é", "[0")));
        assertEquals(4, offsetOf("\"世\ud800\""));
    }

    private static int offsetOf(String text) {
        return assertThrows(MalformedJsonException.class, () -> Json.parse(text))
                .offset();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"a\":1,\"a\":1}",
                "{\"a\":1,\"\\u0061\":2}",
                "[{\"x\":{\"b\":1,\"c\":2,\"b\":3}}]",
                "{\"\":1,\"\":2}",
                "{\"🌍\":1,\"\\ud83c\\udf0d\":2}",
                "{\"é\":1,\"\\u00e9\":2}",
                "{\"a/b\":1,\"a\\/b\":2}",
                "{\"世界世界世界世界世界\":1,\"世界世界世界世界\\u4e16界\":1}"
            })
    void rejectsDuplicateNames(String text) {
        assertThrows(MalformedJsonException.class, () -> Json.parse(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"\\ud83c\":1}", "[{\"a\\udf0d\":1}]", "{\"\\ud83c🌍\":1}", "{\"\\udf0d\\ud83c\":1}"})
    void rejectsAnUnpairedSurrogateInAName(String text) {
        MalformedJsonException e = assertThrows(MalformedJsonException.class, () -> Json.parse(text));
        assertTrue(e.reason().contains("surrogate"), e.reason());
    }

    @Test
    void acceptsNamesThatOnlyLookEqual() {
        String text = "{\"a\":1,\"A\":2,\"é\":3,\"e\u0301\":4,\"🌍\":7,\"\\ud83c\\udf0e\":8,\"x\":{\"a\":1}}";
        assertEquals(7, Json.parse(text).members().size());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "efbbbf7b7d", // a byte order mark
                "22c08022", // overlong NUL
                "22c1bf22", // overlong DEL
                "22e0808022", // overlong, three bytes
                "22f080808022", // overlong, four bytes
                "22eda08022", // a high surrogate
                "22edbfbf22", // a low surrogate
                "22eda0bcedbc8d22", // a pair of surrogates, as CESU-8 has it
                "22f490808022", // beyond U+10FFFF
                "22f880808022", // five bytes
                "228022", // a continuation by itself
                "22c322", // a sequence that ends at the quote
                "22e282", // a sequence that ends at the end of the text
                "22ff22",
                "7b7d00", // NUL after the value
                "007b007d", // UTF-16 BE
                "7b007d00", // UTF-16 LE
                "0000003100000000", // UTF-32 BE
                "31000000", // UTF-32 LE
                "feff0031",
                "fffe3100",
                "220022"
            })
    void rejectsInvalidUtf8(String hex) {
        assertThrows(
                MalformedJsonException.class, () -> Json.parse(HexFormat.of().parseHex(hex)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"UTF-16", "UTF-16LE", "UTF-16BE", "UTF-32", "UTF-32LE"})
    void detectsNoOtherEncoding(String charset) {
        byte[] bytes = "{\"a\":[1,2]}".getBytes(Charset.forName(charset));
        assertThrows(MalformedJsonException.class, () -> Json.parse(bytes));
    }

    @Test
    void acceptsEveryScalarValueOfUnicode() {
        StringBuilder all = new StringBuilder("\"");
        for (int point = 0x20; point <= Character.MAX_CODE_POINT; point++) {
            if (point != '"' && point != '\\' && (point < 0xD800 || point > 0xDFFF)) {
                all.appendCodePoint(point);
            }
        }
        String text = all.append('"').toString();
        assertEquals(text.substring(1, text.length() - 1), Json.parse(text).text());
        assertEquals(Json.parse(text), Json.of(Json.parse(text).text()));
    }

    @Test
    void checksTheLimits() {
        JsonLimits limits = new JsonLimits(20, 3, 5);
        assertEquals(20, Json.parse(bytes("\"" + "x".repeat(18) + "\""), limits).size());
        assertNames("maxBytes 20", "\"" + "x".repeat(19) + "\"", limits);
        assertNames("maxBytes 20", "1" + " ".repeat(20), limits);
        assertEquals(3, Json.parse(bytes("[{\"a\":[1]},[[]]]"), limits).depth());
        assertNames("maxDepth 3", "[[[[]]]]", limits);
        assertNames("maxDepth 3", "[[{\"a\":{}}]]", limits);
        for (String number : new String[] {"12345", "-1234", "1.234", "1e+10", "-0.12"}) {
            assertEquals(number, Json.parse(bytes(number), limits).toString());
            assertEquals(
                    "[" + number + "]",
                    Json.parse(bytes("[" + number + "]"), limits).toString());
        }
        for (String number : new String[] {"123456", "-12345", "1.2345", "1e+100", "-0.123"}) {
            assertNames("maxNumberLength 5", number, limits);
            assertNames("maxNumberLength 5", "[" + number + "]", limits);
        }
    }

    private static byte[] bytes(String text) {
        return JsonSamples.utf8(text);
    }

    private static void assertNames(String limit, String text, JsonLimits limits) {
        MalformedJsonException e = assertThrows(MalformedJsonException.class, () -> Json.parse(bytes(text), limits));
        assertTrue(e.getMessage().contains(limit), e.getMessage());
    }

    @Test
    void checksTheDefaultLimitsOfTextToo() {
        assertEquals(500, Json.parse("[".repeat(500) + "]".repeat(500)).depth());
        assertThrows(MalformedJsonException.class, () -> Json.parse("[".repeat(501) + "]".repeat(501)));
        assertThrows(MalformedJsonException.class, () -> Json.parse("[".repeat(5_000_000)));
        assertThrows(MalformedJsonException.class, () -> Json.parse("9".repeat(1001)));
        assertThrows(MalformedJsonException.class, () -> Json.parse("\"" + "é".repeat(32 * 1024 * 1024) + "\""));
    }

    @Test
    void rejectsInvalidLimits() {
        assertThrows(IllegalArgumentException.class, () -> new JsonLimits(0, 1, 1));
        assertThrows(IllegalArgumentException.class, () -> new JsonLimits(1, 0, 1));
        assertThrows(IllegalArgumentException.class, () -> new JsonLimits(1, 1, 0));
        assertThrows(IllegalArgumentException.class, () -> new JsonLimits(1, 1001, 1));
        assertThrows(IllegalArgumentException.class, () -> new JsonLimits(1, 1, 10_001));
    }

    @Test
    void acceptsVeryManyAndVeryLongNames() {
        StringBuilder text =
                new StringBuilder("{\"").append("n".repeat(200_000)).append("\":0");
        for (int i = 0; i < 200_000; i++) {
            text.append(",\"")
                    .append(Integer.toString(i * 31, 36))
                    .append("\":")
                    .append(i);
        }
        assertEquals(200_001, Json.parse(text.append('}').toString()).members().size());
    }

    @Test
    void isIndependentOfLaterChangesToTheArray() {
        byte[] bytes = "{\"a\":1}".getBytes(StandardCharsets.UTF_8);
        Json json = Json.parse(bytes);
        Arrays.fill(bytes, (byte) 'x');
        Arrays.fill(json.toBytes(), (byte) 'y');
        assertEquals("{\"a\":1}", json.toString());
        assertNotSame(json.toBytes(), json.toBytes());
    }
}
