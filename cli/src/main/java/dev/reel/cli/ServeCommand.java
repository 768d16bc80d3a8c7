package dev.reel.cli;

import dev.reel.InvalidInputException;
import dev.reel.SessionStore;
import dev.reel.memory.MemorySessionStore;
import dev.reel.server.ServerOptions;
import dev.reel.server.SessionServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
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
        header = "Serves a store over HTTP, until you end it.",
        description = {
            "",
            "It opens the store for writing, and makes it where it is not there. With --demo it serves one in memory, to"
                    + " which an agent writes.",
            "",
            "Without a token it serves this machine only. The environment variables REEL_TOKEN (reading and writing) and"
                    + " REEL_READ_TOKEN (reading), or files, set tokens; each request then needs one:"
                    + " Authorization: Bearer TOKEN."
        })
final class ServeCommand extends StoreCommand {

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Option(names = "--demo", description = "A store in memory, and an agent that writes to it.")
    private boolean demo;

    @Option(
            names = "--host",
            paramLabel = "HOST",
            defaultValue = "127.0.0.1",
            description =
                    "Where it listens; ${DEFAULT-VALUE} by default. Another address needs a token, or --insecure.")
    private String host = "";

    @Option(
            names = "--port",
            paramLabel = "PORT",
            defaultValue = "7070",
            description = "The port; ${DEFAULT-VALUE} by default, 0 for a free one.")
    private int port;

    @Option(names = "--token-file", paramLabel = "FILE", description = "A file with the token for reading and writing.")
    private @Nullable Path tokenFile;

    @Option(names = "--read-token-file", paramLabel = "FILE", description = "A file with the token for reading.")
    private @Nullable Path readTokenFile;

    @Option(names = "--insecure", description = "Takes requests from anywhere without a token.")
    private boolean insecure;

    @Option(names = "--tls-cert", paramLabel = "FILE", description = "Serves HTTPS: the certificates, in PEM.")
    private @Nullable Path certificates;

    @Option(names = "--tls-key", paramLabel = "FILE", description = "The private key, in PEM (PKCS#8).")
    private @Nullable Path key;

    @Option(
            names = "--origin",
            paramLabel = "ORIGIN",
            description =
                    "Web pages of this origin may use the server, such as https://example.org. Can be given often.")
    private String[] origins = new String[0];

    ServeCommand(Terminal terminal) {
        super(terminal);
    }

    @Override
    public Integer call() throws IOException {
        if (demo == at.isGiven()) {
            throw new ParameterException(
                    spec.commandLine(),
                    demo ? "Pass --store ROOT or --demo, not both" : "No store: pass --store ROOT or --demo");
        }
        ServerOptions options = options(System.getenv());
        CountDownLatch ended = new CountDownLatch(1);
        try (SessionStore store = demo ? MemorySessionStore.create() : at.made();
                SessionServer server = start(store, options)) {
            Thread hook = new Thread(() -> end(server::close, ended), "reel-serve-end");
            Runtime.getRuntime().addShutdownHook(hook);
            Disposable agent = demo ? DemoAgent.start(store) : Disposables.disposed();
            announce(server, options);
            server.onClosed().block();
            agent.dispose();
        } finally {
            ended.countDown();
        }
        return 0;
    }

    /** A signal ends the process when its hooks are done: first the answers under way, then the store. */
    private static void end(Runnable closing, CountDownLatch ended) {
        closing.run();
        try {
            if (!ended.await(1, TimeUnit.MINUTES)) {
                throw new IllegalStateException(
                        "the store did not close within a minute; its journal has what is not in files");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void announce(SessionServer server, ServerOptions options) {
        say("serving " + (demo ? "a demo in memory" : at.root().toAbsolutePath()) + " at " + server.uri()
                + (options.hasToken() ? ", with tokens" : ""));
        String session = demo ? DemoAgent.FIRST : "ID";
        String token = options.hasToken() ? " -H \"Authorization: Bearer $REEL_TOKEN\"" : "";
        say("follow a session: curl -N -H 'Accept: text/event-stream'" + token + " " + server.uri() + "/v1/sessions/"
                + session + "/events");
        say("end it with Ctrl-C");
        terminal.out().flush();
    }

    private SessionServer start(SessionStore store, ServerOptions options) {
        try {
            return SessionServer.start(store, options);
        } catch (ChannelBindException e) {
            throw new CommandFailure(
                    "can't listen at " + host + ", port " + port + ": it is in use, or the address is not"
                            + " of this machine; choose another with --port or --host");
        } catch (InvalidInputException e) {
            throw new CommandFailure(
                    host + " can be reached from other machines; set REEL_TOKEN or --token-file, or pass --insecure");
        } catch (IllegalArgumentException e) {
            throw new CommandFailure("the files for TLS can't be used: " + e.getMessage());
        }
    }

    private ServerOptions options(Map<String, String> environment) throws IOException {
        if ((certificates == null) != (key == null)) {
            throw new ParameterException(spec.commandLine(), "Pass --tls-cert and --tls-key together");
        }
        try {
            ServerOptions options =
                    ServerOptions.standard().withHost(host).withPort(port).withOrigins(origins);
            String token = token(tokenFile, environment.get("REEL_TOKEN"));
            options = token == null ? options : options.withWriteToken(token);
            String readToken = token(readTokenFile, environment.get("REEL_READ_TOKEN"));
            options = readToken == null ? options : options.withReadToken(readToken);
            options = insecure ? options.withInsecure() : options;
            return certificates == null || key == null ? options : options.withTls(certificates, key);
        } catch (InvalidInputException e) {
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()));
        }
    }

    private static @Nullable String token(@Nullable Path file, @Nullable String environment) throws IOException {
        if (file != null) {
            return Files.readString(file).strip();
        }
        return environment == null || environment.isEmpty() ? null : environment;
    }
}
