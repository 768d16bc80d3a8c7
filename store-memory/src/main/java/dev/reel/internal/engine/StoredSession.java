package dev.reel.internal.engine;

import dev.reel.Session;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What is known of a stored session without reading its log. */
public interface StoredSession {

    /**
     * The session.
     *
     * @return the session id
     */
    String id();

    /**
     * The first event that it recorded itself.
     *
     * @return the position
     */
    long birth();

    /**
     * Its place in the session list.
     *
     * @return the position of its last listed event, 0 where it has no row
     */
    long changed();

    /**
     * Its row as it is stored.
     *
     * @return the row, or null where it has none
     */
    @Nullable
    Session row();

    /**
     * Whether row and snapshots are those of the whole log. A store that follows another's may know less for a while; then
     * they are folded from the log.
     *
     * @return false where the log has to be read
     */
    default boolean isCurrent() {
        return true;
    }

    /**
     * The snapshots that it holds.
     *
     * @return snapshot id to the position that claimed it; most sessions have none
     */
    Map<String, Long> snapshots();
}
