package dev.reel.memory.mutants;

import dev.reel.SessionStore;
import dev.reel.StoreOptions;
import dev.reel.testkit.contract.DurableSessionStoreContract;
import dev.reel.testkit.contract.HeldFlushContract;
import dev.reel.testkit.contract.NonBlockingContract;
import dev.reel.testkit.contract.ReactiveStreamsContract;
import dev.reel.testkit.contract.SessionStoreContract;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.EngineFilter;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherConfig;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import reactor.core.publisher.Hooks;

/** Runs the contract, or a part of it, within a test, and returns the outcome of each test. */
final class ContractRun {

    /** For a store with a bug, which will not emit a missing signal later. */
    private static final Duration SHORT = Duration.ofMillis(1_500);

    /** For a store without a bug, on a slow machine too. */
    private static final Duration LONG = Duration.ofSeconds(20);

    private static volatile @Nullable Function<StoreOptions, SessionStore> opener;
    private static volatile Duration waits = LONG;
    private static volatile boolean stopAtFirst;
    private static volatile boolean failed;

    private ContractRun() {}

    /**
     * A test of the contract and its outcome.
     *
     * @param place its class and method
     * @param name its name in reports, which distinguishes the runs of a method
     */
    record Outcome(
            String place, String name, End end, @Nullable Throwable error) {

        enum End {
            PASSED,
            FAILED,
            ABORTED,
            SKIPPED
        }

        /** Whether the test itself failed, and not only the check of all logs that follows every test. */
        boolean failedItself() {
            String message = error == null ? null : error.getMessage();
            boolean afterwards = message != null && message.matches("(?s)(R2: versions of|R17: rows of) .*");
            return end == End.FAILED && !afterwards;
        }

        @Override
        public String toString() {
            return end + " " + place + " (" + name + ")" + (error == null ? "" : ": " + error);
        }
    }

    /** Runs a whole contract on a store that is completely broken. */
    static List<Outcome> all(Class<?> contract, Function<StoreOptions, SessionStore> store) {
        return run(store, List.of(ContractTest.wholeOf(contract)), false, SHORT);
    }

    /** Runs a test on a store with a bug. If its method runs several times, it stops at the first failure. */
    static List<Outcome> untilItFails(ContractTest test, Function<StoreOptions, SessionStore> store) {
        return run(store, List.of(test.selector()), true, SHORT);
    }

    /** Runs some tests on a store that should pass them. */
    static List<Outcome> some(List<ContractTest> tests, Function<StoreOptions, SessionStore> store) {
        return run(store, tests.stream().map(ContractTest::selector).toList(), false, LONG);
    }

    private static synchronized List<Outcome> run(
            Function<StoreOptions, SessionStore> store,
            List<DiscoverySelector> tests,
            boolean untilOneFails,
            Duration patience) {
        LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request()
                .selectors(tests)
                .filters(EngineFilter.includeEngines("junit-jupiter"))
                .build();
        Launcher launcher = LauncherFactory.create(LauncherConfig.builder()
                .enableLauncherSessionListenerAutoRegistration(false)
                .enableLauncherDiscoveryListenerAutoRegistration(false)
                .enablePostDiscoveryFilterAutoRegistration(false)
                .enableTestExecutionListenerAutoRegistration(false)
                .build());
        Outcomes outcomes = new Outcomes();
        opener = store;
        stopAtFirst = untilOneFails;
        failed = false;
        waits = patience;
        // Ignores the errors that Reactor reports as dropped: they are expected from a broken store.
        Hooks.onErrorDropped(error -> {});
        try {
            launcher.execute(request, outcomes);
        } finally {
            Hooks.resetOnErrorDropped();
            opener = null;
        }
        return outcomes.list;
    }

    private static final class Outcomes implements TestExecutionListener {
        private final List<Outcome> list = new ArrayList<>();

        @Override
        public void executionSkipped(TestIdentifier test, String reason) {
            if (!stopAtFirst) {
                add(test, Outcome.End.SKIPPED, null);
            }
        }

        @Override
        public void executionFinished(TestIdentifier test, TestExecutionResult result) {
            Outcome.End end = switch (result.getStatus()) {
                case SUCCESSFUL -> Outcome.End.PASSED;
                case FAILED -> Outcome.End.FAILED;
                case ABORTED -> Outcome.End.ABORTED;
            };
            // A container counts only if it fails itself; its tests were then never created.
            if (test.isTest() || end != Outcome.End.PASSED) {
                add(test, end, result.getThrowable().orElse(null));
            }
        }

        private synchronized void add(TestIdentifier test, Outcome.End end, @Nullable Throwable error) {
            String place = test.getSource()
                    .filter(MethodSource.class::isInstance)
                    .map(source -> ContractTest.placeOf(((MethodSource) source).getJavaMethod()))
                    .orElse("no method");
            list.add(new Outcome(place, test.getDisplayName(), end, error));
        }
    }

    private static SessionStore openNow(StoreOptions options) {
        Function<StoreOptions, SessionStore> store = opener;
        if (store == null) {
            throw new IllegalStateException("to be run by ContractRun only");
        }
        return store.apply(options);
    }

    @ExtendWith(StopAtFirst.class)
    static final class Subject extends SessionStoreContract {

        @Override
        protected SessionStore open(StoreOptions options) {
            return openNow(options);
        }

        @Override
        protected Duration patience() {
            return waits;
        }
    }

    /** A restart changes nothing in a memory store, except in one with a bug of restarts. */
    @ExtendWith(StopAtFirst.class)
    static final class DurableSubject extends DurableSessionStoreContract {

        @Override
        protected Place place(StoreOptions options) {
            return new Place() {
                @Override
                public SessionStore open() {
                    return openNow(options);
                }

                @Override
                public SessionStore restart(SessionStore store) {
                    return store instanceof RestartBugs.Forgetful forgetful ? forgetful.restart() : store;
                }
            };
        }

        @Override
        protected Duration patience() {
            return waits;
        }
    }

    @ExtendWith(StopAtFirst.class)
    static final class NonBlockingSubject extends NonBlockingContract {

        @Override
        protected SessionStore open(StoreOptions options) {
            return openNow(options);
        }

        @Override
        protected Duration patience() {
            return waits;
        }
    }

    @ExtendWith(StopAtFirst.class)
    static final class ReactiveStreamsSubject extends ReactiveStreamsContract {

        @Override
        protected SessionStore open(StoreOptions options) {
            return openNow(options);
        }

        @Override
        protected Duration patience() {
            return waits;
        }
    }

    /** Runs on stores that never wait for a disk; each of them breaks R7. */
    @ExtendWith(StopAtFirst.class)
    static final class HeldSubject extends HeldFlushContract {

        @Override
        protected HeldStore open(StoreOptions options) {
            return new NeverHeld(openNow(options));
        }

        @Override
        protected Duration patience() {
            return waits;
        }
    }

    private record NeverHeld(SessionStore store) implements HeldFlushContract.HeldStore {

        @Override
        public void hold() {}

        @Override
        public void hold(String sessionId) {}

        @Override
        public void release() {}

        @Override
        public void fail() {}
    }

    /** Skips the remaining runs after the first failure. */
    static final class StopAtFirst implements ExecutionCondition, AfterTestExecutionCallback {

        @Override
        public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
            return stopAtFirst && failed
                    ? ConditionEvaluationResult.disabled("one has failed")
                    : ConditionEvaluationResult.enabled("go on");
        }

        @Override
        public void afterTestExecution(ExtensionContext context) {
            if (context.getExecutionException().isPresent()) {
                failed = true;
            }
        }
    }
}
