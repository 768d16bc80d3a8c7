package dev.reel.jsonl;

import dev.reel.Json;
import dev.reel.JsonLimits;
import dev.reel.Session;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** The {@link Catalogue}'s encoding of rows, texts and times. Callable from any thread; does not block. */
final class Packed {

    /** A row was within its limits when it was written to the log; they may be lower now. */
    private static final JsonLimits WIDEST =
            new JsonLimits(Integer.MAX_VALUE, JsonLimits.HIGHEST_DEPTH, JsonLimits.HIGHEST_NUMBER_LENGTH);

    private Packed() {}

    /** Encodes everything but the id; the position is last. */
    static byte[] bytesOf(Session row) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(128);
        DataOutputStream out = new DataOutputStream(bytes);
        write(out, row.parentId());
        Long parentVersion = row.parentVersion();
        out.writeBoolean(parentVersion != null);
        if (parentVersion != null) {
            out.writeLong(parentVersion);
        }
        write(out, row.title());
        write(out, row.model());
        write(out, row.createdAt());
        write(out, row.updatedAt());
        byte[] metadata = row.metadata().toBytes();
        out.writeInt(metadata.length << 1);
        out.write(metadata);
        out.writeBoolean(row.closed());
        out.writeLong(row.position());
        return bytes.toByteArray();
    }

    static Session row(String id, ByteBuffer in) {
        return new Session(
                id,
                stringOrNull(in),
                in.get() == 0 ? null : (Long) in.getLong(),
                stringOrNull(in),
                stringOrNull(in),
                instant(in),
                instant(in),
                Json.parse(bytes(in), WIDEST),
                in.get() != 0,
                in.getLong());
    }

    static void write(DataOutputStream out, Instant instant) throws IOException {
        out.writeLong(instant.getEpochSecond());
        out.writeInt(instant.getNano());
    }

    static Instant instant(ByteBuffer in) {
        return Instant.ofEpochSecond(in.getLong(), in.getInt());
    }

    /**
     * Writes the length and the text. For UTF-8 the length is twice the number of bytes; for null it is -1. If the text
     * has an unpaired surrogate, which UTF-8 cannot encode, the length is twice the number of bytes plus one, and
     * UTF-16 follows.
     */
    static void write(DataOutputStream out, @Nullable String text) throws IOException {
        if (text == null) {
            out.writeInt(-1);
            return;
        }
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        if (new String(utf8, StandardCharsets.UTF_8).equals(text)) {
            out.writeInt(utf8.length << 1);
            out.write(utf8);
        } else {
            out.writeInt(2 * text.length() << 1 | 1);
            out.writeChars(text);
        }
    }

    static void skipString(ByteBuffer in) {
        int length = in.getInt();
        in.position(in.position() + Math.max(0, length >> 1));
    }

    static byte[] bytes(ByteBuffer in) {
        byte[] bytes = new byte[in.getInt() >> 1];
        in.get(bytes);
        return bytes;
    }

    static String string(ByteBuffer in) {
        boolean utf16 = (in.getInt(in.position()) & 1) != 0;
        byte[] text = bytes(in);
        return utf16 ? ByteBuffer.wrap(text).asCharBuffer().toString() : new String(text, StandardCharsets.UTF_8);
    }

    static @Nullable String stringOrNull(ByteBuffer in) {
        if (in.getInt(in.position()) >= 0) {
            return string(in);
        }
        in.getInt();
        return null;
    }
}
