package dev.reel.internal.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.Anchor;
import dev.reel.CheckpointRequest;
import dev.reel.EventDraft;
import dev.reel.FeedFilter;
import dev.reel.FeedPlace;
import dev.reel.ForkRequest;
import dev.reel.From;
import dev.reel.Json;
import dev.reel.MessageDelta;
import dev.reel.MessageDraft;
import dev.reel.MessageQuery;
import dev.reel.Range;
import dev.reel.ResumeRequest;
import dev.reel.SessionDraft;
import dev.reel.SessionPatch;
import dev.reel.SessionQuery;
import dev.reel.SessionStore;
import dev.reel.SnapshotDraft;
import dev.reel.StoreOptions;
import dev.reel.TailOptions;
import dev.reel.VersionAheadException;
import dev.reel.internal.Call;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.Exceptions;
import reactor.core.Scannable;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;

/**
 * What Reactor's tools report about a call: its name, the state of its subscription, and its place in the application's
 * code.
 */
class CallTest {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final SessionStore store = Engine.inMemory(StoreOptions.standard());

    @AfterEach
    void close() {
        store.close();
    }

    private Map<String, Publisher<?>> calls() {
        Map<String, Publisher<?>> calls = new LinkedHashMap<>();
        calls.put("append(s)", store.append("s", EventDraft.of("note", Json.EMPTY_OBJECT)));
        calls.put("replay(s)", store.replay("s", Range.all()));
        calls.put("tail(s)", store.tail("s", From.now()));
        calls.put("tailSignals(s)", store.tailSignals("s", From.now(), TailOptions.standard()));
        calls.put("head(s)", store.head("s"));
        calls.put("sessionIds", store.sessionIds());
        calls.put("position", store.position());
        calls.put("replayAll", store.replayAll(FeedPlace.start(), FeedFilter.all()));
        calls.put("tailAll", store.tailAll(FeedPlace.start(), FeedFilter.all()));
        calls.put("tailAllSignals", store.tailAllSignals(FeedPlace.start(), FeedFilter.all(), TailOptions.standard()));
        calls.put("getSession(s)", store.getSession("s"));
        calls.put("listSessions", store.listSessions(SessionQuery.all()));
        calls.put("getMessage(s)", store.getMessage("s", "m"));
        calls.put("listMessages(s)", store.listMessages("s", MessageQuery.all()));
        calls.put("getSnapshot", store.getSnapshot("c"));
        calls.put("listSnapshots(s)", store.listSnapshots("s"));
        calls.put("putSession(s)", store.putSession("s", SessionDraft.empty()));
        calls.put("createSession", store.createSession(SessionDraft.empty()));
        calls.put(
                "updateSession(s)",
                store.updateSession("s", SessionPatch.empty().withTitle("t")));
        calls.put("putMessage(s)", store.putMessage("s", MessageDraft.user("hi")));
        calls.put("appendToMessage(s)", store.appendToMessage("s", MessageDelta.of("m", 0, "x")));
        calls.put("putSnapshot(s)", store.putSnapshot("s", SnapshotDraft.of(Json.EMPTY_OBJECT)));
        calls.put("deleteSession(s)", store.deleteSession("s"));
        calls.put("deleteMessagesAfter(s)", store.deleteMessagesAfter("s", "m"));
        calls.put("deleteMessages(s)", store.deleteMessages("s"));
        calls.put("deleteSnapshots(s)", store.deleteSnapshots("s"));
        calls.put("state(s)", store.state("s"));
        calls.put("asOf(s)", store.asOf("s", 1));
        calls.put("states(s)", store.states("s"));
        calls.put("resume(s)", store.resume("s", ResumeRequest.whole()));
        calls.put("checkpoint(s)", store.checkpoint("s", CheckpointRequest.atLastMessage()));
        calls.put("rewind(s)", store.rewind("s", Anchor.lastUserMessage()));
        calls.put("undo(s)", store.undo("s"));
        calls.put("redo(s)", store.redo("s"));
        calls.put("fork(s)", store.fork("s", ForkRequest.whole()));
        calls.put("takeTurn(s)", store.takeTurn("s", "me"));
        calls.put("closeSession(s)", store.closeSession("s", Json.NULL));
        calls.put("purge(s)", store.purge("s"));
        calls.put("sync", store.sync());
        calls.put("status", store.status());
        calls.put("completeTails", store.completeTails());
        calls.put("closeAsync", store.closeAsync());
        return calls;
    }

    @Test
    @DisplayName("each call's publisher has the call's name, and session ids are not part of meter names")
    void named() {
        Map<String, Publisher<?>> calls = calls();
        Set<String> methods = Arrays.stream(SessionStore.class.getMethods())
                .filter(method -> Publisher.class.isAssignableFrom(method.getReturnType()))
                .map(Method::getName)
                .collect(Collectors.toSet());
        Set<String> named = calls.keySet().stream()
                .map(name -> name.replaceAll("\\(.*", ""))
                .collect(Collectors.toSet());
        assertEquals(methods, named, "the calls of a store");
        calls.forEach((name, publisher) -> {
            Scannable scanned = Scannable.from(publisher);
            assertEquals(name, scanned.stepName());
            assertEquals(name, publisher.toString());
            assertEquals(scanned.stepName(), scanned.name(), "no name that Reactor's metrics would take");
        });
    }

    @Test
    @DisplayName("a timeout names the call and the session that did not answer")
    void timeout() {
        Exception late = assertThrows(
                RuntimeException.class,
                () -> store.tail("chat-7", From.now())
                        .timeout(Duration.ofMillis(10))
                        .blockLast(PATIENCE));
        Throwable cause = Exceptions.unwrap(late);
        assertTrue(cause instanceof TimeoutException, cause.toString());
        assertTrue(String.valueOf(cause.getMessage()).contains("'tail(chat-7)'"), cause.getMessage());
    }

    @Test
    @DisplayName(
            "the subscription of a tail reports its demand, its subscriber, and whether it was cancelled or has ended")
    void subscription() {
        BaseSubscriber<Object> subscriber = new BaseSubscriber<>() {
            @Override
            protected void hookOnSubscribe(Subscription subscription) {
                subscription.request(7);
            }
        };
        CopyOnWriteArrayList<Subscription> given = new CopyOnWriteArrayList<>();
        store.tail("s", From.start()).doOnSubscribe(given::add).subscribe(subscriber);
        Scannable cursor = Scannable.from(given.get(0));
        assertTrue(cursor.isScanAvailable());
        assertEquals("tail(s)", cursor.stepName());
        assertEquals(7L, cursor.scan(Scannable.Attr.REQUESTED_FROM_DOWNSTREAM));
        assertNotNull(cursor.scan(Scannable.Attr.ACTUAL));
        assertEquals(Scannable.Attr.RunStyle.ASYNC, cursor.scan(Scannable.Attr.RUN_STYLE));
        assertFalse(cursor.scan(Scannable.Attr.CANCELLED));
        subscriber.cancel();
        assertTrue(cursor.scan(Scannable.Attr.CANCELLED));

        given.clear();
        store.append("s", EventDraft.of("note", Json.EMPTY_OBJECT)).block(PATIENCE);
        store.replay("s", Range.all()).doOnSubscribe(given::add).blockLast(PATIENCE);
        Scannable ended = Scannable.from(given.get(0));
        assertTrue(ended.scan(Scannable.Attr.TERMINATED));
        assertFalse(ended.scan(Scannable.Attr.CANCELLED));
    }

    @Test
    @DisplayName("with Reactor's debug mode, an error's trace contains the call, and the application's lines after it")
    void debugMode() {
        Hooks.onOperatorDebug();
        try {
            String trace = traceOf(store.asOf("s", 9).map(state -> state));
            assertTrue(trace.contains(Call.class.getName()), trace);
            assertTrue(trace.contains("CallTest.debugMode"), trace);
        } finally {
            Hooks.resetOnOperatorDebug();
        }
        String trace = traceOf(store.asOf("s", 9).checkpoint("reading of the state"));
        assertTrue(trace.contains("reading of the state"), trace);
    }

    private String traceOf(Mono<?> call) {
        store.putSession("s", SessionDraft.empty()).block(PATIENCE);
        VersionAheadException missing = assertThrows(VersionAheadException.class, () -> call.block(PATIENCE));
        return Arrays.stream(missing.getSuppressed()).map(Throwable::getMessage).collect(Collectors.joining("\n"));
    }

    @Test
    @DisplayName("every call runs the assembly hook once")
    void hooks() {
        CopyOnWriteArrayList<String> seen = new CopyOnWriteArrayList<>();
        Hooks.onEachOperator("test", publisher -> {
            String name = publisher.toString();
            if (name.equals("tail(hooked)") || name.equals("undo(hooked)")) {
                seen.add(name);
            }
            return publisher;
        });
        try {
            Flux<?> tail = store.tail("hooked", From.now());
            Mono<?> undo = store.undo("hooked");
            assertNotNull(tail);
            assertNotNull(undo);
        } finally {
            Hooks.resetOnEachOperator("test");
        }
        assertEquals(List.of("tail(hooked)", "undo(hooked)"), seen);
    }
}
