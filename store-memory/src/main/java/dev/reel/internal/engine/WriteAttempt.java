package dev.reel.internal.engine;

import dev.reel.EventDraft;
import dev.reel.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One attempt at a write, as the sessions see it that decide it. Exactly one of the methods that end it is called.
 *
 * @param <T> the result of the write
 */
interface WriteAttempt<T> {

    Operation<T> operation();

    /** The metadata of each event that has none of its own. */
    @Nullable
    Json meta();

    /**
     * Marks the write as accepted: a later cancellation does not stop it. Returns false if all subscribers have
     * cancelled before.
     */
    boolean accept();

    /** Whether all subscribers cancelled before the write was accepted. */
    boolean isAbandoned();

    /** Records that this attempt appends these events. */
    void appends(List<EventDraft> drafts);

    /** Records that this attempt repeats an earlier write. */
    void repeats();

    /** Ends the attempt with the result of the write. */
    void written(@Nullable T value);

    /** Ends the attempt as a no-op. */
    void unchanged(@Nullable T value);

    /** Ends the attempt with an error; the next subscription starts a new attempt. */
    void fail(Throwable error);

    /** Ends the attempt without a result: all subscribers have cancelled, and nothing was written. */
    void drop();
}
