package dev.reel.testkit.contract;

import dev.reel.Json;
import dev.reel.ReelException;
import dev.reel.SessionEvent;
import dev.reel.SessionStore;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;

/**
 * A write of a random walk with its predicted outcome: the events, the log to which they are appended, and the result;
 * or one of several allowed failures. Mutable while it is being planned.
 */
final class RandomCall {

    /** An event that must be appended; the store chooses the values that are null. */
    record Planned(
            String type,
            Json data,
            @Nullable String id,
            @Nullable Instant at) {}

    /** Calls the method, with the same arguments each time. */
    interface Method {
        Publisher<?> on(SessionStore store);
    }

    final String description;
    /** The session to whose log the events are appended. */
    final String session;

    final Method method;
    final List<Planned> events = new ArrayList<>();
    final Set<Class<? extends ReelException>> failures = new LinkedHashSet<>();
    /** Failures that the contract allows but does not require. */
    final Set<Class<? extends ReelException>> openFailures = new LinkedHashSet<>();
    /** Computes the result from the appended events and the rows before and after; null if there is none. */
    Function<Outcome, @Nullable Object> answer = outcome -> null;
    /** The log that the events follow: the session's own, except for a fork. */
    @Nullable
    String parent;

    long parentVersion;
    boolean purges;
    /** The idempotency key: with it, a second call with the same arguments is a repeat. */
    @Nullable
    String idempotencyKey;

    /** The appended events, and the rows before and after. */
    record Outcome(List<SessionEvent> events, PlainRows before, PlainRows after) {
        SessionEvent first() {
            return events.get(0);
        }

        SessionEvent last() {
            return events.get(events.size() - 1);
        }
    }

    RandomCall(String session, String description, Method method) {
        this.session = session;
        this.description = description;
        this.method = method;
    }

    RandomCall event(String type, Json data) {
        events.add(new Planned(type, data, null, null));
        return this;
    }

    RandomCall answers(Function<Outcome, @Nullable Object> how) {
        answer = how;
        return this;
    }

    RandomCall failsIf(boolean reason, Class<? extends ReelException> type) {
        if (reason) {
            failures.add(type);
        }
        return this;
    }

    @Override
    public String toString() {
        return description;
    }
}
