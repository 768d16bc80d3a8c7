package dev.reel.internal.engine;

import dev.reel.IdGenerator;
import dev.reel.WriteOptions;
import dev.reel.spi.DerivedIds;
import org.jspecify.annotations.Nullable;

/**
 * The event ids of a write whose events the store creates, not the caller. They are fixed when the method is called, and all are
 * derived from the first.
 */
final class WriteIds {

    private final String sessionId;
    private final @Nullable String key;
    private final String first;

    private WriteIds(String sessionId, @Nullable String key, String first) {
        this.sessionId = sessionId;
        this.key = key;
        this.first = first;
    }

    static WriteIds of(String sessionId, WriteOptions options, IdGenerator ids) {
        String key = options.idempotencyKey();
        return new WriteIds(sessionId, key, key == null ? ids.eventId() : DerivedIds.ofEvent(sessionId, key, 0));
    }

    String event(int index) {
        return index == 0 ? first : DerivedIds.ofEvent(sessionId, key == null ? first : key, index);
    }
}
