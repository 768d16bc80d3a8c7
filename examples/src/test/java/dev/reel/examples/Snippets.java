package dev.reel.examples;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;

/**
 * Compiles and runs the code in pages and doc comments.
 *
 * <p>A block is either whole classes or statements. Statements are put in a method that has a {@code store}, an {@code
 * id} and a few more variables. The blocks of a page that are marked {@code <!-- run -->} belong together: they are
 * joined in the order of the page, and run with only the page's imports, which are marked {@code <!-- imports -->}.
 * Classes with their own imports get no others.
 */
final class Snippets {

    static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    private static final Pattern FENCE = Pattern.compile(
            "^(?:<!-- (?<mark>\\w+) -->\\n)?```(?<language>\\w*)\\n(?<code>.*?)^```$",
            Pattern.MULTILINE | Pattern.DOTALL);
    private static final Pattern IN_COMMENT =
            Pattern.compile("<pre>\\{@code\\n(?<code>.*?)\\n *\\* *}</pre>", Pattern.DOTALL);
    private static final Pattern CLASS = Pattern.compile(
            "^(@\\w+.*\\n)*((public|final|abstract|sealed) )*(class|interface|record|enum) ", Pattern.MULTILINE);

    private static final String IMPORTS = """
            import static dev.reel.testkit.SessionScenario.said;
            import static org.junit.jupiter.api.Assertions.*;
            import dev.reel.*;
            import dev.reel.client.*;
            import dev.reel.jackson3.*;
            import dev.reel.jsonl.*;
            import dev.reel.memory.*;
            import dev.reel.micrometer.*;
            import dev.reel.server.*;
            import dev.reel.testkit.*;
            import io.micrometer.core.instrument.MeterRegistry;
            import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
            import java.io.IOException;
            import java.net.URI;
            import java.nio.file.Files;
            import java.nio.file.Path;
            import java.time.*;
            import java.util.*;
            import org.junit.jupiter.api.*;
            import reactor.core.Disposable;
            import reactor.core.publisher.*;
            import reactor.core.scheduler.Schedulers;
            import reactor.netty.DisposableServer;
            import reactor.netty.http.server.HttpServer;
            import reactor.test.StepVerifier;
            import tools.jackson.databind.json.JsonMapper;
            """;

    /** A block of code, and its first line in its file. */
    record Snippet(Path file, int line, String language, String mark, String code) {

        boolean isMarked(String as) {
            return as.equals(mark);
        }

        boolean isWholeClasses() {
            return CLASS.matcher(code).find();
        }

        boolean hasImports() {
            return code.startsWith("import ");
        }

        String place() {
            return ROOT.relativize(file) + ":" + line;
        }
    }

    private Snippets() {}

    /** All pages of the project. */
    static List<Path> pages() {
        try (var top = Files.list(ROOT);
                var docs = Files.walk(ROOT.resolve("docs"))) {
            return Stream.concat(top, docs)
                    .filter(it -> it.toString().endsWith(".md"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static List<Snippet> ofPage(Path page, String language) {
        return find(page, FENCE).stream()
                .filter(it -> it.language.equals(language))
                .toList();
    }

    static List<Snippet> ofComments(Path source) {
        return find(source, IN_COMMENT);
    }

    private static List<Snippet> find(Path file, Pattern pattern) {
        String text = read(file);
        List<Snippet> found = new ArrayList<>();
        Matcher matcher = pattern.matcher(text);
        while (matcher.find()) {
            int line = (int) text.substring(0, matcher.start("code")).lines().count() + 1;
            boolean comment = pattern == IN_COMMENT;
            String code = matcher.group("code");
            found.add(new Snippet(
                    file,
                    line,
                    comment ? "java" : matcher.group("language"),
                    comment || matcher.group("mark") == null ? "" : matcher.group("mark"),
                    comment ? code.replaceAll("(?m)^ *\\* ?", "") : code));
        }
        return found;
    }

    /** Compiles some statements, or whole classes. */
    static void compile(Snippet snippet, Path target) {
        compile(snippet, "", "", target);
    }

    /**
     * Compiles statements, or whole classes, that need more than those of a page.
     *
     * @param imports import declarations
     * @param members members of the class around the statements; a variable of a statement may hide one
     */
    static void compile(Snippet snippet, String imports, String members, Path target) {
        compile(
                snippet.place(),
                (snippet.hasImports() ? "" : IMPORTS)
                        + imports
                        + (snippet.isWholeClasses() ? snippet.code() : asMethod(members, snippet.code())),
                target);
    }

    /**
     * Compiles and runs statements in one method, as if a reader had copied them.
     *
     * @param imports the imports that the page shows, and no others
     */
    static void run(List<Snippet> story, String imports, Path target) throws Exception {
        String code = story.stream().map(Snippet::code).collect(Collectors.joining("\n"));
        compile(
                story.get(0).place(),
                imports + "class Snippet {\nstatic void statements() throws Exception {\n" + code + "}\n}\n",
                target);
        try (URLClassLoader loader = loaderOf(target)) {
            Method method = loader.loadClass("Snippet").getDeclaredMethod("statements");
            method.setAccessible(true);
            invoke(method, null);
        }
    }

    /** Compiles a test class and runs its tests; returns the number of tests. */
    static int runTests(Snippet snippet, Path target) throws Exception {
        compile(snippet, target);
        int tests = 0;
        try (URLClassLoader loader = loaderOf(target);
                var files = Files.list(target)) {
            for (Path file :
                    files.filter(it -> it.toString().endsWith(".class")).toList()) {
                Class<?> type = loader.loadClass(file.getFileName().toString().replace(".class", ""));
                for (Method method : type.getDeclaredMethods()) {
                    if (method.isAnnotationPresent(Test.class)) {
                        var constructor = type.getDeclaredConstructor();
                        constructor.setAccessible(true);
                        method.setAccessible(true);
                        invoke(method, constructor.newInstance());
                        tests++;
                    }
                }
            }
        }
        return tests;
    }

    private static void invoke(Method method, Object on, Object... arguments) throws Exception {
        try {
            method.invoke(on, arguments);
        } catch (InvocationTargetException e) {
            throw new AssertionError(method.getName() + " failed: " + e.getCause(), e.getCause());
        }
    }

    private static URLClassLoader loaderOf(Path target) throws IOException {
        return new URLClassLoader(new URL[] {target.toUri().toURL()}, Snippets.class.getClassLoader());
    }

    /** The statements may return. The {@code if} keeps the code after them reachable for the compiler. */
    private static String asMethod(String members, String statements) {
        return """
                class Snippet {
                    static final TailProbe console = TailProbe.of("console", Flux.empty());
                    static final Counter counter = null;

                    interface Counter {
                        long version();
                    }

                %s
                    static Object statements(SessionStore store, String id) throws Exception {
                        if (true) {
                %s
                        }
                        return null;
                    }
                }
                """.formatted(members, statements);
    }

    private static void compile(String place, String source, Path target) {
        JavaCompiler javac = ToolProvider.getSystemJavaCompiler();
        DiagnosticCollector<JavaFileObject> problems = new DiagnosticCollector<>();
        try (StandardJavaFileManager files = javac.getStandardFileManager(problems, null, null)) {
            Path file = Files.writeString(target.resolve("Snippet.java"), source);
            StringWriter out = new StringWriter();
            List<String> options = List.of(
                    "--release",
                    "17",
                    "-proc:none",
                    "-d",
                    target.toString(),
                    "-cp",
                    System.getProperty("java.class.path"));
            boolean compiled = javac.getTask(out, files, problems, options, null, files.getJavaFileObjects(file))
                    .call();
            if (!compiled) {
                throw new AssertionError(place + " does not compile:\n"
                        + problems.getDiagnostics().stream()
                                .filter(it -> it.getKind() == Diagnostic.Kind.ERROR)
                                .map(it -> told(it, source))
                                .collect(Collectors.joining("\n"))
                        + out);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String told(Diagnostic<?> problem, String source) {
        return source.lines().skip(problem.getLineNumber() - 1).findFirst().orElse("") + "\n  "
                + problem.getMessage(null);
    }
}
