package dev.reel.jsonl;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.zip.CRC32C;

/** Checksums and hashes, and the ids that are derived from them. */
final class Digests {

    /** The length of the ids that the core derives, in characters. */
    private static final int ID_LENGTH = 22;

    private Digests() {}

    /** Returns the CRC-32C of the first bytes of an array. */
    static int crc32c(byte[] bytes, int length) {
        return crc32c(ByteBuffer.wrap(bytes, 0, length));
    }

    /** Returns the CRC-32C of buffers one after the other. Their positions stay. */
    static int crc32c(ByteBuffer... parts) {
        CRC32C crc = new CRC32C();
        for (ByteBuffer part : parts) {
            crc.update(part.duplicate());
        }
        return (int) crc.getValue();
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** Derives the id of an event whose line has none. The same line of the same file always gets the same id. */
    static String idOfLine(String fileName, long line, byte[] content) {
        MessageDigest digest = sha256();
        digest.update((fileName + "\0" + line + "\0").getBytes(StandardCharsets.UTF_8));
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(digest.digest(content))
                .substring(0, ID_LENGTH);
    }
}
