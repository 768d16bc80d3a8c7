package dev.reel.internal.engine;

import dev.reel.IdGenerator;
import dev.reel.Ids;
import dev.reel.WriteOptions;
import org.jspecify.annotations.Nullable;

/** The event ids of a write that the store decides: fixed when it is called, all following from one. */
final class WriteIds {

    private final String sessionId;
    private final @Nullable String writeId;
    private final String first;

    private WriteIds(String sessionId, @Nullable String writeId, String first) {
        this.sessionId = sessionId;
        this.writeId = writeId;
        this.first = first;
    }

    static WriteIds of(String sessionId, WriteOptions options, IdGenerator ids) {
        String writeId = options.idempotencyKey();
        return new WriteIds(sessionId, writeId, writeId == null ? ids.eventId() : Ids.ofEvent(sessionId, writeId, 0));
    }

    String event(int index) {
        return index == 0 ? first : Ids.ofEvent(sessionId, writeId == null ? first : writeId, index);
    }
}
