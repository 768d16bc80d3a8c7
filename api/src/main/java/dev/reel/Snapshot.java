package dev.reel;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A row of the snapshot table: a named point in a session to return to.
 *
 * @param id the snapshot, unique in the store
 * @param sessionId the session
 * @param messageId the message that it stands for, or null; the message need not exist any more
 * @param state what the caller keeps with it, any JSON; of a checkpoint {@code {label, message_count, anchor_seq,
 *     metadata}}
 * @param createdAt the instant of the event that first put it
 */
public record Snapshot(
        String id, String sessionId, @Nullable String messageId, Json state, Instant createdAt) {}
