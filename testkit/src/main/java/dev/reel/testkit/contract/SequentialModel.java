package dev.reel.testkit.contract;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The behaviour of an object that is called by one caller at a time: the model with which {@link Linearizability}
 * compares a history.
 *
 * @param <S> the state: immutable, with equals and hashCode
 * @param <I> the input of a call
 * @param <O> the result of a call
 */
public interface SequentialModel<S, I, O> {

    /**
     * The state before the first call.
     *
     * @return the state
     */
    S initial();

    /**
     * Returns the state after a call, if the call can have the given result in the given state.
     *
     * @param state the state
     * @param input the input of the call
     * @param output the result; null if it is unknown, so that any result is accepted
     * @return the state after the call; empty if the call cannot have this result
     */
    Optional<S> step(S state, I input, @Nullable O output);
}
