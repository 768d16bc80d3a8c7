package dev.reel.cli;

import dev.reel.InvalidInputException;
import dev.reel.SessionStore;
import dev.reel.memory.MemorySessionStore;
import dev.reel.server.ServerOptions;
import dev.reel.server.SessionServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.netty.ChannelBindException;

/** {@code reel serve}. */
@Command(
        name = "serve",
        header = "Serves a store over HTTP until you stop it.",
        description = {
            "",
            "It opens the store for writing, and creates it if it does not exist. With --demo it serves a store in memory"
                    + " to which an agent writes. Open its address in a browser to see the sessions.",
            "",
            "Without a token it serves this machine only. The environment variables REEL_TOKEN (read and write) and"
                    + " REEL_READ_TOKEN (read), or files, set tokens; each request then needs one:"
                    + " Authorization: Bearer TOKEN."
        })
final class ServeCommand extends StoreCommand {

    private static final String TOKEN = "REEL_TOKEN";
    private static final String READ_TOKEN = "REEL_READ_TOKEN";

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Option(names = "--demo", description = "Serves a store in memory to which an agent writes.")
    private boolean demo;

    @Option(
            names = "--host",
            paramLabel = "HOST",
            defaultValue = "127.0.0.1",
            description =
                    "The address to listen at; ${DEFAULT-VALUE} by default. One that other machines can reach needs a"
                            + " token, or --insecure.")
    private String host = "";

    @Option(
            names = "--port",
            paramLabel = "PORT",
            defaultValue = "7070",
            description = "The port to listen at; ${DEFAULT-VALUE} by default. 0 selects a free one.")
    private int port;

    @Option(names = "--token-file", paramLabel = "FILE", description = "A file with the token that may read and write.")
    private @Nullable Path tokenFile;

    @Option(names = "--read-token-file", paramLabel = "FILE", description = "A file with the token that may only read.")
    private @Nullable Path readTokenFile;

    @Option(names = "--insecure", description = "Accepts requests without a token from any machine.")
    private boolean insecure;

    @Option(names = "--no-console", description = "Serves the HTTP API only, without the console.")
    private boolean noConsole;

    @Option(names = "--tls-cert", paramLabel = "FILE", description = "Serves HTTPS with these certificates, in PEM.")
    private @Nullable Path certificates;

    @Option(
            names = "--tls-key",
            paramLabel = "FILE",
            description = "The private key of the certificate, in PEM (PKCS#8).")
    private @Nullable Path key;

    @Option(
            names = "--origin",
            paramLabel = "ORIGIN",
            description = "Web pages of this origin may use the server, such as https://example.org. Can be repeated.")
    private String[] origins = new String[0];

    ServeCommand(Terminal terminal) {
        super(terminal);
    }

    @Override
    public Integer call() throws IOException {
        if (demo && spec.commandLine().getParseResult().hasMatchedOption("--store")) {
            throw wrongUsage("Pass --store ROOT or --demo, not both");
        }
        if (!demo && !at.isGiven()) {
            throw wrongUsage("No store: pass --store ROOT or --demo, or set REEL_STORE");
        }
        ServerOptions options = options(System.getenv());
        CountDownLatch ended = new CountDownLatch(1);
        ServedMeters meters = new ServedMeters();
        try (SessionStore store = opened(meters);
                SessionServer server = start(store, meters.of(store, options))) {
            Thread hook = new Thread(() -> end(server::close, ended), "reel-serve-end");
            Runtime.getRuntime().addShutdownHook(hook);
            Disposable agent = demo ? DemoAgent.start(store) : Disposables.disposed();
            announce(server);
            server.onClosed().block();
            agent.dispose();
        } finally {
            ended.countDown();
        }
        return 0;
    }

    private SessionStore opened(ServedMeters meters) {
        return demo ? MemorySessionStore.create(meters.storeOptions()) : at.made(meters.storeOptions());
    }

    /**
     * A signal ends the process after its shutdown hooks have run. This hook closes the server and waits until the
     * store is closed.
     */
    private static void end(Runnable closing, CountDownLatch ended) {
        closing.run();
        try {
            if (!ended.await(1, TimeUnit.MINUTES)) {
                throw new IllegalStateException(
                        "the store did not close within a minute; events that are not yet in session files are in its journal");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void announce(SessionServer server) {
        String token = credentials(System.getenv());
        String follow = "curl -N -H 'Accept: text/event-stream' "
                + (token == null ? "" : "-H \"Authorization: Bearer " + token + "\" ")
                + server.uri();
        say("serving " + (demo ? "a demo in memory" : at.root().toAbsolutePath()) + " at " + server.uri()
                + (token == null ? "" : "; each request needs a token"));
        if (!noConsole) {
            say("see its sessions in a browser: " + server.uri() + "/");
        }
        say("follow a session: " + follow + "/v1/sessions/" + (demo ? DemoAgent.FIRST : "ID") + "/events");
        say("follow all sessions: " + follow + "/v1/events");
        say("meters for Prometheus: " + server.uri() + "/metrics");
        say("stop it with Ctrl-C");
        terminal.out().flush();
    }

    /** Returns the shell expression for a token that allows reads; null if requests need no token. */
    private @Nullable String credentials(Map<String, String> environment) {
        if (tokenFile != null || readTokenFile != null) {
            return "$(cat '" + (tokenFile != null ? tokenFile : readTokenFile) + "')";
        }
        return isSet(environment, TOKEN) ? "$" + TOKEN : isSet(environment, READ_TOKEN) ? "$" + READ_TOKEN : null;
    }

    private SessionServer start(SessionStore store, ServerOptions options) {
        try {
            return SessionServer.start(store, options);
        } catch (ChannelBindException e) {
            throw new CommandFailure(
                    "cannot listen at " + host + ", port " + port
                            + ": the port is in use, or the address does not belong to this machine; pass another --port or --host");
        } catch (InvalidInputException e) {
            throw new CommandFailure(
                    host + " can be reached from other machines; set REEL_TOKEN or --token-file, or pass --insecure");
        } catch (IllegalArgumentException e) {
            throw new CommandFailure("cannot use the files of --tls-cert and --tls-key: " + e.getMessage());
        }
    }

    private ServerOptions options(Map<String, String> environment) throws IOException {
        if ((certificates == null) != (key == null)) {
            throw wrongUsage("Pass --tls-cert and --tls-key together");
        }
        for (String origin : origins) {
            try {
                ServerOptions.standard().withOrigins(origin);
            } catch (InvalidInputException e) {
                throw wrongUsage("invalid --origin '" + origin + "': expected one such as https://example.org");
            }
        }
        if (port < 0 || port > 65_535) {
            throw wrongUsage("invalid --port " + port + ": expected 0 to 65535");
        }
        ServerOptions options =
                ServerOptions.standard().withHost(host).withPort(port).withOrigins(origins);
        options = withToken(options, tokenFile, TOKEN, environment, ServerOptions::withWriteToken);
        options = withToken(options, readTokenFile, READ_TOKEN, environment, ServerOptions::withReadToken);
        options = insecure ? options.withInsecure() : options;
        options = noConsole ? options : options.withConsole();
        return certificates == null || key == null ? options : options.withTls(certificates, key);
    }

    private ServerOptions withToken(
            ServerOptions options,
            @Nullable Path file,
            String variable,
            Map<String, String> environment,
            BiFunction<ServerOptions, String, ServerOptions> with)
            throws IOException {
        if (file == null && !isSet(environment, variable)) {
            return options;
        }
        try {
            return with.apply(options, file == null ? environment.get(variable) : read(file));
        } catch (InvalidInputException e) {
            throw wrongUsage((file == null ? variable : file) + ": " + e.getMessage());
        }
    }

    private static boolean isSet(Map<String, String> environment, String variable) {
        return !environment.getOrDefault(variable, "").isEmpty();
    }

    private static String read(Path file) throws IOException {
        try {
            return Files.readString(file).strip();
        } catch (NoSuchFileException e) {
            throw new CommandFailure("token file not found: " + file);
        }
    }

    private ParameterException wrongUsage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
