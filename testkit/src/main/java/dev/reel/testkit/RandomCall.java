package dev.reel.testkit;

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
 * A write that a random walk makes, and what must come of it: which events, in which log, and which answer; or else a
 * failure, one of those that have a reason. Mutable while it is being planned.
 */
final class RandomCall {

    /** An event that must be appended; what is null is the store's to choose. */
    record Planned(
            String type,
            Json data,
            @Nullable String id,
            @Nullable Instant at) {}

    /** How the method is called; the same each time. */
    interface Method {
        Publisher<?> on(SessionStore store);
    }

    final String description;
    /** The session whose log takes the events. */
    final String session;

    final Method method;
    final List<Planned> events = new ArrayList<>();
    final Set<Class<? extends ReelException>> failures = new LinkedHashSet<>();
    /** Failures that may come, but need not: where the contract leaves it open. */
    final Set<Class<? extends ReelException>> openFailures = new LinkedHashSet<>();
    /** The answer, given the events that were appended and the rows after; null for none. */
    Function<Outcome, @Nullable Object> answer = outcome -> null;
    /** The log that the events follow on: the session's own, but for a fork. */
    @Nullable
    String parent;

    long parentVersion;
    boolean purges;
    /** With it, a second call with the same arguments is a repeat. */
    @Nullable
    String idempotencyKey;

    /** What was appended, and the rows then. */
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
