package dev.reel.cli;

import dev.reel.Range;
import dev.reel.SessionEvent;
import dev.reel.SessionStore;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code reel events}. */
@Command(name = "events", header = "Prints the events of a session, from the first to the last.")
final class EventsCommand extends StoreCommand {

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Parameters(paramLabel = "ID", converter = SessionId.class, description = "The session.")
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private String id;

    @Option(names = "--after", paramLabel = "VERSION", description = "Only events after that version.")
    private long after;

    @Option(names = "--up-to", paramLabel = "VERSION", description = "Only events up to that version.")
    private @Nullable Long upTo;

    @Option(names = "--type", paramLabel = "TYPE", description = "Only events of that type; can be repeated.")
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private List<String> types = List.of();

    @Option(names = "--json", description = "Prints each event as a line of the JSONL format.")
    private boolean json;

    EventsCommand(Terminal terminal) {
        super(terminal);
    }

    @Override
    public Integer call() {
        Range range = range();
        EventText text = new EventText(terminal, json);
        try (SessionStore store = at.forReading();
                Output out = new Output(terminal.out())) {
            requireSession(store, id);
            for (SessionEvent event : store.replay(id, range).toIterable(256)) {
                text.print(event, out);
            }
        }
        return 0;
    }

    private Range range() {
        try {
            Range range = Range.between(after, upTo == null ? Long.MAX_VALUE : upTo);
            return types.isEmpty() ? range : range.withTypes(types.toArray(String[]::new));
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage());
        }
    }
}
