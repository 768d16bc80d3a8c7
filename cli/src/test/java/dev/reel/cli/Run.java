package dev.reel.cli;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The output and the exit code of a command line. */
record Run(int code, String out, String err) {

    /** Runs in this process. */
    static Run here(String... args) {
        return run("", args);
    }

    /** Runs in this process, with this standard input. */
    static Run withInput(String input, String... args) {
        return run(input, args);
    }

    private static Run run(String input, String[] args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Run run = into(out, input, args);
        return new Run(run.code, out.toString(StandardCharsets.UTF_8), run.err);
    }

    /** Runs in this process, with results written to this stream. */
    static Run into(OutputStream out, String input, String... args) {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int code = Reel.run(
                Terminal.plain(
                        new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
                        Results.to(out),
                        new PrintStream(err, true, StandardCharsets.UTF_8)),
                args);
        return new Run(code, "", err.toString(StandardCharsets.UTF_8));
    }

    /** Runs the jar as a separate process, with pipes. */
    static Run jar(Path directory, Map<String, String> environment, List<String> jvm, String... args)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(jvm);
        command.add("-jar");
        command.add(Path.of("target", "reel.jar").toAbsolutePath().toString());
        command.addAll(List.of(args));
        Path out = Files.createTempFile("reel", ".out");
        Path err = Files.createTempFile("reel", ".err");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().keySet().removeAll(List.of("NO_COLOR", "TERM", "JAVA_TOOL_OPTIONS"));
        builder.environment().putAll(environment);
        Process process = builder.start();
        try {
            if (!process.waitFor(60, TimeUnit.SECONDS)) {
                throw new IllegalStateException("it does not end");
            }
            return new Run(process.exitValue(), Files.readString(out), Files.readString(err));
        } finally {
            process.destroyForcibly();
            Files.delete(out);
            Files.delete(err);
        }
    }
}
