package dev.reel.spi;

import dev.reel.WriteOptions;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Objects;

/**
 * Derives the ids that a write with an idempotency key creates.
 *
 * <pre>{@code
 * String first = DerivedIds.ofEvent("trip", "request-17", 0);
 * }</pre>
 *
 * <p>A derived id is the first 22 characters of the base64url form of a SHA-256 over UTF-8 texts joined by a zero byte.
 * So a client in any language can compute the ids that a repeated write will have.
 */
public final class DerivedIds {

    private static final int LENGTH = 22;

    private DerivedIds() {}

    /**
     * Returns the id of the event at an index of a write, derived from session id, idempotency key, and index in
     * decimal.
     *
     * @param sessionId the session that is written
     * @param idempotencyKey the key of the write ({@link WriteOptions#withIdempotencyKey}), or the id of its first
     *     event
     * @param index from 0
     * @return the event id, 22 characters
     */
    public static String ofEvent(String sessionId, String idempotencyKey, int index) {
        return derived(
                Objects.requireNonNull(sessionId, "sessionId"),
                Objects.requireNonNull(idempotencyKey, "idempotencyKey"),
                Integer.toString(index));
    }

    /**
     * Returns the session id of a fork whose request has none, derived from the parent's id and the idempotency key.
     *
     * @param parentId the session that is forked
     * @param idempotencyKey the key of the write
     * @return the fork's id, 22 characters
     */
    public static String ofFork(String parentId, String idempotencyKey) {
        return derived(
                Objects.requireNonNull(parentId, "parentId"), Objects.requireNonNull(idempotencyKey, "idempotencyKey"));
    }

    /**
     * Returns the id under which a fork carries over a snapshot, derived from the fork's id and the snapshot's id.
     *
     * @param forkId the fork
     * @param snapshotId the snapshot in the parent
     * @return the carried snapshot's id, 22 characters
     */
    public static String ofCarriedSnapshot(String forkId, String snapshotId) {
        return derived(Objects.requireNonNull(forkId, "forkId"), Objects.requireNonNull(snapshotId, "snapshotId"));
    }

    private static String derived(String... parts) {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
        byte[] hash = digest.digest(String.join("\0", parts).getBytes(StandardCharsets.UTF_8));
        return Base64.getUrlEncoder().withoutPadding().encodeToString(hash).substring(0, LENGTH);
    }
}
