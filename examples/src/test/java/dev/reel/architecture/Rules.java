package dev.reel.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;

import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaAnnotation;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaType;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Exchanger;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ForkJoinTask;
import java.util.concurrent.Future;
import java.util.concurrent.Phaser;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Rules for all modules together, which neither the compiler nor a test in one module can check. */
final class Rules {

    /** Each package below {@code dev.reel} and its module. A class in a package that is not listed breaks the build. */
    private static final Map<String, String> MODULE_OF = Map.ofEntries(
            Map.entry("", "api"),
            Map.entry("spi", "api"),
            Map.entry("internal", "api"),
            Map.entry("internal.engine", "store-memory"),
            Map.entry("memory", "store-memory"),
            Map.entry("jsonl", "store-jsonl"),
            Map.entry("testkit", "testkit"),
            Map.entry("testkit.contract", "testkit"),
            Map.entry("jackson2", "jackson2"),
            Map.entry("jackson3", "jackson3"),
            Map.entry("micrometer", "micrometer"),
            Map.entry("server", "server"),
            Map.entry("client", "client"),
            Map.entry("cli", "cli"),
            Map.entry("examples", "examples"));

    /** Each module, and the modules that it may use. */
    private static final Map<String, Set<String>> ARROWS = arrows();

    private static Map<String, Set<String>> arrows() {
        Map<String, Set<String>> arrows = new HashMap<>(Map.of(
                "api", Set.of(),
                "store-memory", Set.of("api"),
                "store-jsonl", Set.of("api", "store-memory"),
                "testkit", Set.of("api"),
                "jackson2", Set.of("api"),
                "jackson3", Set.of("api"),
                "micrometer", Set.of("api", "server"),
                "server", Set.of("api"),
                "client", Set.of("api"),
                "cli", Set.of("api", "store-memory", "store-jsonl", "server", "client", "micrometer")));
        arrows.put("examples", Set.of("api", "store-memory", "store-jsonl", "testkit", "server", "client", "cli"));
        return Map.copyOf(arrows);
    }

    /** Packages, and the packages of their own module that they must not use. */
    private static final Map<String, Set<String>> MUST_NOT_KNOW = Map.of("testkit", Set.of("testkit.contract"));

    /** The modules whose code runs on other threads than its own: it must not block them. */
    private static final Set<String> MUST_NOT_BLOCK = Set.of("api", "store-memory", "micrometer", "server", "client");

    /** The modules for Jackson, and the annotations that all Jackson versions share. */
    private static final Set<String> MAY_SHOW_JACKSON = Set.of("jackson2", "jackson3");

    private static final String SHARED_ANNOTATIONS = "com.fasterxml.jackson.annotation";

    private static final Map<Class<?>, Set<String>> BLOCKING = Map.ofEntries(
            Map.entry(Object.class, Set.of("wait")),
            Map.entry(Thread.class, Set.of("sleep", "join")),
            Map.entry(Process.class, Set.of("waitFor")),
            Map.entry(TimeUnit.class, Set.of("sleep", "timedJoin", "timedWait")),
            Map.entry(LockSupport.class, Set.of("park", "parkNanos", "parkUntil")),
            Map.entry(Condition.class, Set.of("await", "awaitNanos", "awaitUntil", "awaitUninterruptibly")),
            Map.entry(CountDownLatch.class, Set.of("await")),
            Map.entry(CyclicBarrier.class, Set.of("await")),
            Map.entry(Exchanger.class, Set.of("exchange")),
            Map.entry(Phaser.class, Set.of("arriveAndAwaitAdvance", "awaitAdvance", "awaitAdvanceInterruptibly")),
            Map.entry(Semaphore.class, Set.of("acquire", "acquireUninterruptibly")),
            Map.entry(BlockingQueue.class, Set.of("take", "put")),
            Map.entry(Future.class, Set.of("get")),
            Map.entry(CompletableFuture.class, Set.of("join")),
            Map.entry(ForkJoinTask.class, Set.of("join", "invoke")),
            Map.entry(ExecutorService.class, Set.of("awaitTermination", "invokeAll", "invokeAny")),
            Map.entry(Mono.class, Set.of("block", "blockOptional")),
            Map.entry(Flux.class, Set.of("blockFirst", "blockLast", "toIterable", "toStream")));

    private Rules() {}

    static ArchRule arrowsPointOneWay() {
        return classes().should(hold("know only the modules that theirs may know", (it, problems) -> {
            String from = moduleOf(it);
            for (Dependency dependency : it.getDirectDependenciesFromSelf()) {
                JavaClass target = dependency.getTargetClass().getBaseComponentType();
                String to = isOurs(target) ? moduleOf(target) : from;
                if (!to.equals(from) && !ARROWS.getOrDefault(from, Set.of()).contains(to)) {
                    problems.accept(from + " must not know " + to + ": " + dependency.getDescription());
                }
            }
        }));
    }

    static ArchRule arrowsInAModulePointOneWay() {
        return classes().should(hold("know only the packages of their module that theirs may know", (it, problems) -> {
            String from = packageOf(it);
            for (Dependency dependency : it.getDirectDependenciesFromSelf()) {
                JavaClass target = dependency.getTargetClass().getBaseComponentType();
                if (isOurs(target) && MUST_NOT_KNOW.getOrDefault(from, Set.of()).contains(packageOf(target))) {
                    problems.accept(from + " must not know " + packageOf(target) + ": " + dependency.getDescription());
                }
            }
        }));
    }

    /** Otherwise a class could use a package of another module, and two jars could contain the same package. */
    static ArchRule everyClassIsInItsModule() {
        return classes().should(hold("be in the module of its package", (it, problems) -> {
            String module = moduleOf(it);
            String place = it.getSource().orElseThrow().getUri().toString();
            if (!modules().contains(module)) {
                problems.accept(it.getName() + " is in a package that belongs to no module");
            } else if (!place.contains("/reel-" + module + "-") && !place.contains("/" + module + "/target/classes/")) {
                problems.accept(it.getName() + " is in a package of " + module + ", but in " + place);
            }
        }));
    }

    static ArchRule everyPackageIsNullMarked() {
        return classes().should(hold("be in a @NullMarked package", (it, problems) -> {
            if (!it.getPackage().isAnnotatedWith(NullMarked.class)) {
                problems.accept(it.getName() + " is in a package without @NullMarked");
            }
        }));
    }

    /** A signature is everything that a caller outside the package can see, including annotations. */
    static ArchRule noJacksonInASignature() {
        return classes().should(hold("show no Jackson type", (it, problems) -> {
            if (isVisible(it) && !MAY_SHOW_JACKSON.contains(moduleOf(it))) {
                shownBy(it)
                        .filter(Rules::isJackson)
                        .forEach(type -> problems.accept(it.getName() + " shows " + type.getName()));
                Stream.of(it.getFields(), it.getMethods(), it.getConstructors())
                        .flatMap(Set::stream)
                        .filter(member -> isVisible(member.getModifiers()))
                        .forEach(member -> shownBy(member)
                                .filter(Rules::isJackson)
                                .forEach(type -> problems.accept(member.getFullName() + " shows " + type.getName())));
            }
        }));
    }

    /** A method {@code close()} may block: its contract is to wait. */
    static ArchRule nothingBlocks() {
        return classes().should(hold("not block the threads of others", (it, problems) -> {
            if (MUST_NOT_BLOCK.contains(moduleOf(it))) {
                it.getCodeUnitAccessesFromSelf().stream()
                        .filter(access -> isBlocking(access.getTarget()))
                        .filter(access -> !isClose(access.getOrigin()))
                        .forEach(access -> problems.accept(access.getDescription()));
            }
        }));
    }

    static Set<String> modules() {
        return ARROWS.keySet();
    }

    /** The packages that {@link #arrowsInAModulePointOneWay} names. */
    static Set<String> packagesWithArrows() {
        return MUST_NOT_KNOW.entrySet().stream()
                .flatMap(entry -> Stream.concat(Stream.of(entry.getKey()), entry.getValue().stream()))
                .collect(Collectors.toSet());
    }

    static String moduleOf(JavaClass it) {
        return MODULE_OF.getOrDefault(packageOf(it), "(none)");
    }

    /** Returns the package of one of our classes without {@code dev.reel}. */
    static String packageOf(JavaClass it) {
        return it.getPackageName().replaceFirst("^dev[.]reel[.]?", "");
    }

    private static boolean isOurs(JavaClass it) {
        return it.getPackageName().equals("dev.reel") || it.getPackageName().startsWith("dev.reel.");
    }

    private static boolean isJackson(JavaClass it) {
        return it.getName().startsWith("tools.jackson.") || it.getName().startsWith("com.fasterxml.jackson.");
    }

    private static boolean isVisible(JavaClass it) {
        return isVisible(it.getModifiers())
                && it.getEnclosingClass().map(Rules::isVisible).orElse(true);
    }

    private static boolean isVisible(Set<JavaModifier> modifiers) {
        return modifiers.contains(JavaModifier.PUBLIC) || modifiers.contains(JavaModifier.PROTECTED);
    }

    private static Stream<JavaClass> shownBy(JavaClass it) {
        return Stream.of(
                        annotationsOf(it.getAnnotations()),
                        typesIn(it.getSuperclass().stream()),
                        typesIn(it.getInterfaces().stream()),
                        typesIn(it.getTypeParameters().stream()))
                .flatMap(Function.identity());
    }

    private static Stream<JavaClass> shownBy(JavaMember it) {
        Stream<JavaClass> annotations = annotationsOf(it.getAnnotations());
        if (it instanceof JavaField field) {
            return Stream.concat(annotations, typesIn(Stream.of(field.getType())));
        }
        JavaCodeUnit method = (JavaCodeUnit) it;
        return Stream.of(
                        annotations,
                        typesIn(Stream.of(method.getReturnType())),
                        typesIn(method.getParameterTypes().stream()),
                        typesIn(method.getTypeParameters().stream()),
                        method.getThrowsClause().getTypes().stream())
                .flatMap(Function.identity());
    }

    private static Stream<JavaClass> annotationsOf(Set<? extends JavaAnnotation<?>> annotations) {
        return annotations.stream()
                .map(JavaAnnotation::getRawType)
                .filter(type -> !type.getPackageName().equals(SHARED_ANNOTATIONS));
    }

    private static Stream<JavaClass> typesIn(Stream<? extends JavaType> types) {
        return types.flatMap(type -> type.getAllInvolvedRawTypes().stream()).map(JavaClass::getBaseComponentType);
    }

    private static boolean isBlocking(AccessTarget target) {
        return BLOCKING.entrySet().stream()
                .anyMatch(entry -> entry.getValue().contains(target.getName())
                        && target.getOwner().isAssignableTo(entry.getKey()));
    }

    private static boolean isClose(JavaCodeUnit it) {
        return it.getName().equals("close") && it.getRawParameterTypes().isEmpty();
    }

    private static ArchCondition<JavaClass> hold(
            String description, BiConsumer<JavaClass, Consumer<String>> problemsOf) {
        return new ArchCondition<>(description) {
            @Override
            public void check(JavaClass it, ConditionEvents events) {
                problemsOf.accept(it, problem -> events.add(SimpleConditionEvent.violated(it, problem)));
            }
        };
    }
}
