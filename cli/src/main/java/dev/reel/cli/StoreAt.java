package dev.reel.cli;

import dev.reel.SessionStore;
import dev.reel.StoreFailedException;
import dev.reel.StoreFullException;
import dev.reel.StoreOptions;
import dev.reel.jsonl.JsonlSessionStore;
import dev.reel.jsonl.JsonlStoreOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code --store}: which store a command is about. */
final class StoreAt {

    private static final String PASS_IT = "pass --store ROOT or set REEL_STORE";

    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Option(
            names = "--store",
            paramLabel = "ROOT",
            defaultValue = "${env:REEL_STORE}",
            description = "The directory of the store. Where it is not given, the environment variable REEL_STORE names"
                    + " it.")
    private @Nullable Path root;

    boolean isGiven() {
        return root != null && !root.toString().isEmpty();
    }

    Path root() {
        Path given = root;
        if (given == null || !isGiven()) {
            throw new ParameterException(spec.commandLine(), "No store: " + PASS_IT);
        }
        return given;
    }

    /** A root that is there. */
    Path existing() {
        Path given = root();
        if (!Files.isDirectory(given)) {
            throw new CommandFailure("store not found: " + given
                    + (Files.exists(given) ? " is not a directory" : " does not exist") + "; " + PASS_IT);
        }
        return given;
    }

    /** The store, for a command that writes nothing, also while another process writes. It must be there. */
    SessionStore forReading() {
        Path directory = existing();
        try {
            return JsonlSessionStore.follow(directory);
        } catch (StoreFailedException | StoreFullException e) {
            throw new CommandFailure(String.valueOf(e.getMessage()));
        }
    }

    /** The store, which must be there. */
    SessionStore forWriting() {
        return open(existing());
    }

    /** The store; made where it is not there. */
    SessionStore made() {
        return open(root());
    }

    /** The store with other options than the standard ones; made where it is not there. */
    SessionStore made(StoreOptions options) {
        return open(root(), options);
    }

    /** A store; made where it is not there. */
    static SessionStore open(Path directory) {
        return open(directory, StoreOptions.standard());
    }

    private static SessionStore open(Path directory, StoreOptions options) {
        try {
            return JsonlSessionStore.open(directory, options, JsonlStoreOptions.standard());
        } catch (StoreFailedException | StoreFullException e) {
            throw new CommandFailure(String.valueOf(e.getMessage()));
        }
    }
}
