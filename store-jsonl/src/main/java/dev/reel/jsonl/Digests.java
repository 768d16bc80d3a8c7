package dev.reel.jsonl;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/** Hashes, and the ids that are made of them. */
final class Digests {

    /** As many characters as the ids that the core derives. */
    private static final int ID_LENGTH = 22;

    private Digests() {}

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** The id of an event whose line has none: the same each time the same line of the same file is read. */
    static String idOfLine(String fileName, long line, byte[] content) {
        MessageDigest digest = sha256();
        digest.update((fileName + "\0" + line + "\0").getBytes(StandardCharsets.UTF_8));
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(digest.digest(content))
                .substring(0, ID_LENGTH);
    }
}
