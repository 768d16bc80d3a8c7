package dev.reel.internal.engine;

import dev.reel.Commit;
import dev.reel.EventDraft;
import dev.reel.SessionEvent;
import dev.reel.SessionState;
import dev.reel.WriteOptions;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Purges a session. It appends to no log; only its {@code session_purged} event remains, in the feed. */
final class PurgeOperation extends Operation<Void> {

    private final String eventId;

    PurgeOperation(String sessionId, WriteOptions options, String eventId) {
        super(sessionId, options);
        this.eventId = eventId;
    }

    /** The id of its {@code session_purged} event. */
    String eventId() {
        return eventId;
    }

    @Override
    void begin(WriteAttempt<Void> attempt, Sessions sessions) {
        sessions.execute(attempt, sessionId(), log -> log.purge(attempt, this));
    }

    @Override
    @Nullable
    Commit repeated(LogView head) {
        return null;
    }

    @Override
    List<EventDraft> decide(LogView head) {
        return List.of();
    }

    @Override
    Void written(SessionState before, SessionState after, SessionEvent first, Commit commit) {
        throw new IllegalStateException("a purge appends to no log");
    }
}
