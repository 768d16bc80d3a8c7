package dev.reel.testkit;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a thing does when it is asked one thing at a time: the plain model that {@link Linearizability} holds a history
 * against.
 *
 * @param <S> a state: immutable, with equals and hashCode
 * @param <I> what is asked
 * @param <O> what is answered
 */
public interface SequentialModel<S, I, O> {

    /**
     * The state before everything.
     *
     * @return the state
     */
    S initial();

    /**
     * The state after a call, if in that state the call can be answered so.
     *
     * @param state the state
     * @param input what is asked
     * @param output what was answered; null when that is not known, so that any answer will do
     * @return the state afterwards; empty when that can't be the answer
     */
    Optional<S> step(S state, I input, @Nullable O output);
}
