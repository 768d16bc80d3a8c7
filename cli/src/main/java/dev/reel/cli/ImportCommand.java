package dev.reel.cli;

import dev.reel.Json;
import dev.reel.SessionStore;
import dev.reel.jsonl.ImportProblem;
import dev.reel.jsonl.ImportResult;
import dev.reel.jsonl.JsonlImport;
import dev.reel.memory.MemorySessionStore;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import reactor.core.Exceptions;

/** {@code reel import}. */
@Command(
        name = "import",
        header = "Imports a directory of ExAthena's session files, and prints what it holds.",
        description = {
            "",
            "Reads the files *.jsonl directly in the directory. Lines that can't be read are reported, each kind"
                    + " of problem once, and all others are kept. If no line can be read, for example because the files are"
                    + " another agent's, it exits with 1; reel append accepts events of any origin. With --store the sessions"
                    + " are kept in that store, which is created if it does not exist; importing again adds only new events."
                    + " Without --store it is a dry run.",
            "",
            "A directory that Reel wrote is already a store: open it with --store; it needs no import."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Reel.Version.class)
final class ImportCommand implements Callable<Integer> {

    /** How many kinds of problems are printed. */
    private static final int SHOWN = 20;

    /** The reason for a line that is JSON, but not an event. */
    private static final Pattern NO_EVENT = Pattern.compile("^(torn: )?'(event|ts)' must be present");

    /** The part of a reason that differs between problems of one kind. */
    private static final Pattern PLACE = Pattern.compile(" ?\\(byte [0-9]+ of the line\\)");

    private static final Pattern NUMBER = Pattern.compile("[0-9]+");

    private final Terminal terminal;

    @Parameters(
            arity = "0..1",
            paramLabel = "DIR",
            defaultValue = ".exathena/sessions",
            description = "The directory; ${DEFAULT-VALUE} by default.")
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private Path directory;

    @Option(names = "--no-overwrite", description = "Skips sessions that the store already has.")
    private boolean keep;

    @Option(names = "--json", description = "Prints the result as one JSON object.")
    private boolean json;

    @Mixin
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private StoreAt at;

    ImportCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        checkIsNoStore();
        try (SessionStore store = at.isGiven() ? at.made() : MemorySessionStore.create();
                ProgressBar bar = new ProgressBar(terminal, "importing")) {
            ImportResult result = run(
                    JsonlImport.into(store)
                            .withRoot(directory)
                            .withOverwrite(!keep)
                            .withProgress(bar::show),
                    directory);
            bar.hide();
            if (json) {
                terminal.out().println(jsonOf(result));
            } else {
                print(result);
            }
            if (result.sessions() == 0 && !result.problems().isEmpty()) {
                throw nothing(result);
            }
        }
        return 0;
    }

    private CommandFailure nothing(ImportResult result) {
        boolean isOther = result.problems().stream()
                .anyMatch(it -> NO_EVENT.matcher(it.reason()).find());
        return new CommandFailure("nothing was imported from " + directory + ": "
                + (isOther
                        ? "its lines are not events of ExAthena or Reel, so they may have another program's format;"
                                + " convert each line to {\"event\":TYPE,\"data\":{…}}, and pass them to reel append"
                        : "no line can be read; see the problems above"));
    }

    private void checkIsNoStore() {
        if (ReelFiles.areIn(directory)) {
            throw new CommandFailure("Reel wrote " + Text.oneLine(directory.toString())
                    + ", so it needs no import: open it with --store " + Text.oneLine(directory.toString()));
        }
        Path into = at.isGiven() && !at.isRemote() ? at.root() : null;
        if (into != null
                && into.toAbsolutePath()
                        .normalize()
                        .equals(directory.toAbsolutePath().normalize())) {
            throw new CommandFailure("a store opens an ExAthena directory in place, without an import: reel ls"
                    + " --store " + Text.oneLine(directory.toString()));
        }
    }

    /** Runs an import and converts its errors to readable messages. */
    static ImportResult run(JsonlImport it, Path directory) {
        try {
            ImportResult result = it.run().block();
            if (result == null) {
                throw new IllegalStateException("the import completed without a result");
            }
            return result;
        } catch (RuntimeException e) {
            Throwable cause = Exceptions.unwrap(e);
            if (cause instanceof NoSuchFileException) {
                throw new CommandFailure("directory " + directory + " does not exist");
            }
            if (cause instanceof NotDirectoryException) {
                throw new CommandFailure(directory + " is not a directory");
            }
            if (cause instanceof IOException) {
                throw new CommandFailure(directory + " can't be read: " + cause.getMessage());
            }
            throw e;
        }
    }

    static Json jsonOf(ImportResult result) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("sessions", result.sessions());
        object.put("events", result.events());
        object.put("messages", result.messages());
        object.put("replaced", result.replaced());
        object.put("skipped", result.skipped());
        object.put("repeated", result.repeated());
        List<Json> problems = result.problems().stream()
                .map(it -> Json.object("file", it.file(), "line", it.line(), "reason", it.reason()))
                .toList();
        object.put("problems", problems);
        object.put("further_problems", result.furtherProblems());
        return Json.of(object);
    }

    private void print(ImportResult result) {
        terminal.out()
                .println("Read "
                        + terminal.styled(Terminal.Style.BOLD, Text.count(result.sessions(), "session"))
                        + " with " + Text.count(result.events(), "event") + " and "
                        + Text.count(result.messages(), "message") + " from " + Text.oneLine(directory.toString()));
        printIfAny(result.replaced(), "replaced: the log and the file had diverged");
        printIfAny(result.skipped(), "skipped: the store already has them");
        printIfAny(result.repeated(), "repeated: lines that repeat another line");
        List<ImportProblem> problems = result.problems();
        long count = problems.size() + result.furtherProblems();
        if (count > 0) {
            terminal.out()
                    .println("  " + terminal.styled(Terminal.Style.YELLOW, Text.count(count, "problem"))
                            + (result.sessions() == 0 ? ":" : "; everything else is kept:"));
            printKinds(problems);
        }
        if (result.furtherProblems() > 0) {
            terminal.out().println("    … and " + Text.number(result.furtherProblems()) + " more");
        }
        if (result.sessions() == 0 && count == 0) {
            terminal.out().println("  there is no file named *.jsonl with a line in that directory");
        }
        if (result.sessions() == 0) {
            return;
        }
        terminal.out()
                .println(
                        at.isGiven()
                                ? "They are in " + Text.oneLine(at.text()) + "."
                                : "This was a dry run, in memory; pass --store ROOT to keep them.");
    }

    private void printIfAny(long n, String what) {
        if (n > 0) {
            terminal.out().println("  " + Text.number(n) + " " + what);
        }
    }

    /** Prints each kind of problem once, with the file and line where it first occurs and the number of its other occurrences. */
    private void printKinds(List<ImportProblem> problems) {
        Map<String, List<ImportProblem>> kinds = problems.stream()
                .collect(Collectors.groupingBy(ImportCommand::kindOf, LinkedHashMap::new, Collectors.toList()));
        kinds.values().stream().limit(SHOWN).forEach(this::print);
        if (kinds.size() > SHOWN) {
            terminal.out().println("    … and " + Text.count(kinds.size() - SHOWN, "more kind") + ", with --json");
        }
    }

    private static String kindOf(ImportProblem problem) {
        return NUMBER.matcher(PLACE.matcher(problem.reason()).replaceAll("")).replaceAll("0");
    }

    private void print(List<ImportProblem> alike) {
        ImportProblem first = alike.get(0);
        String place = Text.oneLine(first.file()) + (first.line() == 0 ? "" : ":" + first.line());
        int more = alike.size() - 1;
        String reason =
                more == 0 ? first.reason() : PLACE.matcher(first.reason()).replaceAll("");
        terminal.out()
                .println("    " + place + (more == 0 ? "" : " and " + Text.number(more) + " more") + "  "
                        + Text.oneLine(reason));
    }
}
