package dev.reel.internal.engine;

import dev.reel.Commit;
import dev.reel.EventDraft;
import dev.reel.SessionEvent;
import dev.reel.SessionState;
import dev.reel.WriteOptions;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An append of no events. It only checks the log against the write options, and returns the log's last version. */
final class EmptyAppend extends Operation<Commit> {

    EmptyAppend(String sessionId, WriteOptions options) {
        super(sessionId, options);
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
    Commit unchanged(LogView head) {
        long version = head.version();
        if (version == 0) {
            return new Commit(sessionId(), 1, 0, null, 0, null, false);
        }
        return commit(head, version + 1, version, false);
    }

    @Override
    Commit written(SessionState before, SessionState after, SessionEvent first, Commit commit) {
        throw new IllegalStateException("an append of no events writes nothing");
    }
}
