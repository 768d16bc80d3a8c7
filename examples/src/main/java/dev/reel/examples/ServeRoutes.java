package dev.reel.examples;

import dev.reel.SessionStore;
import dev.reel.jsonl.JsonlSessionStore;
import dev.reel.server.ServerOptions;
import dev.reel.server.SessionRoutes;
import java.nio.file.Path;
import java.time.Duration;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

/**
 * A Reactor Netty service that has its own routes, and serves its sessions as well. Follow a session with {@code curl
 * -N -H 'Accept: text/event-stream' http://127.0.0.1:8080/v1/sessions/trip/events}.
 */
public final class ServeRoutes implements AutoCloseable {

    private static final Duration SHUTDOWN = Duration.ofSeconds(20);

    private final SessionRoutes sessions;
    private final DisposableServer server;

    private ServeRoutes(SessionRoutes sessions, DisposableServer server) {
        this.sessions = sessions;
        this.server = server;
    }

    /**
     * Serves a directory until the process is stopped.
     *
     * @param args the directory and the port
     */
    public static void main(String[] args) {
        try (SessionStore store = JsonlSessionStore.open(Path.of(args[0]));
                ServeRoutes service = start(store, Integer.parseInt(args[1]))) {
            System.out.println("serving at http://127.0.0.1:" + service.port());
            service.server.onDispose().block();
        }
    }

    /** The session routes decide who may call them: without a token, only this machine. */
    static ServeRoutes start(SessionStore store, int port) {
        SessionRoutes sessions = SessionRoutes.of(store, ServerOptions.standard());
        DisposableServer server = HttpServer.create()
                .host("127.0.0.1")
                .port(port)
                .route(routes -> routes.get("/hello", (request, response) -> response.sendString(Mono.just("hello")))
                        .route(request -> request.uri().startsWith("/v1/"), sessions))
                .bindNow();
        return new ServeRoutes(sessions, server);
    }

    int port() {
        return server.port();
    }

    /** Ends the streams first: each client receives {@code reel:end}, so the server need not wait for them. */
    @Override
    public void close() {
        sessions.close();
        server.disposeNow(SHUTDOWN);
    }
}
