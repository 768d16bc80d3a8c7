package dev.reel.internal.engine;

import dev.reel.LogPlace;
import dev.reel.Session;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The data of a stored session that is available without reading its log. */
public interface StoredSession {

    /**
     * The session.
     *
     * @return the session id
     */
    String id();

    /**
     * The position of the first event that the session itself recorded.
     *
     * @return the position
     */
    long birth();

    /**
     * Its place in the session list.
     *
     * @return the position of its last listed event, or 0 if it has no row
     */
    long changed();

    /**
     * Its stored row.
     *
     * @return the row, or null if it has none
     */
    @Nullable
    Session row();

    /**
     * Whether row and snapshots include the whole log. In a follower they may be out of date for a while; they are then
     * folded from the log.
     *
     * @return false if the log has to be read
     */
    default boolean isCurrent() {
        return true;
    }

    /**
     * The place of its last stored event.
     *
     * @return the place, or null if the log has to be read for it
     */
    default @Nullable LogPlace last() {
        return null;
    }

    /**
     * The snapshots that it holds.
     *
     * @return a map from snapshot id to the position that claimed it; empty for most sessions
     */
    Map<String, Long> snapshots();
}
