package dev.reel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.spi.LineCodec;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LineCodecTest {

    private static final String FRAME =
            "{\"seq\":12,\"pos\":3401,\"ts\":\"2026-04-26T12:34:56.789Z\",\"event\":\"user_message\",\"uuid\":\"kY7vZb3eQa0\"";

    private static final Json DATA = Json.parse("{\"id\":\"m7\",\"message\":{\"role\":\"user\",\"content\":\"hi\"}}");

    private final LineCodec codec = LineCodec.standard();

    private String encoded(SessionEvent event) {
        return LineCodecSamples.text(codec.encode(event));
    }

    private SessionEvent decode(String membersBeforeCrc) {
        return codec.decode("s", LineCodecSamples.sealed(membersBeforeCrc));
    }

    @Test
    void writesTheDocumentedLine() {
        SessionEvent event =
                LineCodecSamples.event(12, "user_message", 1, 1, DATA, Json.object("trace", "4bf9"), Map.of());
        assertEquals(
                "{\"seq\":12,\"pos\":3401,\"ts\":\"2026-04-26T12:34:56.789Z\",\"event\":\"user_message\",\"uuid\":\"kY7vZb3eQa0\",\"data\":{\"id\":\"m7\",\"message\":{\"role\":\"user\",\"content\":\"hi\"}},\"meta\":{\"trace\":\"4bf9\"},\"crc\":\"47fa9f75\"}",
                encoded(event));
    }

    @Test
    void omitsMembersWithDefaultValues() {
        String data = ",\"data\":" + DATA;
        assertEquals(
                LineCodecSamples.text(LineCodecSamples.sealed(FRAME + data)),
                encoded(LineCodecSamples.event(12, "user_message", 1, 1, DATA, null, Map.of())));
        Map<String, Json> extra = new LinkedHashMap<>();
        extra.put("zeta", Json.parse("[1.0, 2]"));
        extra.put("a\"ü", Json.NULL);
        assertEquals(
                LineCodecSamples.text(LineCodecSamples.sealed(
                        FRAME + ",\"v\":2,\"batch\":3" + data + ",\"meta\":{},\"zeta\":[1.0, 2],\"a\\\"ü\":null")),
                encoded(LineCodecSamples.event(12, "user_message", 2, 3, DATA, Json.EMPTY_OBJECT, extra)));
        assertEquals(
                LineCodecSamples.text(LineCodecSamples.sealed(FRAME + data)),
                encoded(LineCodecSamples.event(12, "user_message", 1, 0, DATA, null, Map.of())));
    }

    @Test
    void readsEveryMember() {
        byte[] line = LineCodecSamples.sealed(
                FRAME + ",\"v\":2,\"batch\":3,\"data\":" + DATA + ",\"meta\":{\"a\":1},\"x\":[1],\"y\":\"z\"");
        SessionEvent event = codec.decode("other", line);
        assertEquals("other", event.sessionId());
        assertEquals(12, event.version());
        assertEquals(3401, event.position());
        assertEquals(Instant.parse("2026-04-26T12:34:56.789Z"), event.at());
        assertEquals("user_message", event.type());
        assertEquals("kY7vZb3eQa0", event.id());
        assertEquals(2, event.v());
        assertEquals(3, event.batch());
        assertEquals(DATA, event.data());
        assertEquals(Json.object("a", 1), event.meta());
        assertEquals(List.of("x", "y"), List.copyOf(event.extra().keySet()));
        assertEquals(Json.of(List.of(1)), event.extra().get("x"));
        assertSame(line, event.storedLine());
        assertSame(line, codec.encode(event));

        SessionEvent small = decode(FRAME + ",\"data\":{}");
        assertEquals(1, small.v());
        assertEquals(1, small.batch());
        assertNull(small.meta());
        assertTrue(small.extra().isEmpty());
    }

    @Test
    void onlyAPurgeHasVersionZero() {
        SessionEvent purged = LineCodecSamples.event(0, "session_purged", 1, 1, Json.EMPTY_OBJECT, null, Map.of());
        assertEquals(0, codec.decode("s", codec.encode(purged)).version());
        SessionEvent other = LineCodecSamples.event(0, "user_message", 1, 1, DATA, null, Map.of());
        assertThrows(IllegalArgumentException.class, () -> codec.encode(other));
        assertThrows(
                MalformedLineException.class, () -> decode(FRAME.replace("\"seq\":12", "\"seq\":0") + ",\"data\":{}"));
    }

    @Test
    void recognizesNativeLinesByTheirEnds() {
        byte[] line = LineCodecSamples.sealed(FRAME + ",\"data\":{}");
        assertTrue(codec.isNative(line));
        assertTrue(codec.isNative(JsonSamples.utf8("{\"seq\":,\"crc\":\"00000000\"}")));
        for (String text : new String[] {
            "",
            "{}",
            "{\"seq\":",
            ",\"crc\":\"00000000\"}",
            "{\"seq\":\"crc\":\"00000000\"}",
            "{\"seq\": ,\"crc\":\"0000000\"}",
            "{\"seq\":1,\"crc\":\"0000000G\"}",
            "{\"seq\":1,\"crc\":\"0000000A\"}",
            "{\"seq\":1,\"crc\":\"00000000\"} ",
            " {\"seq\":1,\"crc\":\"00000000\"}",
            "{\"sep\":1,\"crc\":\"00000000\"}",
            "{\"seq\":1,\"crc\":\"00000000\"}\n"
        }) {
            assertFalse(codec.isNative(JsonSamples.utf8(text)), text);
        }
    }

    @Test
    void checksTheChecksumFirst() {
        byte[] line = LineCodecSamples.sealed("{\"seq\":nonsense");
        line[10] ^= 1;
        MalformedLineException e = assertThrows(MalformedLineException.class, () -> codec.decode("s", line));
        assertTrue(e.reason().contains("checksum"), e.reason());
        assertEquals(line.length - 18, e.offset());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                // places
                "{\"seq\":0,",
                "{\"seq\":-1,",
                "{\"seq\":01,",
                "{\"seq\":1.0,",
                "{\"seq\":,",
                "{\"seq\":\"1\",",
                "{\"seq\":9223372036854775808,",
                "{\"seq\":99999999999999999999,",
                "{\"seq\": 1,",
                "{\"seq\":1 ,"
            })
    void rejectsOtherFormsOfSeq(String begin) {
        assertThrows(MalformedLineException.class, () -> decode(FRAME.replace("{\"seq\":12,", begin) + ",\"data\":{}"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"pos\":3401|\"pos\":0",
                "\"pos\":3401|\"pos\":-3401",
                "\"pos\":3401|\"pos\":3401.0",
                "\"pos\":3401|\"pos\":null",
                "\"pos\":3401,|",
                "\"pos\":|\"POS\":",
                "12:34:56.789Z|12:34:56.789000Z",
                "12:34:56.789Z|12:34:56.7891Z",
                "12:34:56.789Z|12:34:56.000Z",
                "12:34:56.789Z|12:34:56.789+00:00",
                "04-26|02-30",
                "\"2026-04-26T12:34:56.789Z\"|1777206896",
                "\"user_message\"|null",
                "\"user_message\"|\"\"",
                "\"user_message\"|\"reel:x\"",
                "\"user_message\"|\"a\\u0000b\"",
                "\"user_message\"|\"\\ud800\"",
                "\"user_message\"|\"user_message\" ",
                "\"kY7vZb3eQa0\"|\"\"",
                "\"kY7vZb3eQa0\"|\"a b\"",
                "\"kY7vZb3eQa0\"|\"\\u0061\"",
                "\"kY7vZb3eQa0\"|7",
                "\"kY7vZb3eQa0\"|null",
                ",\"data\"|,\"v\":1,\"data\"",
                ",\"data\"|,\"v\":0,\"data\"",
                ",\"data\"|,\"v\":-2,\"data\"",
                ",\"data\"|,\"v\":2.0,\"data\"",
                ",\"data\"|,\"v\":2147483648,\"data\"",
                ",\"data\"|,\"v\":\"2\",\"data\"",
                ",\"data\"|,\"batch\":1,\"data\"",
                ",\"data\"|,\"batch\":0,\"data\"",
                ",\"data\"|,\"batch\":2,\"v\":2,\"data\"",
                ",\"data\"|,\"batch\":2,\"batch\":2,\"data\"",
                ",\"data\"|,\"x\":2,\"data\"",
                ",\"data\":{}|",
                "{}|[]",
                "{}|null",
                "{}|\"\"",
                "{}|{",
                "{}|}",
                "{}|{]",
                "{}|{\"a\"}",
                "{}|{\"a\":1,}",
                "{}|{\"a\":01}",
                "{}|{\"a\":\"\\x\"}",
                "{}|{\"a\":tru}",
                "{}|{}}",
                "{}|{},",
                "{}|{} ",
                "{}| {}",
                "{}|{\n}",
                "{}|{\"a\":\"\n\"}",
                "{}|{},\"meta\":null",
                "{}|{},\"meta\":1",
                "{}|{},\"meta\":{},\"meta\":{}",
                "{}|{},\"x\":1,\"meta\":{}",
                "{}|{},\"data\":{}",
                "{}|{},\"x\":1,\"x\":1",
                "{}|{},\"x\":1,\"\\u0078\":1",
                "{}|{},\"seq\":1",
                "{}|{},\"cr\\u0063\":\"00000000\"",
                "{}|{},\"x\" :1",
                "{}|{},\"x\": 1",
                "{}|{},x:1",
                "{}|{},\"x\"",
                "{}|{},\"x\":",
                "{}|{},\"x\":\"a",
                "{}|{},\"x\":}"
            })
    void rejectsOtherFormsUnderAMatchingChecksum(String change) {
        int bar = change.indexOf('|');
        String good = FRAME + ",\"data\":{}";
        String bad = good.replace(change.substring(0, bar), change.substring(bar + 1));
        assertFalse(good.equals(bad));
        decode(good);
        MalformedLineException e = assertThrows(MalformedLineException.class, () -> decode(bad));
        assertTrue(e.offset() >= 0 && e.offset() <= JsonSamples.utf8(bad).length, e.getMessage());
        assertTrue(e.getMessage().contains(e.reason()));
    }

    @Test
    void rejectsEventsThatItCouldNotReadBack() {
        Json list = Json.of(List.of());
        Json deep = Json.parse("{\"a\":" + "[".repeat(499) + "]".repeat(499) + "}");
        codec.decode("s", codec.encode(LineCodecSamples.event(1, "t", 1, 1, deep, deep, Map.of("x", deep))));
        assertRefuses(LineCodecSamples.event(-1, "t", 1, 1, DATA, null, Map.of()));
        assertRefuses(LineCodecSamples.event(1, "", 1, 1, DATA, null, Map.of()));
        assertRefuses(LineCodecSamples.event(1, "reel:t", 1, 1, DATA, null, Map.of()));
        assertRefuses(LineCodecSamples.event(1, "t", 0, 1, DATA, null, Map.of()));
        assertRefuses(LineCodecSamples.event(1, "t", 1, 1, list, null, Map.of()));
        assertRefuses(LineCodecSamples.event(1, "t", 1, 1, DATA, list, Map.of()));
        assertRefuses(LineCodecSamples.event(1, "t", 1, 1, DATA, null, Map.of("crc", list)));
        assertRefuses(LineCodecSamples.event(1, "t", 1, 1, DATA, null, Map.of("\ud83c", list)));
        LineCodec small = LineCodec.of(new JsonLimits(200, 1, 10), Upcasters.none());
        assertThrows(
                IllegalArgumentException.class,
                () -> small.encode(LineCodecSamples.event(1, "t", 1, 1, DATA, null, Map.of())));
        assertThrows(
                IllegalArgumentException.class,
                () -> small.encode(
                        LineCodecSamples.event(1, "t", 1, 1, Json.object("a", "x".repeat(100)), null, Map.of())));
    }

    private void assertRefuses(SessionEvent event) {
        assertThrows(IllegalArgumentException.class, () -> codec.encode(event));
    }

    @Test
    void checksTheLimits() {
        byte[] line = LineCodecSamples.sealed(FRAME + ",\"data\":{\"a\":[]}");
        LineCodec.of(new JsonLimits(line.length, 2, 10), Upcasters.none()).decode("s", line);
        LineCodec shorter = LineCodec.of(new JsonLimits(line.length - 1, 2, 10), Upcasters.none());
        assertThrows(MalformedLineException.class, () -> shorter.decode("s", line));
        LineCodec shallower = LineCodec.of(new JsonLimits(line.length, 1, 10), Upcasters.none());
        assertThrows(MalformedLineException.class, () -> shallower.decode("s", line));
        assertThrows(MalformedLineException.class, () -> decode(FRAME + ",\"data\":" + "{\"a\":".repeat(1_000_000)));
        assertThrows(MalformedLineException.class, () -> decode(FRAME + ",\"data\":{},\"x\":" + "[".repeat(1_000_000)));
        assertThrows(
                MalformedLineException.class, () -> decode(FRAME + ",\"data\":{\"a\":" + "1".repeat(1_000_000) + "}"));
    }

    @Test
    void keepsTheTextOfDataAndUnknownMembers() {
        String rest = ",\"data\":{ \"a\" : 1.00 ,\"\\u0062\":\"\\/\"},\"meta\":{\t},\"\\u0078\":[ 1e0 ]";
        byte[] line = LineCodecSamples.sealed(FRAME + rest);
        SessionEvent event = codec.decode("s", line);
        assertEquals("{ \"a\" : 1.00 ,\"\\u0062\":\"\\/\"}", event.data().toString());
        assertEquals("[ 1e0 ]", String.valueOf(event.extra().get("x")));
        assertArrayEquals(
                LineCodecSamples.sealed(FRAME + rest.replace("\\u0078", "x")),
                codec.encode(LineCodecSamples.fresh(event)));
    }
}
