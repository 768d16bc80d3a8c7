package dev.reel;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.zip.CRC32C;

/** Events and lines to test the codec with. */
final class LineCodecSamples {

    private static final String ID_CHARACTERS = "ABCXYZabcxyz0189-_.:~";

    private LineCodecSamples() {}

    /** A native line with the given members and a matching checksum. */
    static byte[] sealed(String members) {
        return sealedBytes(JsonSamples.utf8(members));
    }

    static byte[] sealedBytes(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, bytes.length);
        byte[] tail = JsonSamples.utf8(String.format(",\"crc\":\"%08x\"}", crc.getValue()));
        byte[] line = new byte[bytes.length + tail.length];
        System.arraycopy(bytes, 0, line, 0, bytes.length);
        System.arraycopy(tail, 0, line, bytes.length, tail.length);
        return line;
    }

    static String text(byte[] line) {
        return new String(line, StandardCharsets.UTF_8);
    }

    /** An event without a stored line. */
    static SessionEvent event(
            long version, String type, int v, int batch, Json data, Json meta, Map<String, Json> extra) {
        return new SessionEvent(
                "s",
                version,
                3401,
                "kY7vZb3eQa0",
                Instant.parse("2026-04-26T12:34:56.789Z"),
                type,
                v,
                batch,
                data,
                meta,
                extra,
                Upcasters.none(),
                null);
    }

    /** The same event without its stored line. */
    static SessionEvent fresh(SessionEvent event) {
        return new SessionEvent(
                event.sessionId(),
                event.version(),
                event.position(),
                event.id(),
                event.at(),
                event.type(),
                event.v(),
                event.batch(),
                event.data(),
                event.meta(),
                event.extra(),
                Upcasters.none(),
                null);
    }

    static SessionEvent random(RandomGenerator random) {
        Map<String, Json> extra = new LinkedHashMap<>();
        for (int i = random.nextInt(3); i > 0; i--) {
            extra.put("x" + JsonSamples.name(random), Json.of(JsonSamples.value(random, 2)));
        }
        StringBuilder id = new StringBuilder();
        for (int i = random.nextInt(12); i >= 0; i--) {
            id.append(ID_CHARACTERS.charAt(random.nextInt(ID_CHARACTERS.length())));
        }
        String[] types = {"user_message", "custom", "ü \"quoted\" \\ 🌍"};
        return new SessionEvent(
                "s",
                1 + (random.nextLong() >>> (2 + random.nextInt(60))),
                1 + (random.nextLong() >>> (2 + random.nextInt(60))),
                id.toString(),
                Instant.ofEpochSecond(
                        random.nextLong(-99_999_999_999L, 999_999_999_999L), random.nextInt(1_000_000) * 1_000L),
                types[random.nextInt(types.length)],
                random.nextBoolean() ? 1 : 1 + random.nextInt(1_000),
                random.nextBoolean() ? 1 : 1 + random.nextInt(1_000),
                Json.of(JsonSamples.members(random, 3)),
                random.nextBoolean() ? null : Json.of(JsonSamples.members(random, 2)),
                extra,
                Upcasters.none(),
                null);
    }
}
