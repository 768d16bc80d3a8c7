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
            "Run reel verify first, to see what is wrong. Nobody else may have the store open. All that can be read is"
                    + " kept; each line that does not stay as it was is told. Originals are below .reel/kept."
        })
final class RepairCommand extends StoreCommand {

    @Parameters(
            arity = "0..1",
            paramLabel = "ID",
            converter = SessionId.class,
            description = "One session; all where none is given.")
    private @Nullable String id;

    @Option(
            names = "--adopt",
            description = "Keeps lines that ExAthena appended behind Reel's, as events at the end. Without it they are"
                    + " left out.")
    private boolean adopt;

    RepairCommand(Terminal terminal) {
        super(terminal);
    }

    @Override
    public Integer call() throws IOException {
        RootRepair repair = RootRepair.of(at.existing()).withAdopted(adopt);
        repair = id == null ? repair : repair.withSession(id);
        RootRepair.Result result = repair.run(action -> say(Text.oneLine(action.file())
                + (action.line() == 0 ? "" : ":" + action.line() + " offset " + action.offset()) + "  "
                + Text.oneLine(action.what())));
        if (result.repaired() == 0) {
            say("No session file needed repair.");
        } else {
            say("Repaired " + Text.count(result.repaired(), "session") + ".");
        }
        result.originals().forEach(it -> say("  the original is " + Text.oneLine(it.toString())));
        return 0;
    }
}
