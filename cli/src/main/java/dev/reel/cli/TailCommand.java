package dev.reel.cli;

import dev.reel.From;
import dev.reel.Range;
import dev.reel.SessionEvent;
import dev.reel.SessionStore;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code reel tail}. */
@Command(
        name = "tail",
        header = "Prints the last events of a session; with -f also new events.",
        description = {
            "",
            "With -f it continues until the session is closed or purged, or you stop it. The session need not exist yet."
        })
final class TailCommand extends StoreCommand {

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Parameters(paramLabel = "ID", converter = SessionId.class, description = "The session.")
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private String id;

    @Option(
            names = {"-f", "--follow"},
            description = "Waits for new events.")
    private boolean follow;

    @Option(
            names = "-n",
            paramLabel = "N",
            defaultValue = "10",
            description = "The number of events; ${DEFAULT-VALUE} by default.")
    private long count;

    @Option(names = "--json", description = "Prints each event as a line of the JSONL format.")
    private boolean json;

    TailCommand(Terminal terminal) {
        super(terminal);
    }

    @Override
    public Integer call() {
        if (count < (follow ? 0 : 1)) {
            throw new ParameterException(
                    spec.commandLine(), "invalid -n " + count + ": expected " + (follow ? 0 : 1) + " or more");
        }
        EventText text = new EventText(terminal, json);
        try (SessionStore store = at.forReading();
                Output out = new Output(terminal.out())) {
            if (follow) {
                From from = count == 0 ? From.now() : From.last(count);
                for (SessionEvent event : store.tail(id, from).toIterable(1)) {
                    text.print(event, out);
                    out.flush();
                }
            } else {
                requireSession(store, id);
                for (SessionEvent event : store.replay(id, Range.last(count)).toIterable(256)) {
                    text.print(event, out);
                }
            }
        }
        return 0;
    }
}
