package dev.reel.spi;

import dev.reel.Message;
import dev.reel.MessageQuery;
import dev.reel.SessionEvent;
import dev.reel.SessionState;
import dev.reel.internal.Access;
import java.util.List;
import java.util.Objects;
import java.util.function.LongFunction;

/**
 * States in the forms that a store keeps: without the contents of messages, shared with forks, or retained beside newer
 * ones.
 *
 * <pre>{@code
 * SessionState rows = States.lean("s1");
 * for (long version = 1; version <= log.version(); version++) {
 *     rows = rows.apply(log.event(version));
 * }
 * SessionState answer = States.reading(rows, log::event); // reads contents when they are asked for
 * }</pre>
 */
public final class States {

    private States() {}

    /**
     * Returns the empty state for a store whose logs are larger than its memory: like {@link SessionState#empty}, but
     * the message rows of all states that are folded from it hold no contents. Do not return a lean state to a caller:
     * its message rows can be read only through {@link #reading}.
     *
     * @param sessionId the session
     * @return version 0, no rows
     */
    public static SessionState lean(String sessionId) {
        return Access.get().lean(Objects.requireNonNull(sessionId, "sessionId"));
    }

    /**
     * Returns whether the message rows of a state hold no contents.
     *
     * @param state the state
     * @return whether this is a lean state
     */
    public static boolean isLean(SessionState state) {
        return Access.get().isLean(Objects.requireNonNull(state, "state"));
    }

    /**
     * Returns a lean state whose rows can be read.
     *
     * @param state the state
     * @param log returns the events of the session's log by version; reading a row throws what it throws
     * @return the same state
     */
    public static SessionState reading(SessionState state, LongFunction<SessionEvent> log) {
        Objects.requireNonNull(state, "state");
        Objects.requireNonNull(log, "log");
        return Access.get().reading(state, log);
    }

    /**
     * Returns the messages that a query selects, in O(log n).
     *
     * @param state the state
     * @param query the query
     * @return the messages in order, as a view of the state's list
     */
    public static List<Message> messages(SessionState state, MessageQuery query) {
        List<Message> messages = state.messages();
        int from = messages.size() - state.messagesAfter(query.afterSeq()).size();
        int to = messages.size() - state.messagesAfter(query.beforeSeq() - 1).size();
        return from >= to ? List.of() : messages.subList(Math.max(from, to - query.last()), to);
    }

    /**
     * Returns the same state as the beginning of another session's log, as a fork inherits it. It shares rows with this
     * state, whatever their number, and keeps no later row alive.
     *
     * @param state the state
     * @param otherSessionId the fork
     * @return the state under that session
     */
    public static SessionState under(SessionState state, String otherSessionId) {
        Objects.requireNonNull(state, "state");
        Objects.requireNonNull(otherSessionId, "otherSessionId");
        return Access.get().under(state, otherSessionId);
    }

    /**
     * Returns the same state, to be retained beside newer ones. It keeps no later row alive, and shares most of the
     * index of messages with newer states. Call {@link #under} before you use it.
     *
     * @param state the state
     * @return the state, in less memory
     */
    public static SessionState kept(SessionState state) {
        return Access.get().kept(Objects.requireNonNull(state, "state"));
    }
}
