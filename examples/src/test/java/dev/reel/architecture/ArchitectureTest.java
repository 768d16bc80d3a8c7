package dev.reel.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import dev.reel.internal.engine.Offender;
import dev.reel.nowhere.Stray;
import dev.reel.testkit.ToolThatKnowsTheContract;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class ArchitectureTest {

    private static final JavaClasses REEL = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.reel");

    private static final JavaClasses OFFENDERS = new ClassFileImporter()
            .importClasses(Stream.concat(
                            Stream.of(
                                    Offender.class,
                                    Stray.class,
                                    ToolThatKnowsTheContract.class,
                                    Leaks.None.class,
                                    Leaks.None.Hidden.class),
                            Arrays.stream(Leaks.class.getDeclaredClasses()))
                    .toList());

    @Test
    void arrowsPointOneWay() {
        Rules.arrowsPointOneWay().check(REEL);
    }

    @Test
    void arrowsInAModulePointOneWay() {
        Rules.arrowsInAModulePointOneWay().check(REEL);
    }

    @Test
    void aClassOfTheEngineKnowsOnlyItsRoomAndThoseBelow() {
        assertEquals(List.of(), EngineRooms.problems(REEL));
        assertEquals(
                EngineRooms.classes(),
                REEL.stream()
                        .filter(it -> it.getPackageName().equals("dev.reel.internal.engine") && it.isTopLevelClass())
                        .filter(it -> !it.getSimpleName().equals("package-info"))
                        .count(),
                "each class in one room, and each in the list exists");
    }

    @Test
    void everyClassIsInItsModule() {
        Rules.everyClassIsInItsModule().check(REEL);
    }

    @Test
    void everyPackageIsNullMarked() {
        Rules.everyPackageIsNullMarked().check(REEL);
    }

    @Test
    void noJacksonInASignature() {
        Rules.noJacksonInASignature().check(REEL);
    }

    @Test
    void nothingBlocks() {
        Rules.nothingBlocks().check(REEL);
    }

    /** A rule that finds no class, or no fault, would always hold. */
    @Nested
    class TheRulesBite {

        @Test
        void everyModuleIsSeen() {
            assertEquals(
                    new TreeSet<>(Rules.modules()),
                    REEL.stream().map(Rules::moduleOf).collect(Collectors.toCollection(TreeSet::new)));
        }

        @Test
        void everyPackageWithAnArrowIsSeen() {
            Set<String> seen = REEL.stream().map(Rules::packageOf).collect(Collectors.toSet());
            assertEquals(
                    List.of(),
                    Rules.packagesWithArrows().stream()
                            .filter(it -> !seen.contains(it))
                            .toList());
        }

        @Test
        void anArrowUpwards() {
            assertProblem(Rules.arrowsPointOneWay(), Offender.class, "store-memory must not know cli");
        }

        @Test
        void anArrowUpwardsInAModule() {
            assertProblem(
                    Rules.arrowsInAModulePointOneWay(),
                    ToolThatKnowsTheContract.class,
                    "testkit must not know testkit.contract");
        }

        @Test
        void anArrowUpwardsInTheEngine() {
            List<String> problems = EngineRooms.problems(OFFENDERS);
            assertTrue(
                    problems.stream().anyMatch(it -> it.contains("is in no room of the engine")), problems::toString);
            assertTrue(problems.stream().anyMatch(it -> it.contains("a class of a room above")), problems::toString);
        }

        @Test
        void aPackageOfNoModule() {
            assertProblem(Rules.everyClassIsInItsModule(), Stray.class, "belongs to no module");
        }

        @Test
        void aPackageOfAnotherModule() {
            assertProblem(Rules.everyClassIsInItsModule(), Offender.class, "a package of store-memory, but in");
        }

        @Test
        void aPackageThatIsNotNullMarked() {
            assertProblem(Rules.everyPackageIsNullMarked(), Stray.class, "without @NullMarked");
        }

        @TestFactory
        Stream<DynamicTest> aJacksonTypeInASignature() {
            return Arrays.stream(Leaks.class.getDeclaredClasses())
                    .filter(leak -> leak != Leaks.None.class)
                    .map(leak -> DynamicTest.dynamicTest(
                            leak.getSimpleName(), () -> assertProblem(Rules.noJacksonInASignature(), leak, "shows")));
        }

        @Test
        void butNotWhatNoCallerSees() {
            assertEquals(List.of(), problems(Rules.noJacksonInASignature(), Leaks.None.class));
            assertEquals(List.of(), problems(Rules.noJacksonInASignature(), Leaks.None.Hidden.class));
        }

        @TestFactory
        Stream<DynamicTest> aCallThatBlocks() {
            return Stream.of(
                            "sleeps", "blocks", "iterates", "blocksInALambda", "blocksByReference", "getsFromASubclass")
                    .map(method -> DynamicTest.dynamicTest(
                            method, () -> assertProblem(Rules.nothingBlocks(), Offender.class, "Offender." + method)));
        }

        @Test
        void butNotClose() {
            List<String> problems = problems(Rules.nothingBlocks(), Offender.class);
            assertEquals(
                    List.of(),
                    problems.stream().filter(it -> it.contains(".close()")).toList());
        }

        private static void assertProblem(ArchRule rule, Class<?> offender, String expected) {
            List<String> problems = problems(rule, offender);
            assertTrue(problems.stream().anyMatch(it -> it.contains(expected)), () -> "Found only: " + problems);
        }

        private static List<String> problems(ArchRule rule, Class<?> offender) {
            return rule.evaluate(OFFENDERS.that(JavaClass.Predicates.equivalentTo(offender)))
                    .getFailureReport()
                    .getDetails();
        }
    }
}
