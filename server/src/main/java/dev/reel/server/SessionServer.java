package dev.reel.server;

import dev.reel.SessionStore;
import java.net.InetSocketAddress;
import java.net.URI;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

/**
 * A server that puts a store on the network. See {@code docs/http-api.md} for its routes.
 *
 * <pre>{@code
 * try (SessionStore store = JsonlSessionStore.open(Path.of("sessions"));
 *         SessionServer server = SessionServer.start(store, ServerOptions.standard())) {
 *     System.out.println("serving at " + server.uri());
 *     server.onClosed().block();
 * }
 * }</pre>
 *
 * <p>The store stays the caller's: close the server first, then the store.
 */
public final class SessionServer implements AutoCloseable {

    private final DisposableServer server;

    private SessionServer(DisposableServer server) {
        this.server = server;
    }

    /**
     * Starts to listen. Blocks until the port is taken; not for an event-loop thread.
     *
     * @param store what is served
     * @param options where it listens, and its bounds
     * @return the server
     * @throws reactor.netty.ChannelBindException when the port is in use, or the address is not of this machine
     */
    public static SessionServer start(SessionStore store, ServerOptions options) {
        SessionRoutes routes = SessionRoutes.of(store, options);
        return new SessionServer(HttpServer.create()
                .host(options.host())
                .port(options.port())
                .handle(routes)
                .bindNow());
    }

    /**
     * Where it listens.
     *
     * @return the address, with the port that was taken
     */
    public InetSocketAddress address() {
        return (InetSocketAddress) server.address();
    }

    /**
     * The address for a client on this machine.
     *
     * @return {@code http://host:port}
     */
    public URI uri() {
        InetSocketAddress address = address();
        String host = address.getHostString();
        return URI.create("http://" + (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + address.getPort());
    }

    /**
     * When it has ended.
     *
     * @return completes when it no longer listens and all connections are closed
     */
    public Mono<Void> onClosed() {
        return server.onDispose();
    }

    /** Stops listening and closes all connections. Blocks until that is done; not for an event-loop thread. */
    @Override
    public void close() {
        server.disposeNow();
    }
}
