package dev.reel.testkit;

import dev.reel.Change;
import dev.reel.EventDraft;
import dev.reel.Json;
import dev.reel.Range;
import dev.reel.Role;
import dev.reel.SessionEvent;
import dev.reel.SessionState;
import dev.reel.SessionStore;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;

/**
 * A given-when-then test of one session: given some events, when an action runs, then certain events are appended.
 *
 * <pre>{@code
 * SessionScenario.in(store, "s1")
 *         .given(said(Role.USER, "hi"), said(Role.ASSISTANT, "hello"))
 *         .when(it -> it.undo("s1"))
 *         .then(Expected.event("messages_truncate"))
 *         .thenState(state -> assertEquals(List.of(), state.messages()));
 *
 * SessionScenario.in(store, "s2")
 *         .given(said(Role.USER, "hi"))
 *         .when(it -> it.rewind("s2", Anchor.message("m9")))
 *         .thenFails(AnchorNotFoundException.class)
 *         .thenNothing();
 * }</pre>
 *
 * <p>Each {@code given} and {@code when} runs immediately on the thread of the test, which waits up to 10 seconds for
 * it. The checks after a {@code when} consider only the events that it appended, so a scenario can continue: given,
 * when, then, when, then.
 */
public final class SessionScenario {

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final SessionStore store;
    private final String sessionId;

    private SessionScenario(SessionStore store, String sessionId) {
        this.store = store;
        this.sessionId = sessionId;
    }

    /**
     * Starts a scenario of one session.
     *
     * @param store the store
     * @param sessionId the session whose log is checked
     * @return the scenario
     */
    public static SessionScenario in(SessionStore store, String sessionId) {
        return new SessionScenario(store, sessionId);
    }

    /**
     * Returns an event that puts a text message; the message's id is the event's.
     *
     * @param role the role of the message
     * @param text the text
     * @return the event, for {@link #given(EventDraft...)} or any append
     */
    public static EventDraft said(Role role, String text) {
        return said(role, null, text);
    }

    /**
     * Returns an event that puts a text message.
     *
     * @param role the role of the message
     * @param messageId the message's id, or null to use the event's
     * @param text the text
     * @return the event, for {@link #given(EventDraft...)} or any append
     */
    public static EventDraft said(Role role, @Nullable String messageId, String text) {
        return EventDraft.of(Change.putMessage(role, messageId, Json.object("role", role.text(), "content", text)));
    }

    /**
     * Appends events, one by one.
     *
     * @param events the events
     * @return the scenario
     */
    public SessionScenario given(EventDraft... events) {
        for (EventDraft event : events) {
            done(store.append(sessionId, event));
        }
        return this;
    }

    /**
     * Writes a recorded session under the id of the scenario.
     *
     * @param recorded the session
     * @return the scenario
     */
    public SessionScenario given(RecordedSession recorded) {
        done(recorded.into(store, sessionId));
        return this;
    }

    /**
     * Runs a preparation.
     *
     * @param action a call of the store
     * @return the scenario
     */
    public SessionScenario given(Function<? super SessionStore, ? extends Publisher<?>> action) {
        done(action.apply(store));
        return this;
    }

    private static void done(Publisher<?> publisher) {
        Flux.from(publisher).then().block(PATIENCE);
    }

    /**
     * Runs the tested action. An error of the publisher is kept for {@link Outcome#thenFails}; an exception of the call
     * itself is rethrown.
     *
     * @param action a call of the store
     * @return the outcome
     */
    public Outcome when(Function<? super SessionStore, ? extends Publisher<?>> action) {
        long before = state().version();
        Throwable[] error = new Throwable[1];
        List<?> answers = Flux.from(action.apply(store))
                .onErrorResume(e -> {
                    error[0] = e;
                    return Flux.empty();
                })
                .collectList()
                .blockOptional(PATIENCE)
                .orElseThrow();
        List<SessionEvent> appended = store.replay(sessionId, Range.between(before, Long.MAX_VALUE))
                .collectList()
                .blockOptional(PATIENCE)
                .orElseThrow();
        return new Outcome(answers, appended, error[0]);
    }

    private SessionState state() {
        return store.state(sessionId)
                .defaultIfEmpty(SessionState.empty(sessionId))
                .blockOptional(PATIENCE)
                .orElseThrow();
    }

    /** The outcome of an action. Each check fails with the expected and the actual result. */
    public final class Outcome {

        private final List<?> answers;
        private final List<SessionEvent> appended;
        private final @Nullable Throwable error;

        private Outcome(List<?> answers, List<SessionEvent> appended, @Nullable Throwable error) {
            this.answers = answers;
            this.appended = appended;
            this.error = error;
        }

        /**
         * Checks that the action did not fail and appended exactly these events.
         *
         * @param expected one expectation per event
         * @return the outcome
         */
        public Outcome then(Expected... expected) {
            if (error != null) {
                throw new AssertionError("expected " + List.of(expected) + ", got an error: " + error, error);
            }
            Expected.log(expected).accept(appended);
            return this;
        }

        /**
         * Checks that nothing was appended, whether the action failed or not.
         *
         * @return the outcome
         */
        public Outcome thenNothing() {
            Expected.log().accept(appended);
            return this;
        }

        /**
         * Checks that the action failed.
         *
         * @param type the type of the error
         * @return the outcome
         */
        public Outcome thenFails(Class<? extends Throwable> type) {
            return thenFails(type, e -> {});
        }

        /**
         * Checks that the action failed.
         *
         * @param type the type of the error
         * @param check checks the error
         * @param <E> the type of the error
         * @return the outcome
         */
        public <E extends Throwable> Outcome thenFails(Class<E> type, Consumer<? super E> check) {
            if (!type.isInstance(error)) {
                throw new AssertionError(
                        "expected " + type.getSimpleName() + ", got "
                                + (error == null ? "no error, and " + described() : error),
                        error);
            }
            check.accept(type.cast(error));
            return this;
        }

        /**
         * Checks the values that the publisher emitted.
         *
         * @param check checks the values, in order
         * @return the outcome
         */
        public Outcome thenAnswers(Consumer<? super List<?>> check) {
            if (error != null) {
                throw new AssertionError("expected an answer, got an error: " + error, error);
            }
            check.accept(answers);
            return this;
        }

        /**
         * Checks the current rows.
         *
         * @param check checks the state
         * @return the outcome
         */
        public Outcome thenState(Consumer<? super SessionState> check) {
            check.accept(state());
            return this;
        }

        /**
         * Runs the next action on the same session.
         *
         * @param action a call of the store
         * @return the outcome of that action
         */
        public Outcome when(Function<? super SessionStore, ? extends Publisher<?>> action) {
            return SessionScenario.this.when(action);
        }

        private String described() {
            return appended.isEmpty()
                    ? "nothing was appended"
                    : "these were appended: "
                            + appended.stream().map(Expected::described).toList();
        }
    }
}
