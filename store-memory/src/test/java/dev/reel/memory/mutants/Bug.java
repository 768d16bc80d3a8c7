package dev.reel.memory.mutants;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** What is wrong with a {@link Broken} store, and who must notice. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
@interface Bug {

    /** The rule that it breaks, R1 to R25. */
    String rule();

    /** The test that must fail, one of that rule, by class and method: {@code AppendContract#purgeIsTheException}. */
    String test();

    /** What it does wrong, to go on from "a store that". */
    String does();
}
