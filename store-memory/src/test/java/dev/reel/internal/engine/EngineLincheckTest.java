package dev.reel.internal.engine;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.Commit;
import dev.reel.EventDraft;
import dev.reel.ExpectedVersion;
import dev.reel.ForwardingSessionStore;
import dev.reel.SessionState;
import dev.reel.StoreOptions;
import dev.reel.WriteOptions;
import java.util.List;
import org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** R4, R5, R19: concurrent calls of the engine have results as if they were made one after the other. */
class EngineLincheckTest {

    private static final boolean FULL = Boolean.getBoolean("reel.full");

    /** The engine without changes. */
    public static final class OnEngine extends LincheckCalls.OnStore {
        public OnEngine() {
            super(Engine.inMemory(StoreOptions.standard().withDeliveryThreads(2)));
        }
    }

    /** A store with a race: it checks the expected version first and appends later. */
    public static final class OnRacy extends LincheckCalls.OnStore {
        public OnRacy() {
            super(
                    new ForwardingSessionStore(
                            Engine.inMemory(StoreOptions.standard().withDeliveryThreads(2))) {
                        @Override
                        public Mono<Commit> append(String sessionId, List<EventDraft> events, WriteOptions options) {
                            ExpectedVersion expected = options.expected();
                            return delegate()
                                    .state(sessionId)
                                    .defaultIfEmpty(SessionState.empty(sessionId))
                                    .doOnNext(seen -> Thread.yield()) // leaves the race time to happen
                                    .flatMap(seen -> expected.holds(seen.version(), seen.lastEventId())
                                            ? delegate().append(sessionId, events, WriteOptions.none())
                                            : delegate().append(sessionId, events, options));
                        }
                    });
        }
    }

    private static StressOptions stress() {
        return new StressOptions()
                .sequentialSpecification(LincheckCalls.OnList.class)
                .threads(3)
                .actorsBefore(1)
                .actorsPerThread(3)
                .actorsAfter(1)
                .iterations(FULL ? 500 : 8)
                .invocationsPerIteration(FULL ? 20_000 : 1_000);
    }

    private static ModelCheckingOptions modelChecking(int invocations) {
        return new ModelCheckingOptions()
                .sequentialSpecification(LincheckCalls.OnList.class)
                // It only checks the stack, and Lincheck takes its recursion for an endless loop.
                .addGuarantee(ManagedStrategyGuaranteeKt.forClasses(StackRoom.class.getName())
                        .allMethods()
                        .ignore())
                .threads(2)
                .actorsBefore(1)
                .actorsPerThread(2)
                .actorsAfter(1)
                .iterations(FULL ? 200 : 5)
                .invocationsPerIteration(FULL ? 2_000 : invocations);
    }

    @Test
    @DisplayName("under stress")
    void stressed() {
        stress().check(OnEngine.class);
    }

    @Test
    @DisplayName("a race is found under stress")
    void aRaceUnderStress() {
        AssertionError found = assertThrows(
                AssertionError.class,
                () -> stress().minimizeFailedScenario(false).check(OnRacy.class));
        assertTrue(found.getMessage().contains("Invalid execution results"), found::getMessage);
    }

    @Tag("proof")
    @Test
    @DisplayName("with every thread switch")
    void modelChecked() {
        modelChecking(50).check(OnEngine.class);
    }

    @Tag("proof")
    @Test
    @DisplayName("a race is found with every thread switch")
    void aRaceModelChecked() {
        AssertionError found = assertThrows(
                AssertionError.class,
                () -> modelChecking(100).minimizeFailedScenario(false).check(OnRacy.class));
        assertTrue(found.getMessage().contains("Invalid execution results"), found::getMessage);
    }
}
