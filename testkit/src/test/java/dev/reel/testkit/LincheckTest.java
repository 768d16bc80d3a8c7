package dev.reel.testkit;

import static org.junit.jupiter.api.Assertions.assertThrows;

import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Lincheck depends on rewriting classes at run time; without that it detects nothing. */
@Tag("proof")
class LincheckTest {

    /** Two threads may get the same number. */
    public static final class Racy {
        private int next;

        @Operation
        public int next() {
            return next++;
        }
    }

    @Test
    void bites() {
        ModelCheckingOptions options = new ModelCheckingOptions().iterations(10).invocationsPerIteration(100);
        assertThrows(AssertionError.class, () -> options.check(Racy.class));
    }
}
