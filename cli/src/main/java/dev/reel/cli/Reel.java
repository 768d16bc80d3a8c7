package dev.reel.cli;

import dev.reel.ReelException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.IFactory;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The {@code reel} command. Exit codes: 0 done, 1 found a problem, 2 wrong usage. */
@Command(
        name = "reel",
        description = "Record, replay, tail, rewind and fork the sessions of agents.",
        mixinStandardHelpOptions = true,
        versionProvider = Reel.Version.class,
        synopsisSubcommandLabel = "COMMAND",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:done", "1:found a problem", "2:wrong usage"},
        commandListHeading = "%nCommands:%n",
        footer = {
            "",
            "An argument that begins with - goes behind --, as in: reel import -- -dir",
            "Begin with: reel demo"
        },
        subcommands = {DemoCommand.class, ImportCommand.class})
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

    /** Runs a command line; gives its exit code. */
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
        terminal.err().flush();
        return code;
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Which command?");
    }

    /** Commands are made with the terminal that they write to. */
    private static IFactory factory(Terminal terminal) {
        IFactory standard = CommandLine.defaultFactory();
        return new IFactory() {
            @Override
            public <K> K create(Class<K> type) throws Exception {
                if (type == DemoCommand.class) {
                    return type.cast(new DemoCommand(terminal));
                }
                if (type == ImportCommand.class) {
                    return type.cast(new ImportCommand(terminal));
                }
                return standard.create(type);
            }
        };
    }

    private static int fail(Terminal terminal, Exception error) {
        String message = error instanceof CommandFailure || error instanceof ReelException
                ? error.getMessage()
                : "something that should not happen: " + error;
        terminal.err().println(terminal.styled(Terminal.Style.RED, "reel: " + Text.oneLine(String.valueOf(message))));
        return CommandLine.ExitCode.SOFTWARE;
    }

    /** Tells the version that the jar says. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = Reel.class.getPackage().getImplementationVersion();
            return new String[] {"reel " + (version == null ? "(not from its jar)" : version)};
        }
    }
}
