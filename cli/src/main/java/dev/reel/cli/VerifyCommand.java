package dev.reel.cli;

import dev.reel.Json;
import dev.reel.cli.Terminal.Style;
import dev.reel.jsonl.RootCheck;
import dev.reel.jsonl.RootProblem;
import java.io.IOException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code reel verify}. */
@Command(
        name = "verify",
        header = "Reads every byte of a store, and reports what is wrong.",
        description = {
            "",
            "Changes nothing, and can be run while another process writes. Exits with 1 if it finds damage. It also"
                    + " reports what is not damage: an incomplete end of a file, which was never acknowledged (torn),"
                    + " a position or snapshot id that two events claim (disputed), events that change no row (nonsense),"
                    + " skipped lines and files (passed), file names that differ only in case (alike), and errors in files"
                    + " that the store rebuilds (derived)."
        })
final class VerifyCommand extends StoreCommand {

    @Parameters(
            arity = "0..1",
            paramLabel = "ID",
            converter = SessionId.class,
            description = "One session; by default all sessions and the store's own files.")
    private @Nullable String id;

    @Option(names = "--json", description = "Prints an array with one object per problem.")
    private boolean json;

    @Option(names = "--damage", description = "Reports only damage.")
    private boolean onlyDamage;

    VerifyCommand(Terminal terminal) {
        super(terminal);
    }

    @Override
    public Integer call() throws IOException {
        RootCheck check = RootCheck.of(at.existing());
        check = id == null ? check : check.withSession(id);
        try (Output out = new Output(terminal.out())) {
            boolean[] any = new boolean[1];
            RootCheck.Result result = check.run(problem -> {
                if (!onlyDamage || problem.isDamage()) {
                    out.line(json ? (any[0] ? "," : "[") + jsonOf(problem) : textOf(problem));
                    any[0] = true;
                }
            });
            if (id != null && result.sessions() == 0 && result.damages() == 0) {
                throw noSession(id);
            }
            if (json) {
                out.line(any[0] ? "]" : "[]");
            } else {
                out.line(summary(result));
            }
            return result.damages() > 0 ? 1 : 0;
        }
    }

    private String summary(RootCheck.Result result) {
        String read = Text.count(result.sessions(), "session") + ", " + Text.count(result.events(), "event") + ": ";
        String rest = result.others() == 0
                ? ""
                : "; " + Text.number(result.others()) + " other " + (result.others() == 1 ? "thing" : "things")
                        + " to note";
        return result.damages() == 0
                ? read + styled(Style.GREEN, "no damage") + rest
                : read + styled(Style.RED, Text.count(result.damages(), "place") + " damaged") + rest
                        + "; reel repair keeps the originals";
    }

    private String textOf(RootProblem problem) {
        String place = Text.oneLine(problem.file()) + (problem.line() == 0 ? "" : ":" + problem.line()) + " offset "
                + problem.offset();
        Style style = problem.isDamage() ? Style.RED : Style.YELLOW;
        return styled(style, Text.fit(nameOf(problem), 8)) + "  " + place + "  " + Text.oneLine(problem.reason());
    }

    private static String nameOf(RootProblem problem) {
        return problem.kind().name().toLowerCase(Locale.ROOT);
    }

    private static Json jsonOf(RootProblem problem) {
        return Json.object(
                "kind", nameOf(problem),
                "session", problem.sessionId(),
                "file", problem.file(),
                "line", problem.line(),
                "offset", problem.offset(),
                "reason", problem.reason());
    }
}
