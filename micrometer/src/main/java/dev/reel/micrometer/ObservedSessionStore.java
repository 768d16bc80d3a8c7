package dev.reel.micrometer;

import dev.reel.ForwardingSessionStore;
import dev.reel.Range;
import dev.reel.ReelException;
import dev.reel.SessionEvent;
import dev.reel.SessionStore;
import dev.reel.WriteOptions;
import dev.reel.internal.Call;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

/**
 * Runs each write and each single read of a store in an {@link Observation}, for traces and timers per operation.
 *
 * <pre>{@code
 * SessionStore observed = ObservedSessionStore.of(store, observationRegistry);
 * observed.append("s1", EventDraft.of("note", Json.object("text", "hello")))
 *         .contextWrite(context -> context.put(ObservationThreadLocalAccessor.KEY, request))
 *         .block();
 * }</pre>
 *
 * <p><b>What is observed.</b> Every method that returns a {@code Mono}, except those about the store itself ({@code
 * sync}, {@code completeTails}, {@code status}, {@code closeAsync}); and {@link #replay}, until it ends. Lists, the
 * feed and live tails are not observed: a tail lasts as long as its subscriber.
 *
 * <p><b>The observation.</b> Its name is {@code reel.store}. It starts on subscription, once per subscription, and stops
 * once: before the answer is emitted, or on cancellation. Its low-cardinality keys are {@code operation}, the method's
 * name, and {@code outcome}: {@code ok}, {@code cancelled}, or the lower-case name of the error's {@link
 * ReelException.Category}. It has no session id.
 *
 * <p><b>Parents.</b> The parent is the observation in the Reactor context under {@link
 * ObservationThreadLocalAccessor#KEY}, otherwise the current observation of the subscribing thread, if any. The wrapped
 * store finds the new observation in its context under the same key, so {@code StoreOptions.withMetaFromContext} can copy
 * the trace into events.
 *
 * <p><b>Threads.</b> Safe for use by many threads; adds no threads and no buffers. A handler of the registry that throws
 * does not affect the call: its exception goes to {@code Operators.onErrorDropped}.
 */
public final class ObservedSessionStore extends ForwardingSessionStore {

    private static final String NAME = "reel.store";
    private static final String OPERATION = "operation";
    private static final String OUTCOME = "outcome";

    private final ObservationRegistry registry;

    private ObservedSessionStore(SessionStore store, ObservationRegistry registry) {
        super(store);
        this.registry = Objects.requireNonNull(registry, "registry");
    }

    /**
     * Wraps a store.
     *
     * @param store the store to wrap; closing the wrapper closes it
     * @param registry where observations are created; with {@link ObservationRegistry#NOOP}, calls are not observed
     * @return the wrapper
     */
    public static ObservedSessionStore of(SessionStore store, ObservationRegistry registry) {
        return new ObservedSessionStore(store, registry);
    }

    /** One subscription to a call, from start to end. */
    private static final class ObservedCall {

        private final Observation observation;
        /** Set once: a cancellation can race with the answer. */
        private final AtomicBoolean ended = new AtomicBoolean();

        private ObservedCall(Observation observation) {
            this.observation = observation;
        }

        /** Starts an observation, or returns null if a handler throws. */
        static @Nullable ObservedCall start(String operation, ObservationRegistry registry, ContextView context) {
            try {
                Observation observation = Observation.createNotStarted(NAME, registry)
                        .contextualName("reel " + operation)
                        .lowCardinalityKeyValue(OPERATION, operation);
                Object parent = context.getOrDefault(ObservationThreadLocalAccessor.KEY, null);
                if (parent instanceof Observation known) {
                    observation.parentObservation(known);
                }
                observation.start();
                return new ObservedCall(observation);
            } catch (Throwable t) {
                Operators.onErrorDropped(t, Context.of(context));
                return null;
            }
        }

        Context in(Context context) {
            return context.put(ObservationThreadLocalAccessor.KEY, observation);
        }

        void succeeded() {
            end("ok", null);
        }

        void failed(Throwable error) {
            end(MicrometerRecorder.valueOf(ReelException.Category.of(error)), error);
        }

        void cancelled() {
            end("cancelled", null);
        }

        private void end(String outcome, @Nullable Throwable error) {
            if (!ended.compareAndSet(false, true)) {
                return;
            }
            try {
                observation.lowCardinalityKeyValue(OUTCOME, outcome);
                if (error != null) {
                    observation.error(error);
                }
                observation.stop();
            } catch (Throwable t) {
                Operators.onErrorDropped(t, Context.empty());
            }
        }
    }

    private <T> Mono<T> observed(String operation, @Nullable String sessionId, Mono<T> mono) {
        if (registry.isNoop()) {
            return mono;
        }
        Mono<T> observed = Mono.deferContextual(context -> {
            ObservedCall call = ObservedCall.start(operation, registry, context);
            return call == null
                    ? mono
                    : mono.doOnSuccess(value -> call.succeeded())
                            .doOnError(call::failed)
                            .doOnCancel(call::cancelled)
                            .contextWrite(call::in);
        });
        return Call.mono(operation, sessionId, observed);
    }

    @Override
    public Flux<SessionEvent> replay(String sessionId, Range range) {
        Flux<SessionEvent> events = super.replay(sessionId, range);
        if (registry.isNoop()) {
            return events;
        }
        Flux<SessionEvent> observed = Flux.deferContextual(context -> {
            ObservedCall call = ObservedCall.start("replay", registry, context);
            return call == null
                    ? events
                    : events.doOnComplete(call::succeeded)
                            .doOnError(call::failed)
                            .doOnCancel(call::cancelled)
                            .contextWrite(call::in);
        });
        return Call.flux("replay", sessionId, observed);
    }

    @Override
    protected <T> Mono<T> write(
            String method,
            @Nullable String sessionId,
            WriteOptions options,
            BiFunction<SessionStore, WriteOptions, Mono<T>> write) {
        return observed(method, sessionId, super.write(method, sessionId, options, write));
    }

    @Override
    protected <T> Mono<T> read(String method, @Nullable String sessionId, Function<SessionStore, Mono<T>> read) {
        return observed(method, sessionId, super.read(method, sessionId, read));
    }
}
