package dev.reel.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.reactivestreams.Publisher;
import org.reactivestreams.tck.PublisherVerification;
import org.reactivestreams.tck.TestEnvironment;
import reactor.core.publisher.Flux;

class TckRulesTest {

    private static final String OF_FAILED_PUBLISHERS = "optional_spec104_mustSignalOnErrorWhenFails";

    @TestFactory
    Stream<DynamicTest> aGoodPublisherKeepsTheRules() {
        return TckRules.of(() -> new Verification(true));
    }

    @Test
    void aRuleThatSkipsItselfFails() {
        DynamicTest rule = rule(Set.of());
        AssertionError error =
                assertThrows(AssertionError.class, () -> rule.getExecutable().execute());
        assertEquals("The TCK skipped this rule.", error.getMessage());
    }

    @Test
    void unlessItIsKnownNotToApply() throws Throwable {
        rule(Set.of(OF_FAILED_PUBLISHERS)).getExecutable().execute();
    }

    private static DynamicTest rule(Set<String> notApplicable) {
        return TckRules.of(() -> new Verification(false), notApplicable)
                .filter(it -> it.getDisplayName().equals(OF_FAILED_PUBLISHERS))
                .findFirst()
                .orElseThrow();
    }

    private static final class Verification extends PublisherVerification<Long> {
        private final boolean fails;

        Verification(boolean fails) {
            super(new TestEnvironment(100));
            this.fails = fails;
        }

        @Override
        public Publisher<Long> createPublisher(long elements) {
            return Flux.<Long, Long>generate(() -> 0L, (n, sink) -> {
                        sink.next(n);
                        return n + 1;
                    })
                    .take(elements);
        }

        @Override
        @SuppressWarnings("ReturnsNull")
        public Publisher<Long> createFailedPublisher() {
            return fails ? Flux.error(new IllegalStateException("on purpose")) : null;
        }
    }
}
