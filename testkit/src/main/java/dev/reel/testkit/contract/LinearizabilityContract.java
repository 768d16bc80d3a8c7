package dev.reel.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.Commit;
import dev.reel.EventDraft;
import dev.reel.ExpectedVersion;
import dev.reel.Json;
import dev.reel.SessionState;
import dev.reel.SessionStore;
import dev.reel.StoreOptions;
import dev.reel.VersionConflictException;
import dev.reel.WriteOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** R4, R5, R7 and R19 together: concurrent calls on a session have results as if they were made one after the other. */
abstract class LinearizabilityContract extends ContractGroup {

    private static final int ROUNDS = Boolean.getBoolean("reel.full") ? 3_000 : 120;
    private static final int CALLERS = 4;
    private static final int CALLS_EACH = 8;

    private final Callers callers = new Callers();

    LinearizabilityContract(Function<StoreOptions, SessionStore> opener) {
        super(opener);
    }

    @AfterEach
    void letCallersGo() {
        callers.close();
    }

    /** A call: an append of an event under an expectation, a read of the state, or a purge. */
    private sealed interface Ask {
        record Append(String id, ExpectedVersion expected) implements Ask {}

        enum Plain implements Ask {
            STATE,
            PURGE
        }
    }

    /** The result of a call. */
    private sealed interface Answer {
        record Wrote(long version, boolean repeated) implements Answer {}

        record Conflict(long actual) implements Answer {}

        record State(long version, @Nullable String lastId) implements Answer {}

        record Purged() implements Answer {}
    }

    /** A model of a session: the list of its event ids. */
    private static final class Model implements SequentialModel<List<String>, Ask, Answer> {
        @Override
        public List<String> initial() {
            return List.of();
        }

        @Override
        public Optional<List<String>> step(List<String> log, Ask ask, @Nullable Answer answer) {
            if (ask instanceof Ask.Append append) {
                List<String> longer = new ArrayList<>(log);
                longer.add(append.id());
                if (log.contains(append.id())) {
                    return answered(answer, new Answer.Wrote(log.indexOf(append.id()) + 1, true), log);
                }
                return append.expected().holds(log.size(), lastOf(log))
                        ? answered(answer, new Answer.Wrote(longer.size(), false), List.copyOf(longer))
                        : answered(answer, new Answer.Conflict(log.size()), log);
            }
            return ask == Ask.Plain.PURGE
                    ? answered(answer, new Answer.Purged(), List.of())
                    : answered(answer, new Answer.State(log.size(), lastOf(log)), log);
        }

        private static Optional<List<String>> answered(@Nullable Answer given, Answer right, List<String> after) {
            return given == null || given.equals(right) ? Optional.of(after) : Optional.empty();
        }

        private static @Nullable String lastOf(List<String> log) {
            return log.isEmpty() ? null : log.get(log.size() - 1);
        }
    }

    private Mono<Answer> call(String session, Ask ask) {
        if (ask instanceof Ask.Append append) {
            EventDraft event =
                    EventDraft.of("n", Json.object("id", append.id())).withId(append.id());
            return store().append(session, List.of(event), WriteOptions.expecting(append.expected()))
                    .<Answer>map(LinearizabilityContract::answerOf)
                    .onErrorResume(VersionConflictException.class, e -> Mono.just(new Answer.Conflict(e.actual())));
        }
        if (ask == Ask.Plain.PURGE) {
            return store().purge(session).thenReturn(new Answer.Purged());
        }
        return store().state(session)
                .<Answer>map(state -> new Answer.State(state.version(), state.lastEventId()))
                .defaultIfEmpty(new Answer.State(0, null));
    }

    private static Answer answerOf(Commit commit) {
        return new Answer.Wrote(commit.version(), commit.repeated());
    }

    @Test
    @DisplayName("R4: concurrent appends with every expectation, repeats, purges and reads are linearizable")
    void everyExpectation() {
        AtomicInteger conflicts = new AtomicInteger();
        AtomicInteger written = new AtomicInteger();
        for (int round = 0; round < ROUNDS; round++) {
            String session = "s" + round;
            long seed = round;
            History<Ask, Answer> history = new History<>();
            ConcurrentLinkedQueue<String> used = new ConcurrentLinkedQueue<>();
            callers.start(IntStream.range(0, CALLERS)
                            .<Callers.Work>mapToObj(caller -> () -> {
                                Random random = new Random(seed * CALLERS + caller);
                                for (int n = 0; n < CALLS_EACH; n++) {
                                    String id = random.nextInt(6) == 0 && !used.isEmpty()
                                            ? String.valueOf(used.peek())
                                            : caller + "-" + n;
                                    used.add(id);
                                    Ask ask = ask(random, id, maybe(store().state(session)));
                                    get(history.record(ask, call(session, ask)));
                                }
                            })
                            .toList())
                    .await();
            Linearizability.check(new Model(), history);
            for (History.Call<Ask, Answer> call : history.calls()) {
                conflicts.addAndGet(call.output() instanceof Answer.Conflict ? 1 : 0);
                written.addAndGet(call.output() instanceof Answer.Wrote ? 1 : 0);
            }
        }
        assertTrue(written.get() > ROUNDS, "written: " + written);
        assertTrue(conflicts.get() > ROUNDS / 10, "conflicts: " + conflicts);
    }

    private static Ask ask(Random random, String id, @Nullable SessionState seen) {
        long version = seen == null ? 0 : seen.version();
        String last = seen == null ? null : seen.lastEventId();
        return switch (random.nextInt(12)) {
            case 0, 1 -> Ask.Plain.STATE;
            case 2 -> random.nextInt(4) == 0 ? Ask.Plain.PURGE : Ask.Plain.STATE;
            case 3 -> new Ask.Append(id, ExpectedVersion.emptyLog());
            case 4 -> new Ask.Append(id, ExpectedVersion.nonEmptyLog());
            case 5, 6, 7 -> new Ask.Append(id, ExpectedVersion.exactly(version));
            case 8, 9 ->
                new Ask.Append(id, last == null ? ExpectedVersion.exactly(0) : ExpectedVersion.exactly(version, last));
            default -> new Ask.Append(id, ExpectedVersion.any());
        };
    }
}
