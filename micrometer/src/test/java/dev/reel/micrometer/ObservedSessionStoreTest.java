package dev.reel.micrometer;

import static io.micrometer.observation.tck.TestObservationRegistryAssert.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.Anchor;
import dev.reel.CheckpointRequest;
import dev.reel.Commit;
import dev.reel.EventDraft;
import dev.reel.FeedFilter;
import dev.reel.FeedPlace;
import dev.reel.ForkRequest;
import dev.reel.ForwardingSessionStore;
import dev.reel.From;
import dev.reel.Json;
import dev.reel.MessageDelta;
import dev.reel.MessageDraft;
import dev.reel.MessageQuery;
import dev.reel.Range;
import dev.reel.ResumeRequest;
import dev.reel.SessionDraft;
import dev.reel.SessionEvent;
import dev.reel.SessionPatch;
import dev.reel.SessionQuery;
import dev.reel.SessionState;
import dev.reel.SessionStore;
import dev.reel.SnapshotDraft;
import dev.reel.StoreOptions;
import dev.reel.TailOptions;
import dev.reel.VersionConflictException;
import dev.reel.WriteOptions;
import dev.reel.memory.MemorySessionStore;
import io.micrometer.core.instrument.observation.DefaultMeterObservationHandler;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor;
import io.micrometer.observation.tck.TestObservationRegistry;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.reactivestreams.Publisher;
import reactor.core.Exceptions;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;

@DisplayName("An observed store opens an observation per call")
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ObservedSessionStoreTest {

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final EventDraft NOTE = EventDraft.of("note", Json.object("n", 1));

    private static final Map<Class<?>, Object> ARGUMENTS = Map.ofEntries(
            Map.entry(String.class, "s"),
            Map.entry(long.class, 1L),
            Map.entry(EventDraft.class, NOTE),
            Map.entry(List.class, List.of(NOTE)),
            Map.entry(WriteOptions.class, WriteOptions.none()),
            Map.entry(Range.class, Range.all()),
            Map.entry(From.class, From.now()),
            Map.entry(TailOptions.class, TailOptions.standard()),
            Map.entry(FeedPlace.class, FeedPlace.start()),
            Map.entry(FeedFilter.class, FeedFilter.all()),
            Map.entry(SessionQuery.class, SessionQuery.all()),
            Map.entry(MessageQuery.class, MessageQuery.all()),
            Map.entry(SessionDraft.class, SessionDraft.empty()),
            Map.entry(SessionPatch.class, SessionPatch.empty()),
            Map.entry(MessageDraft.class, MessageDraft.user("hi")),
            Map.entry(MessageDelta.class, MessageDelta.of("m", 0, "x")),
            Map.entry(SnapshotDraft.class, SnapshotDraft.of(Json.EMPTY_OBJECT)),
            Map.entry(CheckpointRequest.class, CheckpointRequest.atLastMessage()),
            Map.entry(Anchor.class, Anchor.lastUserMessage()),
            Map.entry(ForkRequest.class, ForkRequest.whole()),
            Map.entry(ResumeRequest.class, ResumeRequest.whole()),
            Map.entry(Json.class, Json.NULL));

    private final TestObservationRegistry registry = TestObservationRegistry.create();
    private final SessionStore plain = MemorySessionStore.create();
    private final SessionStore store = ObservedSessionStore.of(plain, registry);

    /** Every observation that has stopped: operation and outcome. */
    private final List<String> stopped = new CopyOnWriteArrayList<>();

    ObservedSessionStoreTest() {
        registry.observationConfig().observationHandler(new ObservationHandler<Observation.Context>() {
            @Override
            public void onStop(Observation.Context context) {
                stopped.add(value(context, "operation") + ' ' + value(context, "outcome"));
            }

            @Override
            public boolean supportsContext(Observation.Context context) {
                return "reel.store".equals(context.getName());
            }
        });
    }

    private static String value(Observation.Context context, String key) {
        return String.valueOf(context.getLowCardinalityKeyValue(key).getValue());
    }

    @Test
    @DisplayName("a write and a read are observed from subscription to answer")
    void answered() {
        Mono<Commit> write = store.append("s", NOTE);
        assertThat(registry).doesNotHaveAnyObservation();
        write.doOnNext(commit -> assertEquals(List.of("append ok"), stopped)).block(PATIENCE);
        store.state("s").map(SessionState::version).block(PATIENCE);
        store.getSession("nobody").block(PATIENCE);
        store.purge("s").block(PATIENCE);
        assertEquals(List.of("append ok", "state ok", "getSession ok", "purge ok"), stopped);
        assertThat(registry)
                .hasNumberOfObservationsWithNameEqualTo("reel.store", 4)
                .hasObservationWithNameEqualTo("reel.store")
                .that()
                .hasContextualNameEqualTo("reel append")
                .hasBeenStarted()
                .hasBeenStopped()
                .doesNotHaveParentObservation();
    }

    @Test
    @DisplayName("a failed call has the category of its error as the outcome, and the error")
    void failed() {
        Mono<Commit> late = store.append("s", List.of(NOTE), WriteOptions.expecting(1));
        assertThrows(VersionConflictException.class, () -> late.block(PATIENCE));
        assertEquals(List.of("append conflict"), stopped);
        assertThat(registry)
                .hasSingleObservationThat()
                .hasBeenStopped()
                .hasLowCardinalityKeyValue("operation", "append")
                .hasLowCardinalityKeyValue("outcome", "conflict")
                .assertThatError()
                .isInstanceOf(VersionConflictException.class);
        assertThrows(VersionConflictException.class, () -> late.retry(1).block(PATIENCE));
        assertEquals(3, stopped.size(), "each subscription is observed");
    }

    @Test
    @DisplayName("a cancelled call is stopped once")
    void cancelled() {
        SessionStore silent = ObservedSessionStore.of(
                new ForwardingSessionStore(plain) {
                    @Override
                    public Mono<Commit> append(String sessionId, List<EventDraft> events, WriteOptions options) {
                        return Mono.never();
                    }
                },
                registry);
        var subscription = silent.append("s", NOTE).subscribe();
        assertEquals(List.of(), stopped);
        subscription.dispose();
        subscription.dispose();
        assertEquals(List.of("append cancelled"), stopped);

        store.append("s", List.of(NOTE, NOTE)).block(PATIENCE);
        store.replay("s", Range.all()).take(1).blockLast(PATIENCE);
        assertEquals(List.of("append cancelled", "append ok", "replay cancelled"), stopped);
    }

    @Test
    @DisplayName("a replay is observed until it ends; lists, the feed and tails are not observed")
    void streams() {
        store.append("s", List.of(NOTE, NOTE)).block(PATIENCE);
        stopped.clear();
        List<SessionEvent> events = store.replay("s", Range.all())
                .doOnNext(event -> assertEquals(List.of(), stopped))
                .collectList()
                .block(PATIENCE);
        assertEquals(2, events.size());
        assertEquals(List.of("replay ok"), stopped);
        registry.clear();

        store.tail("s", From.start()).blockFirst(PATIENCE);
        store.tailAll(FeedPlace.start(), FeedFilter.all()).blockFirst(PATIENCE);
        store.replayAll(FeedPlace.start(), FeedFilter.all()).blockLast(PATIENCE);
        store.listSessions(SessionQuery.all()).blockLast(PATIENCE);
        store.states("s").blockFirst(PATIENCE);
        store.sync().block(PATIENCE);
        assertThat(registry).doesNotHaveAnyObservation();
    }

    @Test
    @DisplayName("the parent is in the Reactor context, and the store finds the observation there")
    void parents() {
        List<Object> found = new ArrayList<>();
        SessionStore traced = ObservedSessionStore.of(
                MemorySessionStore.create(StoreOptions.standard().withMetaFromContext(context -> {
                    found.add(context.get(ObservationThreadLocalAccessor.KEY));
                    return null;
                })),
                registry);
        Observation request = Observation.start("request", registry);
        traced.append("s", NOTE)
                .contextWrite(context -> context.put(ObservationThreadLocalAccessor.KEY, request))
                .block(PATIENCE);
        request.stop();
        assertThat(registry).hasObservationWithNameEqualTo("reel.store").that().hasParentObservationEqualTo(request);
        Observation.Context seen = ((Observation) found.get(0)).getContext();
        assertEquals("reel.store", seen.getName());
    }

    @Test
    @DisplayName("a handler that throws does not affect a call")
    void brokenHandler() {
        List<Throwable> dropped = new CopyOnWriteArrayList<>();
        Hooks.onErrorDropped(dropped::add);
        try {
            for (boolean atStart : List.of(true, false)) {
                ObservationRegistry broken = ObservationRegistry.create();
                broken.observationConfig().observationHandler(new ObservationHandler<Observation.Context>() {
                    @Override
                    public void onStart(Observation.Context context) {
                        if (atStart) {
                            throw new IllegalStateException("on purpose");
                        }
                    }

                    @Override
                    public void onStop(Observation.Context context) {
                        throw new IllegalStateException("on purpose");
                    }

                    @Override
                    public boolean supportsContext(Observation.Context context) {
                        return true;
                    }
                });
                dropped.clear();
                SessionStore observed = ObservedSessionStore.of(plain, broken);
                observed.append("s", NOTE).block(PATIENCE);
                observed.replay("s", Range.all()).blockLast(PATIENCE);
                assertEquals(2, dropped.size());
            }
        } finally {
            Hooks.resetOnErrorDropped();
        }
    }

    @Test
    @DisplayName("an observation becomes a timer with the keys as tags; without a registry nothing is wrapped")
    void timer() {
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        ObservationRegistry timed = ObservationRegistry.create();
        timed.observationConfig().observationHandler(new DefaultMeterObservationHandler(meters));
        ObservedSessionStore.of(plain, timed).append("s", NOTE).block(PATIENCE);
        assertEquals(
                1,
                meters.get("reel.store")
                        .tags("operation", "append", "outcome", "ok")
                        .timer()
                        .count());

        Mono<Commit> given = Mono.empty();
        SessionStore unobserved = ObservedSessionStore.of(
                new ForwardingSessionStore(plain) {
                    @Override
                    public Mono<Commit> append(String sessionId, List<EventDraft> events, WriteOptions options) {
                        return given;
                    }
                },
                ObservationRegistry.NOOP);
        assertSame(given, unobserved.append("s", NOTE));
    }

    @Test
    @DisplayName(
            "every method of the contract that returns a Mono is observed under its name, except those about the store itself")
    void complete() throws Exception {
        Set<String> expected = Stream.of(ForwardingSessionStore.class.getDeclaredMethods())
                .filter(method -> Modifier.isPublic(method.getModifiers()) && method.getReturnType() == Mono.class)
                .map(Method::getName)
                .filter(name ->
                        !Set.of("sync", "completeTails", "status", "closeAsync").contains(name))
                .collect(Collectors.toCollection(TreeSet::new));
        SessionStore errors = (SessionStore) Proxy.newProxyInstance(
                SessionStore.class.getClassLoader(),
                new Class<?>[] {SessionStore.class},
                (proxy, method, arguments) -> Mono.error(new OtherException(method.getName())));
        SessionStore observed = ObservedSessionStore.of(errors, registry);
        for (Method method : SessionStore.class.getMethods()) {
            if (Modifier.isAbstract(method.getModifiers()) && expected.contains(method.getName())) {
                Object[] arguments = Stream.of(method.getParameterTypes())
                        .map(type -> type == long.class ? (Object) 0L : null)
                        .toArray();
                Mono<?> mono = call(method, observed, arguments);
                OtherException error = assertThrows(OtherException.class, () -> mono.block(PATIENCE));
                assertEquals(method.getName(), error.getMessage(), "the same method of the store is called");
                assertEquals(method.getName() + " failed", stopped.get(stopped.size() - 1));
            }
        }
        assertEquals(
                expected,
                stopped.stream()
                        .map(call -> call.substring(0, call.indexOf(' ')))
                        .collect(Collectors.toCollection(TreeSet::new)));
        assertTrue(expected.size() > 20);
    }

    @Test
    @DisplayName("the publisher of each call keeps its name, also in a timeout")
    void named() throws Exception {
        int calls = 0;
        for (Method method : SessionStore.class.getMethods()) {
            if (Publisher.class.isAssignableFrom(method.getReturnType())) {
                Object[] arguments = Stream.of(method.getParameterTypes())
                        .map(ARGUMENTS::get)
                        .toArray();
                assertEquals(
                        method.invoke(plain, arguments).toString(),
                        method.invoke(store, arguments).toString());
                calls++;
            }
        }
        assertTrue(calls > 40, "calls: " + calls);
        SessionStore silent = ObservedSessionStore.of(
                new ForwardingSessionStore(plain) {
                    @Override
                    public Mono<Commit> append(String sessionId, List<EventDraft> events, WriteOptions options) {
                        return Mono.never();
                    }
                },
                registry);
        Exception late = assertThrows(
                RuntimeException.class,
                () -> silent.append("chat-7", NOTE)
                        .timeout(Duration.ofMillis(10))
                        .block(PATIENCE));
        Throwable cause = Exceptions.unwrap(late);
        assertTrue(String.valueOf(cause.getMessage()).contains("'append(chat-7)'"), cause::toString);
    }

    private static Mono<?> call(Method method, Object target, Object... arguments) throws Exception {
        try {
            return (Mono<?>) method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            throw new AssertionError(method.getName(), e.getCause());
        }
    }

    /** An error that is not Reel's. */
    private static final class OtherException extends RuntimeException {

        private static final long serialVersionUID = 1L;

        OtherException(String message) {
            super(message);
        }
    }
}
