package dev.reel.internal.engine;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The results of writes that the journal has settled together. They wait until the feed shows all of these writes, and
 * are then passed to the pool for answers as one list, because waking a thread for each result would cost more than the
 * write itself.
 *
 * <p>Until then the writes count as unanswered, so that a closing store waits for them. Used by one thread.
 */
final class AnswerGroup {

    /** The result of a write; {@link #run} calls its subscribers. */
    interface Answer extends Runnable {

        /** Ends the write. */
        void end();
    }

    private static final ThreadLocal<@Nullable AnswerGroup> CURRENT = new ThreadLocal<>();

    private final List<Answer> all = new ArrayList<>();

    private AnswerGroup() {}

    /** Starts a group: from here on, this thread collects results. */
    static AnswerGroup begin() {
        AnswerGroup group = new AnswerGroup();
        CURRENT.set(group);
        return group;
    }

    /** Returns the group of this thread, or null. */
    static @Nullable AnswerGroup current() {
        return CURRENT.get();
    }

    /** Ends the group: this thread no longer collects results. */
    static void end() {
        CURRENT.remove();
    }

    void add(Answer one) {
        all.add(one);
    }

    /** Ends the writes, and returns the tasks that call their subscribers. */
    List<Answer> ended() {
        for (Answer one : all) {
            try {
                one.end();
            } catch (Throwable t) {
                Failure.drop(t); // the other writes must still end
            }
        }
        return all;
    }
}
