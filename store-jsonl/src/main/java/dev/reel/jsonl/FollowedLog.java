package dev.reel.jsonl;

import dev.reel.SessionEvent;
import dev.reel.internal.engine.StoredLog;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A session's log at one moment: the first events were in a file, the rest in the journal. */
final class FollowedLog implements StoredLog {

    private final @Nullable StoredLog stored;
    private final long storedCount;
    private final List<SessionEvent> more;
    private final long inherited;

    /**
     * A log.
     *
     * @param stored contains the first events: the session's own file, or for a fork its parent's log; null if there
     *     are none
     * @param storedCount how many of its events belong to this log
     * @param more the events after these
     * @param inherited how many of all events are inherited
     */
    FollowedLog(@Nullable StoredLog stored, long storedCount, List<SessionEvent> more, long inherited) {
        this.stored = stored;
        this.storedCount = storedCount;
        this.more = List.copyOf(more);
        this.inherited = inherited;
    }

    @Override
    public long version() {
        return storedCount + more.size();
    }

    @Override
    public long inherited() {
        return inherited;
    }

    @Override
    public SessionEvent event(long version) {
        if (stored == null || version > storedCount) {
            return more.get((int) (version - storedCount - 1));
        }
        return stored.event(version);
    }

    @Override
    public long versionOf(String eventId) {
        for (int i = 0; i < more.size(); i++) {
            if (more.get(i).id().equals(eventId)) {
                return storedCount + i + 1;
            }
        }
        long version = stored == null ? 0 : stored.versionOf(eventId);
        return version <= storedCount ? version : 0;
    }

    @Override
    public StoredLog fork(String sessionId, long prefix, List<SessionEvent> inheritedMore) {
        throw new UnsupportedOperationException("this store is read-only");
    }

    @Override
    public long bytes() {
        return stored == null ? 0 : stored.bytes();
    }
}
