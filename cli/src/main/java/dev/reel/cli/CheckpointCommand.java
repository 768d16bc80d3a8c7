package dev.reel.cli;

import dev.reel.Checkpoint;
import dev.reel.CheckpointRequest;
import dev.reel.Json;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code reel checkpoint}. */
@Command(
        name = "checkpoint",
        header = "Creates a snapshot of a session that you can rewind to.",
        description = {
            "",
            "Prints its id. If an equal snapshot exists, it writes nothing and prints that snapshot's id."
        })
final class CheckpointCommand extends StoreCommand {

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Parameters(paramLabel = "ID", converter = SessionId.class, description = "The session.")
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private String id;

    @Option(
            names = "--message",
            paramLabel = "ID",
            description = "The message to rewind to; the last message by default.")
    private @Nullable String message;

    @Option(names = "--label", paramLabel = "TEXT", description = "A readable name for the snapshot.")
    private @Nullable String label;

    @Option(names = "--metadata", paramLabel = "JSON", description = "Further data, as a JSON object.")
    private @Nullable String metadata;

    CheckpointCommand(Terminal terminal) {
        super(terminal);
    }

    @Override
    public Integer call() {
        CheckpointRequest request = request();
        try (WrittenStore store = writing()) {
            store.writes(id);
            Checkpoint checkpoint = get(store.checkpoint(id, request));
            say(Text.oneLine(checkpoint.snapshot().id()) + "  at message "
                    + Text.oneLine(String.valueOf(checkpoint.snapshot().messageId()))
                    + (checkpoint.existed() ? "  (already exists)" : "  (version " + checkpoint.version() + ")"));
        }
        return 0;
    }

    private CheckpointRequest request() {
        try {
            CheckpointRequest request =
                    message == null ? CheckpointRequest.atLastMessage() : CheckpointRequest.at(message);
            request = label == null ? request : request.withLabel(label);
            return metadata == null ? request : request.withMetadata(Json.parse(metadata));
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()));
        }
    }
}
