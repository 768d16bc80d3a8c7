package dev.reel.memory.mutants;

import dev.reel.SessionStore;
import dev.reel.StoreOptions;
import java.lang.reflect.Constructor;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * A store with a seeded bug, and its description.
 *
 * @param rule the rule that it breaks
 * @param test class and method of the test that must fail
 * @param does what it does wrong, as the continuation of "a store that"
 */
record Mutant(String name, String rule, String test, String does, Constructor<?> constructor) {

    /** Returns all of them, by rule. */
    static List<Mutant> all() {
        return Stream.of(
                        WriteBugs.class,
                        TailBugs.class,
                        FeedBugs.class,
                        RowBugs.class,
                        FormBugs.class,
                        FaultBugs.class,
                        LineageBugs.class,
                        RestartBugs.class)
                .flatMap(bugs -> Arrays.stream(bugs.getDeclaredClasses()))
                .filter(type -> type.isAnnotationPresent(Bug.class))
                .map(Mutant::of)
                .sorted(Comparator.<Mutant>comparingInt(mutant -> Integer.parseInt(mutant.rule.substring(1)))
                        .thenComparing(Mutant::test)
                        .thenComparing(Mutant::name))
                .toList();
    }

    private static Mutant of(Class<?> type) {
        Bug bug = type.getAnnotation(Bug.class);
        return new Mutant(type.getSimpleName(), bug.rule(), bug.test(), bug.does(), type.getDeclaredConstructors()[0]);
    }

    SessionStore open(StoreOptions options) {
        try {
            return (SessionStore) constructor.newInstance(options);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(name + " can't be opened", e);
        }
    }

    @Override
    public String toString() {
        return rule + " " + name + ": " + does;
    }
}
