package dev.reel.memory.mutants;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Describes the bug of a {@link Broken} store, and the test that must detect it. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
@interface Bug {

    /** The rule that it breaks, R1 to R25. */
    String rule();

    /** The test that must fail for a store with this bug, by class and method: {@code AppendContract#purgeIsTheException}. */
    String test();

    /** What it does wrong, as the continuation of "a store that". */
    String does();
}
