package dev.reel.cli;

import dev.reel.jsonl.RootRepair;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code reel repair}. */
@Command(
        name = "repair",
        header = "Makes damaged sessions readable again, and keeps the originals.",
        description = {
            "",
            "Run reel verify first, to see what is wrong. No other process may have the store open. All readable lines"
                    + " are kept. Each changed line is reported; consecutive equal reports are combined. The originals are"
                    + " kept in .reel/kept."
        })
final class RepairCommand extends StoreCommand {

    @Parameters(
            arity = "0..1",
            paramLabel = "ID",
            converter = SessionId.class,
            description = "One session; all sessions by default.")
    private @Nullable String id;

    @Option(
            names = "--adopt",
            description = "Keeps lines that ExAthena appended after Reel's, as events at the end. By default they are"
                    + " removed.")
    private boolean adopt;

    /** The first of the lines that are reported together, and the number of the last one. */
    private RootRepair.@Nullable Action first;

    private long last;

    RepairCommand(Terminal terminal) {
        super(terminal);
    }

    @Override
    public Integer call() throws IOException {
        RootRepair repair = RootRepair.of(at.existing()).withAdopted(adopt);
        repair = id == null ? repair : repair.withSession(id);
        RootRepair.Result result;
        try {
            result = repair.run(this::tell);
        } finally {
            tellRun();
        }
        if (result.repaired() == 0) {
            say("No session file needed repair.");
        } else {
            say("Repaired " + Text.count(result.repaired(), "session") + ".");
        }
        result.originals().forEach(it -> say("  the original is " + Text.oneLine(it.toString())));
        return 0;
    }

    /** Combines consecutive lines with the same report into one. */
    private void tell(RootRepair.Action action) {
        RootRepair.Action before = first;
        boolean goesOn = before != null
                && action.line() > 0
                && action.line() == last + 1
                && action.file().equals(before.file())
                && action.what().equals(before.what());
        if (!goesOn) {
            tellRun();
            first = action;
        }
        last = action.line();
    }

    private void tellRun() {
        RootRepair.Action run = first;
        first = null;
        if (run != null) {
            String lines = run.line() == last ? "" : " to " + last;
            String place = run.line() == 0 ? "" : ":" + run.line() + lines + " offset " + run.offset();
            say(Text.oneLine(run.file()) + place + "  " + Text.oneLine(run.what()));
        }
    }
}
