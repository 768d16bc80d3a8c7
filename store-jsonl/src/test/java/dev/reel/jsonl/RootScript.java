package dev.reel.jsonl;

import dev.reel.Anchor;
import dev.reel.CheckpointRequest;
import dev.reel.EventDraft;
import dev.reel.ForkRequest;
import dev.reel.Json;
import dev.reel.MessageDraft;
import dev.reel.SessionDraft;
import dev.reel.SessionStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import reactor.core.publisher.Mono;

/**
 * The history of a root, step by step: sessions of all kinds, forks with parents in every state, purges, new sessions
 * under old ids.
 */
final class RootScript {

    /** Its name needs nested directories. */
    static final String LONG = "é".repeat(100);

    /** Text in events that are purged and that no fork inherits. */
    static final String SECRET = "Zq7-only-in-what-is-purged";

    /** The kinds of steps. */
    enum Kind {
        WRITE,
        SYNC,
        FOLD,
        REOPEN
    }

    /**
     * A step.
     *
     * @param name its name, for the message of a failed test
     * @param kind its kind
     * @param sessions the sessions that it writes
     * @param write the write that the step runs; null for other kinds
     */
    record Step(String name, Kind kind, List<String> sessions, Function<SessionStore, Mono<?>> write) {}

    private final List<Step> steps = new ArrayList<>();

    static List<Step> steps() {
        RootScript script = new RootScript();
        script.begin();
        script.forks();
        script.purges();
        script.afterReopening();
        return script.steps;
    }

    /** A disk that is empty except for a session of ExAthena, whose last line has no line feed. */
    static MemoryDisk disk() throws IOException {
        MemoryDisk disk = new MemoryDisk();
        String foreign = Lines.foreign("f1", "one") + Lines.anonymous("two") + Lines.foreign("f3", "three");
        disk.put(OpenRoot.PATH.resolve("old.jsonl"), foreign.stripTrailing().getBytes(StandardCharsets.UTF_8));
        return disk.copy();
    }

    private void begin() {
        write("a", store -> store.putSession("a", SessionDraft.empty().withTitle("The first")));
        write("a", store -> store.append("a", notes("a", 3)));
        write("a", store -> store.putMessage("a", MessageDraft.user("hello")));
        write("b", store -> store.append("b", notes("b", 2)));
        fold();
        steps.add(new Step(
                "several at once",
                Kind.WRITE,
                List.of("a", "b", "c"),
                store -> Mono.when(
                        store.append("a", notes("a", 1)),
                        store.append("b", notes("b", 3)),
                        store.append("c", notes("c", 2)))));
        write("old", store -> store.append("old", notes("old", 2)));
    }

    private void forks() {
        fork("b", ForkRequest.whole().withId("b-unfolded"));
        write("b-unfolded", store -> store.append("b-unfolded", notes("fork", 2)));
        fork("old", ForkRequest.at(Anchor.version(2)).withId("old-2"));
        fold();
        fork("old", ForkRequest.whole().withId("old-all"));
        write("a", store -> store.checkpoint("a", CheckpointRequest.atLastMessage()));
        fold();
        fork("a", ForkRequest.whole().withId("a-fork").withSnapshots());
        fork("b", ForkRequest.at(Anchor.version(1)).withId("b-1"));
        write("b", store -> store.append("b", note(SECRET)));
    }

    private void purges() {
        fork("b-1", ForkRequest.whole().withId("b-1-1"));
        write("b", store -> store.purge("b"));
        write("b", store -> store.append("b", notes("new life", 2)));
        fork("b", ForkRequest.whole().withId("b-new"));
        write("d", store -> store.putSession("d", SessionDraft.empty().withTitle(SECRET)));
        write("d", store -> store.purge("d"));
        write(LONG, store -> store.append(LONG, notes("long", 2)));
        fold();
        write("c", store -> store.append("c", notes("c", 1)));
        reopen();
    }

    private void afterReopening() {
        write("a", store -> store.append("a", notes("a", 2)));
        sync();
        write("a", store -> store.undo("a"));
        write(LONG, store -> store.append(LONG, note(SECRET)));
        fold();
        write(LONG, store -> store.purge(LONG));
        write("old", store -> store.append("old", note(SECRET)));
        fork("old-all", ForkRequest.whole().withId("old-all-all"));
        write("old", store -> store.purge("old"));
        write("old", store -> store.append("old", notes("not foreign any more", 1)));
        write("c", store -> store.deleteSession("c"));
        sync();
        fold();
        write("b", store -> store.purge("b"));
        write("b", store -> store.append("b", notes("third life", 1)));
        write("a-fork", store -> store.append("a-fork", notes("fork", 1)));
        reopen();
        write("a", store -> store.putMessage("a", MessageDraft.assistant("good bye")));
    }

    private void write(String session, Function<SessionStore, Mono<?>> write) {
        steps.add(new Step("write " + steps.size() + " to " + session, Kind.WRITE, List.of(session), write));
    }

    private void fork(String parent, ForkRequest request) {
        steps.add(new Step(
                "fork " + request.id() + " of " + parent,
                Kind.WRITE,
                List.of(String.valueOf(request.id())),
                store -> store.fork(parent, request)));
    }

    private void fold() {
        steps.add(new Step("fold", Kind.FOLD, List.of(), store -> Mono.empty()));
    }

    private void sync() {
        steps.add(new Step("sync", Kind.SYNC, List.of(), SessionStore::sync));
    }

    private void reopen() {
        steps.add(new Step("reopen", Kind.REOPEN, List.of(), store -> Mono.empty()));
    }

    private static List<EventDraft> note(String text) {
        return List.of(EventDraft.of("note", Json.object("text", text)));
    }

    private static List<EventDraft> notes(String text, int count) {
        return IntStream.rangeClosed(1, count)
                .mapToObj(n -> EventDraft.of("note", Json.object("text", text + " " + n, "of", count)))
                .toList();
    }
}
