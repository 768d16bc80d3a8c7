package dev.reel.examples;

import dev.reel.Anchor;
import dev.reel.CheckpointRequest;
import dev.reel.EventDraft;
import dev.reel.ForkRequest;
import dev.reel.Json;
import dev.reel.MessageDraft;
import dev.reel.Range;
import dev.reel.SessionDraft;
import dev.reel.SessionStore;
import dev.reel.memory.MemorySessionStore;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Record, replay, rewind, fork: the first five minutes. */
public final class QuickStart {

    private QuickStart() {}

    /**
     * Runs the example in memory.
     *
     * @param args none
     */
    public static void main(String[] args) {
        try (SessionStore store = MemorySessionStore.create()) {
            run(store, "trip").doOnNext(System.out::println).blockLast();
        }
    }

    /** Each step starts after the previous one has completed. Nothing happens until you subscribe. */
    static Flux<String> run(SessionStore store, String id) {
        return Flux.concat(
                record(store, id),
                show(store, id),
                rewindAndRedo(store, id),
                fork(store, id),
                Flux.just("the log, which still has every event:"),
                replay(store, id));
    }

    /** Messages become rows. Events of custom types are stored, replayed and tailed like any other event. */
    private static Flux<String> record(SessionStore store, String id) {
        return store.putSession(id, SessionDraft.empty().withTitle("A trip to Madrid"))
                .then(store.putMessage(
                        id, MessageDraft.user("Is there a night train?").withId("m1")))
                .then(store.append(id, EventDraft.of("tool_call", Json.object("name", "timetable", "from", "Lisbon"))))
                .then(store.putMessage(
                        id, MessageDraft.assistant("There is one at 21:25.").withId("m2")))
                .then(store.checkpoint(id, CheckpointRequest.atLastMessage().withLabel("found a train")))
                .map(checkpoint -> "recorded up to version " + checkpoint.version())
                .flux();
    }

    private static Flux<String> show(SessionStore store, String id) {
        return store.listMessages(id).map(message -> "  " + message.role() + ": " + message.text());
    }

    /**
     * Deferred, because a write's ids are fixed when its method is called, and each subscriber must create a new write.
     */
    private static Flux<String> rewindAndRedo(SessionStore store, String id) {
        return Flux.defer(() -> Flux.concat(
                store.undo(id).map(undone -> "undo: " + undone.cut() + " messages cut"),
                store.redo(id).map(redone -> "redo: " + redone.restored() + " messages back"),
                store.asOf(id, 2)
                        .map(then -> "at version 2 there was " + then.messages().size() + " message")));
    }

    private static Flux<String> fork(SessionStore store, String id) {
        return store.fork(id, ForkRequest.at(Anchor.message("m1")).withTitle("By plane"))
                .flatMap(fork -> store.putMessage(
                                fork.sessionId(), MessageDraft.assistant("The next flight is at 7:05."))
                        .then(Mono.zip(
                                store.getSession(fork.sessionId()),
                                store.listMessages(fork.sessionId()).count())))
                .map(both -> "fork \"" + both.getT1().title() + "\" has " + both.getT2() + " messages")
                .flux();
    }

    private static Flux<String> replay(SessionStore store, String id) {
        return store.replay(id, Range.all()).map(event -> "  " + event.version() + " " + event.type());
    }
}
