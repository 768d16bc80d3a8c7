package dev.reel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.spi.LineCodec;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LineCodecForeignTest {

    private static final String REST = "\"ts\":\"2026-11-23T09:25:32.735376Z\",\"event\":\"session_start\"}";

    private final LineCodec codec = LineCodec.standard();

    private EventDraft decode(String line) {
        return codec.decodeForeign(JsonSamples.utf8(line));
    }

    @Test
    void readsALineOfExAthena() {
        EventDraft draft = decode("{\"data\":{\"resumed\":false,\"ts\":\"2026-11-23T09:25:32.735373Z\"},"
                + "\"event\":\"session_start\",\"ts\":\"2026-11-23T09:25:32.735376Z\",\"uuid\":\"zmJEDA7LaHM\"}");
        assertEquals("session_start", draft.type());
        assertEquals(Instant.parse("2026-11-23T09:25:32.735376Z"), draft.at());
        assertEquals("zmJEDA7LaHM", draft.id());
        assertEquals(
                "{\"resumed\":false,\"ts\":\"2026-11-23T09:25:32.735373Z\"}",
                draft.data().toString());
        assertEquals(1, draft.v());
        assertNull(draft.meta());
        assertTrue(draft.extra().isEmpty());
    }

    @Test
    void readsOptionalMembers() {
        EventDraft draft = decode("{\"z\":1.0,\"v\":3,\"meta\":{\"a\":1},\"a\":null," + REST);
        assertEquals(3, draft.v());
        assertEquals(Json.object("a", 1), draft.meta());
        assertEquals(List.of("z", "a"), List.copyOf(draft.extra().keySet()));
        assertEquals("1.0", String.valueOf(draft.extra().get("z")));
        assertEquals(Json.EMPTY_OBJECT, draft.data());
        assertEquals(1, decode("{\"v\":1.0," + REST).v());
    }

    @Test
    void isLenient() {
        String line = "{\"data\":{}," + REST;
        for (String same :
                new String[] {line + "\r", "\ufeff" + line, "  " + line + "\t \r", "\ufeff " + line + "\r\n"}) {
            assertEquals("session_start", decode(same).type());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"\"", "\"a b\"", "\"é\"", "7", "null", "{}", "\"\\u0000\""})
    void ignoresAMalformedId(String uuid) {
        EventDraft draft = decode("{\"uuid\":" + uuid + "," + REST);
        assertNull(draft.id());
        assertTrue(draft.extra().isEmpty());
        assertNull(decode("{\"uuid\":\"" + "a".repeat(101) + "\"," + REST).id());
        assertEquals(
                100,
                decode("{\"uuid\":\"" + "a".repeat(100) + "\"," + REST).id().length());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"seq\":1,",
                "{\"pos\":1,",
                "{\"batch\":2,",
                "{\"crc\":\"00000000\",",
                "{\"s\\u0065q\":1,",
                "{\"seq\":null,",
                "{\"data\":[],",
                "{\"data\":null,",
                "{\"data\":\"\",",
                "{\"meta\":null,",
                "{\"meta\":[],",
                "{\"v\":0,",
                "{\"v\":1.5,",
                "{\"v\":\"1\",",
                "{\"v\":null,",
                "{\"v\":-1,",
                "{\"v\":2147483648,",
                "{\"v\":1e99999999999,",
                "{\"ts\":1,",
                "{",
                "{\"a\":1,\"a\":2,",
                "x{",
                "[",
                "{\"a\":\"\\x\","
            })
    void rejectsOtherForms(String begin) {
        String rest = begin.equals("{") ? "\"event\":\"x\"}" : REST;
        MalformedLineException e = assertThrows(MalformedLineException.class, () -> decode(begin + rest));
        assertTrue(e.offset() >= 0 && e.offset() <= (begin + rest).length());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "\r",
                "\ufeff",
                "null",
                "[]",
                "\"\"",
                "{}",
                "{\"event\":\"x\"}",
                "{\"ts\":\"2026-11-23T09:25:32Z\"}",
                "{\"ts\":\"2026-11-23T09:25:32\",\"event\":\"x\"}",
                "{\"ts\":\"yesterday\",\"event\":\"x\"}",
                "{\"ts\":null,\"event\":\"x\"}",
                "{\"ts\":1795425932,\"event\":\"x\"}",
                "{\"ts\":\"2026-11-23T09:25:32Z\",\"event\":\"\"}",
                "{\"ts\":\"2026-11-23T09:25:32Z\",\"event\":1}",
                "{\"ts\":\"2026-11-23T09:25:32Z\",\"event\":\"reel:x\"}",
                "{\"ts\":\"2026-11-23T09:25:32Z\",\"event\":\"a\\nb\"}",
                "{\"ts\":\"2026-11-23T09:25:32Z\",\"event\":\"x\"} {}",
                "\ufeff\ufeff{\"ts\":\"2026-11-23T09:25:32Z\",\"event\":\"x\"}"
            })
    void requiresTypeAndInstant(String line) {
        assertThrows(MalformedLineException.class, () -> decode(line));
    }

    @Test
    void doesNotKeepTheArray() {
        byte[] line = JsonSamples.utf8("{\"data\":{\"a\":\"b\"}," + REST);
        EventDraft draft = codec.decodeForeign(line);
        Arrays.fill(line, (byte) 'x');
        assertEquals("{\"a\":\"b\"}", draft.data().toString());
    }

    @Test
    void checksTheLimits() {
        LineCodec small = LineCodec.of(new JsonLimits(120, 2, 3), Upcasters.none());
        byte[] fits = JsonSamples.utf8("{\"data\":{\"a\":[123]}," + REST);
        assertEquals(2, small.decodeForeign(fits).data().depth());
        for (String data : new String[] {"{\"a\":[[]]}", "{\"a\":1234}", "{\"a\":\"" + "x".repeat(120) + "\"}"}) {
            byte[] line = JsonSamples.utf8("{\"data\":" + data + "," + REST);
            assertThrows(MalformedLineException.class, () -> small.decodeForeign(line), data);
        }
    }

    @Test
    void reportsTheOffsetInTheLine() {
        MalformedLineException e = assertThrows(MalformedLineException.class, () -> decode("\ufeff{\"a\":?}"));
        assertEquals(8, e.offset());
    }
}
