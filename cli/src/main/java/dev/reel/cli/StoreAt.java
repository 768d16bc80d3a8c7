package dev.reel.cli;

import dev.reel.InvalidInputException;
import dev.reel.SessionStore;
import dev.reel.StoreFailedException;
import dev.reel.StoreFullException;
import dev.reel.StoreOptions;
import dev.reel.client.ClientOptions;
import dev.reel.client.HttpSessionStore;
import dev.reel.jsonl.JsonlSessionStore;
import dev.reel.jsonl.JsonlStoreOptions;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code --store}: the store that a command works on, as the directory of its files or the URL of a server. */
final class StoreAt {

    private static final String PASS_IT = "pass --store ROOT or set REEL_STORE";

    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Option(
            names = "--store",
            paramLabel = "ROOT",
            defaultValue = "${env:REEL_STORE}",
            description = "The directory of the store, or the URL of a server (its token is in REEL_TOKEN). By default,"
                    + " the value of the environment variable REEL_STORE.")
    private @Nullable String store;

    boolean isGiven() {
        return store != null && !store.isEmpty();
    }

    /** Returns the value of the option, for messages. */
    String text() {
        String given = store;
        if (given == null || !isGiven()) {
            throw new ParameterException(spec.commandLine(), "No store: " + PASS_IT);
        }
        return given;
    }

    /** Returns whether it is a server's store, so that there are no files to read. */
    boolean isRemote() {
        String given = text();
        return given.startsWith("http://") || given.startsWith("https://");
    }

    Path root() {
        if (isRemote()) {
            throw new ParameterException(
                    spec.commandLine(),
                    "reel " + spec.name() + " works on the files of a store: pass --store ROOT, a directory");
        }
        try {
            return Path.of(text());
        } catch (InvalidPathException e) {
            throw new ParameterException(spec.commandLine(), "invalid --store '" + text() + "': " + e.getReason());
        }
    }

    /** Returns the directory, which must exist. */
    Path existing() {
        Path given = root();
        if (!Files.isDirectory(given)) {
            throw new CommandFailure("store not found: " + given
                    + (Files.exists(given) ? " is not a directory" : " does not exist") + "; " + PASS_IT);
        }
        return given;
    }

    /** Opens an existing store for a command that writes nothing; another process may write to it. */
    SessionStore forReading() {
        if (isRemote()) {
            return remote(System.getenv("REEL_TOKEN"));
        }
        Path directory = existing();
        try {
            return JsonlSessionStore.follow(directory);
        } catch (StoreFailedException | StoreFullException e) {
            throw new CommandFailure(String.valueOf(e.getMessage()));
        }
    }

    /** Opens an existing store. */
    SessionStore forWriting() {
        return isRemote() ? remote(System.getenv("REEL_TOKEN")) : open(existing());
    }

    /** Opens the store; creates it if it does not exist. */
    SessionStore made() {
        return isRemote() ? remote(System.getenv("REEL_TOKEN")) : open(root());
    }

    /** Opens a store in files with other options than the default ones; creates it if it does not exist. */
    SessionStore made(StoreOptions options) {
        return open(root(), options);
    }

    private SessionStore remote(@Nullable String token) {
        try {
            ClientOptions options = ClientOptions.standard();
            return HttpSessionStore.connect(
                    new URI(text()), token == null || token.isEmpty() ? options : options.withToken(token));
        } catch (URISyntaxException | InvalidInputException e) {
            throw new ParameterException(spec.commandLine(), "invalid --store '" + text() + "': " + e.getMessage());
        }
    }

    /** Opens a store in files; creates it if it does not exist. */
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
