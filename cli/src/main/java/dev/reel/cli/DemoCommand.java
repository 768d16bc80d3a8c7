package dev.reel.cli;

import dev.reel.SessionStore;
import dev.reel.memory.MemorySessionStore;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code reel demo}. */
@Command(
        name = "demo",
        header = "Shows in half a minute what Reel does.",
        description = {
            "",
            "Imports a sample, follows a session with two readers while an agent writes to it, then rewinds, redoes"
                    + " and forks it, and rebuilds all rows from the logs.",
            "",
            "It runs in memory, or with --store in a store on disk, where you can run it again."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Reel.Version.class)
final class DemoCommand implements Callable<Integer> {

    private static final String SAMPLE = "dev/reel/cli/samples/exathena-sessions";

    private final Terminal terminal;

    @Option(
            names = "--fast",
            description = "Does not pause for reading. This is the default if the output is not a terminal.")
    private boolean fast;

    // No environment variable: the demo must not write to a store by accident.
    @Option(names = "--store", paramLabel = "ROOT", description = "The directory of the store to run in.")
    private @Nullable Path root;

    DemoCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException {
        Path code = codeOf(DemoCommand.class);
        if (Files.isDirectory(code)) {
            return play(code.resolve(SAMPLE));
        }
        try (FileSystem jar = FileSystems.newFileSystem(code)) {
            return play(jar.getPath(SAMPLE));
        }
    }

    private int play(Path sample) {
        Stage stage = new Stage(terminal, terminal.isTerminal() && !fast);
        try (SessionStore store = root == null ? MemorySessionStore.create() : StoreAt.open(root)) {
            return new Demo(store, sample, stage, root).play() ? 0 : 1;
        }
    }

    /** Returns the jar, or the directory of classes. */
    private static Path codeOf(Class<?> type) {
        CodeSource source = type.getProtectionDomain().getCodeSource();
        try {
            return Path.of(source.getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException("the location of a class is a URI", e);
        }
    }
}
