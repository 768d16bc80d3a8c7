package dev.reel.cli;

import dev.reel.CheckpointRequest;
import dev.reel.EventDraft;
import dev.reel.Json;
import dev.reel.MessageDelta;
import dev.reel.MessageDraft;
import dev.reel.Role;
import dev.reel.SessionDraft;
import dev.reel.SessionStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The agent of {@code reel serve --demo}. It writes one session after the other, and its answers word by word. It keeps
 * the first session and the last few, and purges the others, so that it can run for days.
 */
final class DemoAgent {

    /** The session that it writes first and never purges. */
    static final String FIRST = "demo-1";

    private static final int KEPT = 20;
    private static final Duration STEP = Duration.ofMillis(150);
    private static final Duration BETWEEN_TURNS = Duration.ofSeconds(3);

    /**
     * A session grows for about 10 minutes, so a user who opens the console a little later still sees the first one
     * grow.
     */
    private static final int ROUNDS = 30;

    /** A question, a tool call with its result, and the answer. */
    private record Turn(String question, String tool, String argument, String result, String answer) {}

    private static final List<Turn> TURNS = List.of(
            new Turn(
                    "Which of our tests is the slowest?",
                    "run_tests",
                    "--durations",
                    "ImportTest 4.2 s, WalkTest 3.9 s, ParserTest 0.1 s",
                    "ImportTest takes 4.2 seconds, and WalkTest 3.9. All the others together take less than one second."),
            new Turn(
                    "Why does ImportTest take so long?",
                    "read_file",
                    "ImportTest.java",
                    "for (int i = 0; i < 50_000; i++) { … store.append(…).block(); }",
                    "It waits for each of its 50,000 writes before it makes the next one. Many at a time would share a flush."),
            new Turn(
                    "Change that, please.",
                    "edit_file",
                    "ImportTest.java",
                    "1 file changed, 3 insertions, 2 deletions",
                    "Done: it now has 64 writes under way at a time. ImportTest takes 0.3 seconds, and it still checks each"
                            + " event."));

    private DemoAgent() {}

    /** Writes on the threads of the store and of Reactor until it is disposed of. */
    static Disposable start(SessionStore store) {
        Flux<Integer> sessions = Flux.range(1, Integer.MAX_VALUE);
        return sessions.concatMap(n -> session(store, n), 1)
                // If the store is closed during a write, the write fails; nothing handles its error.
                .onErrorComplete()
                .subscribe();
    }

    private static Mono<Void> session(SessionStore store, int number) {
        String id = "demo-" + number;
        List<Mono<?>> steps = new ArrayList<>();
        if (number > KEPT + 1) {
            steps.add(store.purge("demo-" + (number - KEPT)));
        }
        steps.add(store.putSession(
                id, SessionDraft.empty().withTitle("Slow tests, take " + number).withModel("demo")));
        for (int n = 1; n <= ROUNDS * TURNS.size(); n++) {
            Turn turn = TURNS.get((n - 1) % TURNS.size());
            steps.add(store.putMessage(id, MessageDraft.user(turn.question()).withId("question-" + n)));
            steps.add(store.append(
                    id, EventDraft.of("tool_call", Json.object("tool", turn.tool(), "argument", turn.argument()))));
            steps.add(store.putMessage(
                    id, MessageDraft.of(Role.TOOL, turn.result()).withId("result-" + n)));
            answer(store, id, "answer-" + n, turn.answer(), steps);
            steps.add(store.checkpoint(
                    id, CheckpointRequest.atLastMessage().withLabel(turn.tool().toLowerCase(Locale.ROOT))));
            steps.add(Mono.delay(BETWEEN_TURNS));
        }
        return Flux.fromIterable(steps)
                .concatMap(step -> step.then(Mono.delay(STEP)), 1)
                .then();
    }

    private static void answer(SessionStore store, String id, String messageId, String answer, List<Mono<?>> steps) {
        int part = 0;
        for (String word : answer.split("(?<= )", -1)) {
            steps.add(store.appendToMessage(id, MessageDelta.of(messageId, part++, word)));
        }
        steps.add(store.putMessage(id, MessageDraft.assistant(answer).withId(messageId)));
    }
}
