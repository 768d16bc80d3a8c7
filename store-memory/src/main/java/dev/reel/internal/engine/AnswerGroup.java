package dev.reel.internal.engine;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The answers of writes that the journal has settled together. They wait until the feed shows all of them, and are then
 * handed to the pool for answers in one piece: to wake a thread for each would cost more than the write.
 *
 * <p>Until then the writes count as not answered, so that a store that closes waits for them. For one thread.
 */
final class AnswerGroup {

    /** What a write came to; run, it calls the subscribers. */
    interface Answer extends Runnable {

        /** Ends the write. */
        void end();
    }

    private static final ThreadLocal<@Nullable AnswerGroup> CURRENT = new ThreadLocal<>();

    private final List<Answer> all = new ArrayList<>();

    private AnswerGroup() {}

    /** From here on, this thread gathers answers. */
    static AnswerGroup begin() {
        AnswerGroup group = new AnswerGroup();
        CURRENT.set(group);
        return group;
    }

    /** What this thread gathers, or null. */
    static @Nullable AnswerGroup current() {
        return CURRENT.get();
    }

    /** This thread gathers no more. */
    static void end() {
        CURRENT.remove();
    }

    void add(Answer one) {
        all.add(one);
    }

    /** Ends the writes; what is given calls their subscribers. */
    List<Answer> ended() {
        for (Answer one : all) {
            try {
                one.end();
            } catch (Throwable t) {
                Failure.drop(t); // the others have their answers all the same
            }
        }
        return all;
    }
}
