package dev.reel.cli;

import dev.reel.ReelException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.IFactory;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import reactor.core.Exceptions;

/** The {@code reel} command. Exit codes: 0 done, 1 found a problem or failed, 2 wrong usage. */
@Command(
        name = "reel",
        description = "Record, replay, tail, rewind and fork the sessions of agents.",
        mixinStandardHelpOptions = true,
        versionProvider = Reel.Version.class,
        synopsisSubcommandLabel = "COMMAND",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:done", "1:found a problem, or failed", "2:wrong usage"},
        commandListHeading = "%nCommands:%n",
        footer = {
            "",
            "Write -- before an argument that begins with -, as in: reel import -- -dir",
            "--store ROOT selects the store; without it, the variable REEL_STORE does. ROOT is a",
            "directory, or the URL of a server such as http://127.0.0.1:7070.",
            "Start with: reel demo"
        },
        subcommands = {
            DemoCommand.class,
            ImportCommand.class,
            ListCommand.class,
            ShowCommand.class,
            EventsCommand.class,
            TailCommand.class,
            AppendCommand.class,
            ExportCommand.class,
            ForkCommand.class,
            RewindCommand.class,
            UndoCommand.class,
            RedoCommand.class,
            CheckpointCommand.class,
            PurgeCommand.class,
            VerifyCommand.class,
            RepairCommand.class,
            StatsCommand.class,
            ServeCommand.class
        })
public final class Reel implements Runnable {

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    private Reel() {}

    /**
     * Runs the command and ends the process with its exit code.
     *
     * @param args the command line
     */
    public static void main(String[] args) {
        System.exit(run(Terminal.ofProcess(), args));
    }

    /** Runs a command line and returns its exit code. */
    static int run(Terminal terminal, String... args) {
        CommandLine line = new CommandLine(new Reel(), factory(terminal));
        line.setOut(new PrintWriter(terminal.out(), true, StandardCharsets.UTF_8));
        line.setErr(new PrintWriter(terminal.err(), true, StandardCharsets.UTF_8));
        line.setColorScheme(Help.defaultColorScheme(terminal.hasColour() ? Help.Ansi.ON : Help.Ansi.OFF));
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setUsageHelpLongOptionsMaxWidth(30);
        line.setExecutionExceptionHandler((error, command, parsed) -> fail(terminal, error));
        int code = line.execute(args);
        terminal.out().flush();
        String failure = terminal.out().failure();
        if (failure != null && !terminal.out().isUnread()) {
            tell(terminal, "the output could not be written, and is not complete: " + failure);
            code = CommandLine.ExitCode.SOFTWARE;
        }
        terminal.err().flush();
        return code;
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "No command: pass one of those below");
    }

    /** Creates commands with the terminal that they write to. */
    private static IFactory factory(Terminal terminal) {
        IFactory standard = CommandLine.defaultFactory();
        return new IFactory() {
            @Override
            public <K> K create(Class<K> type) throws Exception {
                if (Callable.class.isAssignableFrom(type)) {
                    return type.getDeclaredConstructor(Terminal.class).newInstance(terminal);
                }
                return standard.create(type);
            }
        };
    }

    private static int fail(Terminal terminal, Exception error) {
        if (error instanceof Output.Gone) {
            return CommandLine.ExitCode.OK; // other write errors are reported after the command
        }
        Throwable cause = Exceptions.unwrap(error);
        boolean isTold = cause instanceof CommandFailure
                || cause instanceof ReelException
                || cause instanceof IOException
                || cause instanceof UncheckedIOException;
        String message = isTold && cause.getMessage() != null ? cause.getMessage() : "internal error: " + cause;
        tell(terminal, String.valueOf(message));
        return CommandLine.ExitCode.SOFTWARE;
    }

    private static void tell(Terminal terminal, String message) {
        terminal.err().println(terminal.styled(Terminal.Style.RED, "reel: " + Text.oneLine(message)));
    }

    /** Prints the version of the jar. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = Reel.class.getPackage().getImplementationVersion();
            return new String[] {"reel " + (version == null ? "(not from its jar)" : version)};
        }
    }
}
