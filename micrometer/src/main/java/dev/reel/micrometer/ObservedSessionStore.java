package dev.reel.micrometer;

import dev.reel.Anchor;
import dev.reel.Checkpoint;
import dev.reel.CheckpointRequest;
import dev.reel.Commit;
import dev.reel.EventDraft;
import dev.reel.FeedPlace;
import dev.reel.Fork;
import dev.reel.ForkRequest;
import dev.reel.ForwardingSessionStore;
import dev.reel.Json;
import dev.reel.LogPlace;
import dev.reel.Message;
import dev.reel.MessageDelta;
import dev.reel.MessageDraft;
import dev.reel.Range;
import dev.reel.ReelException;
import dev.reel.ResumeRequest;
import dev.reel.ResumedSession;
import dev.reel.Rewind;
import dev.reel.Session;
import dev.reel.SessionDraft;
import dev.reel.SessionEvent;
import dev.reel.SessionPatch;
import dev.reel.SessionState;
import dev.reel.SessionStore;
import dev.reel.Snapshot;
import dev.reel.SnapshotDraft;
import dev.reel.Turn;
import dev.reel.WriteOptions;
import dev.reel.internal.Call;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
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
    public Mono<Commit> append(String sessionId, List<EventDraft> events, WriteOptions options) {
        return observed("append", sessionId, super.append(sessionId, events, options));
    }

    @Override
    public Mono<FeedPlace> position() {
        return observed("position", null, super.position());
    }

    @Override
    public Mono<LogPlace> head(String sessionId) {
        return observed("head", sessionId, super.head(sessionId));
    }

    @Override
    public Mono<Session> getSession(String sessionId) {
        return observed("getSession", sessionId, super.getSession(sessionId));
    }

    @Override
    public Mono<Message> getMessage(String sessionId, String messageId) {
        return observed("getMessage", sessionId, super.getMessage(sessionId, messageId));
    }

    @Override
    public Mono<Snapshot> getSnapshot(String snapshotId) {
        return observed("getSnapshot", null, super.getSnapshot(snapshotId));
    }

    @Override
    public Mono<Session> createSession(SessionDraft session, WriteOptions options) {
        return observed("createSession", null, super.createSession(session, options));
    }

    @Override
    public Mono<Session> putSession(String sessionId, SessionDraft session, WriteOptions options) {
        return observed("putSession", sessionId, super.putSession(sessionId, session, options));
    }

    @Override
    public Mono<Session> updateSession(String sessionId, SessionPatch patch, WriteOptions options) {
        return observed("updateSession", sessionId, super.updateSession(sessionId, patch, options));
    }

    @Override
    public Mono<Message> putMessage(String sessionId, MessageDraft message, WriteOptions options) {
        return observed("putMessage", sessionId, super.putMessage(sessionId, message, options));
    }

    @Override
    public Mono<Commit> appendToMessage(String sessionId, MessageDelta delta, WriteOptions options) {
        return observed("appendToMessage", sessionId, super.appendToMessage(sessionId, delta, options));
    }

    @Override
    public Mono<Snapshot> putSnapshot(String sessionId, SnapshotDraft snapshot, WriteOptions options) {
        return observed("putSnapshot", sessionId, super.putSnapshot(sessionId, snapshot, options));
    }

    @Override
    public Mono<Commit> deleteSession(String sessionId, WriteOptions options) {
        return observed("deleteSession", sessionId, super.deleteSession(sessionId, options));
    }

    @Override
    public Mono<Commit> deleteMessagesAfter(String sessionId, String messageId, WriteOptions options) {
        return observed("deleteMessagesAfter", sessionId, super.deleteMessagesAfter(sessionId, messageId, options));
    }

    @Override
    public Mono<Commit> deleteMessages(String sessionId, WriteOptions options) {
        return observed("deleteMessages", sessionId, super.deleteMessages(sessionId, options));
    }

    @Override
    public Mono<Commit> deleteSnapshots(String sessionId, WriteOptions options) {
        return observed("deleteSnapshots", sessionId, super.deleteSnapshots(sessionId, options));
    }

    @Override
    public Mono<SessionState> state(String sessionId) {
        return observed("state", sessionId, super.state(sessionId));
    }

    @Override
    public Mono<SessionState> asOf(String sessionId, long version) {
        return observed("asOf", sessionId, super.asOf(sessionId, version));
    }

    @Override
    public Mono<ResumedSession> resume(String sessionId, ResumeRequest request) {
        return observed("resume", sessionId, super.resume(sessionId, request));
    }

    @Override
    public Mono<Checkpoint> checkpoint(String sessionId, CheckpointRequest request, WriteOptions options) {
        return observed("checkpoint", sessionId, super.checkpoint(sessionId, request, options));
    }

    @Override
    public Mono<Rewind> rewind(String sessionId, Anchor to, WriteOptions options) {
        return observed("rewind", sessionId, super.rewind(sessionId, to, options));
    }

    @Override
    public Mono<Rewind> undo(String sessionId, WriteOptions options) {
        return observed("undo", sessionId, super.undo(sessionId, options));
    }

    @Override
    public Mono<Rewind> redo(String sessionId, WriteOptions options) {
        return observed("redo", sessionId, super.redo(sessionId, options));
    }

    @Override
    public Mono<Fork> fork(String sessionId, ForkRequest request, WriteOptions options) {
        return observed("fork", sessionId, super.fork(sessionId, request, options));
    }

    @Override
    public Mono<Turn> takeTurn(String sessionId, String holder, WriteOptions options) {
        return observed("takeTurn", sessionId, super.takeTurn(sessionId, holder, options));
    }

    @Override
    public Mono<Commit> closeSession(String sessionId, Json reason, WriteOptions options) {
        return observed("closeSession", sessionId, super.closeSession(sessionId, reason, options));
    }

    @Override
    public Mono<Void> purge(String sessionId, WriteOptions options) {
        return observed("purge", sessionId, super.purge(sessionId, options));
    }
}
