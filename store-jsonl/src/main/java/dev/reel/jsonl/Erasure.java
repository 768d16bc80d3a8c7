package dev.reel.jsonl;

import dev.reel.ReelException;
import dev.reel.SessionEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** An accepted purge until no byte of the session is left, and the callers that wait for it. */
final class Erasure {

    private final String sessionId;
    private final SessionEvent event;
    private final BooleanSupplier durable;
    private final List<Waiting> waiting = new ArrayList<>();
    private boolean done;
    private @Nullable ReelException failure;

    private record Waiting(Runnable done, Consumer<ReelException> failure) {}

    Erasure(String sessionId, SessionEvent event, BooleanSupplier durable) {
        this.sessionId = sessionId;
        this.event = event;
        this.durable = durable;
    }

    String sessionId() {
        return sessionId;
    }

    /** Returns the {@code session_purged} event that remains. */
    SessionEvent event() {
        return event;
    }

    /** Returns whether the purge is certain to be done. */
    boolean isDurable() {
        return durable.getAsBoolean();
    }

    void whenDone(Runnable then, Consumer<ReelException> otherwise) {
        ReelException error;
        synchronized (this) {
            if (!done) {
                waiting.add(new Waiting(then, otherwise));
                return;
            }
            error = failure;
        }
        tell(new Waiting(then, otherwise), error);
    }

    void done() {
        finish(null);
    }

    void failed(ReelException why) {
        finish(why);
    }

    /** Tells the waiting callers that the purge has not finished yet. Callers that ask later wait again. */
    void late(ReelException why) {
        List<Waiting> all;
        synchronized (this) {
            all = List.copyOf(waiting);
            waiting.clear();
        }
        all.forEach(one -> tell(one, why));
    }

    private void finish(@Nullable ReelException why) {
        List<Waiting> all;
        synchronized (this) {
            done = true;
            failure = why;
            all = List.copyOf(waiting);
            waiting.clear();
        }
        all.forEach(one -> tell(one, why));
    }

    private static void tell(Waiting one, @Nullable ReelException why) {
        if (why == null) {
            one.done().run();
        } else {
            one.failure().accept(why);
        }
    }
}
