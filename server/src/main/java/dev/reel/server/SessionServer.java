package dev.reel.server;

import dev.reel.InvalidInputException;
import dev.reel.SessionStore;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.DisposableServer;
import reactor.netty.NettyPipeline;
import reactor.netty.http.Http11SslContextSpec;
import reactor.netty.http.server.HttpServer;
import reactor.netty.resources.LoopResources;
import reactor.netty.tcp.SslProvider;

/**
 * A server that serves a store over HTTP. See {@code docs/http-api.md} for its routes.
 *
 * <pre>{@code
 * try (SessionStore store = JsonlSessionStore.open(Path.of("sessions"));
 *         SessionServer server = SessionServer.start(store, ServerOptions.standard())) {
 *     System.out.println("serving at " + server.uri());
 *     server.onClosed().block();
 * }
 * }</pre>
 *
 * <p>The server does not close the store: close the server first, then the store.
 */
public final class SessionServer implements AutoCloseable {

    private static final Duration THREADS_END = Duration.ofSeconds(1);

    private final DisposableServer server;
    private final LoopResources loops;
    private final AtomicBoolean closed = new AtomicBoolean();
    private final SessionRoutes routes;
    private final ServerOptions options;
    private final ChannelGroup connections;

    private SessionServer(
            DisposableServer server,
            LoopResources loops,
            SessionRoutes routes,
            ServerOptions options,
            ChannelGroup connections) {
        this.server = server;
        this.loops = loops;
        this.connections = connections;
        this.routes = routes;
        this.options = options;
    }

    /**
     * Starts the server. Blocks until it listens on the port; must not be called on an event-loop thread.
     *
     * @param store the store to serve
     * @param options where to listen, who may call, and the bounds
     * @return the server
     * @throws InvalidInputException if the address is not a loopback address and no token is set
     * @throws reactor.netty.ChannelBindException if the port is in use, or the address is not one of this machine
     */
    public static SessionServer start(SessionStore store, ServerOptions options) {
        SessionRoutes routes = SessionRoutes.of(store, options);
        if (!options.hasToken() && !options.isInsecure() && !isLoopback(options.host())) {
            throw new InvalidInputException("the server at " + options.host()
                    + " can be reached from other machines: set a token, or call withInsecure");
        }
        ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
        Connections open = new Connections(options.maxConnections(), routes.recorder());
        // One thread only accepts: a thread that also sends streams accepts one connection per turn.
        LoopResources loops = LoopResources.create("reel-http", 1, LoopResources.DEFAULT_IO_WORKER_COUNT, true);
        HttpServer server = HttpServer.create()
                .host(options.host())
                .port(options.port())
                .httpRequestDecoder(limits ->
                        limits.maxInitialLineLength(options.maxHeaderBytes()).maxHeaderSize(options.maxHeaderBytes()))
                .runOn(loops)
                .requestTimeout(options.requestTimeout())
                .idleTimeout(options.idleTimeout())
                .doOnChannelInit((observer, channel, remote) -> {
                    if (open.isTaken(channel)) {
                        channel.pipeline()
                                .addAfter(
                                        NettyPipeline.HttpCodec,
                                        "reel.arrival",
                                        new Arrival(options.requestTimeout(), options.idleTimeout()));
                    }
                })
                // Lets closing wait for the answers that are under way.
                .channelGroup(connections)
                .handle(routes);
        ServerOptions.Tls tls = options.tls();
        if (tls != null) {
            SslProvider.GenericSslContextSpec<?> files = Http11SslContextSpec.forServer(
                    tls.certificates().toFile(), tls.key().toFile());
            server = server.secure(spec -> spec.sslContext(files));
        }
        try {
            return new SessionServer(server.bindNow(), loops, routes, options, connections);
        } catch (RuntimeException e) {
            loops.dispose();
            throw e;
        }
    }

    private static boolean isLoopback(String host) {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false; // binding fails with the reason
        }
    }

    SessionRoutes routes() {
        return routes;
    }

    /**
     * Returns the address that the server listens at.
     *
     * @return the address, with the actual port
     */
    public InetSocketAddress address() {
        return (InetSocketAddress) server.address();
    }

    /**
     * Returns the address for a client on this machine.
     *
     * @return {@code http://host:port}, or {@code https://host:port}
     */
    public URI uri() {
        InetSocketAddress address = address();
        String host = address.getHostString();
        String scheme = options.tls() == null ? "http://" : "https://";
        return URI.create(scheme + (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + address.getPort());
    }

    /**
     * Completes when the server has stopped listening. Answers may still be under way; {@link #close} waits for them.
     *
     * @return completes after the server has stopped listening
     */
    public Mono<Void> onClosed() {
        return server.onDispose();
    }

    /**
     * Stops listening, ends the streams, waits up to {@link ServerOptions#shutdownTimeout} for the answers that are
     * under way, then closes all connections. Blocks until that is done; must not be called on an event-loop thread.
     * The store stays open. A second call does nothing, and does not wait for the first one.
     */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        // An interrupt must not keep the server from closing; the caller gets it back.
        boolean isInterrupted = Thread.interrupted();
        routes.close();
        try {
            server.disposeNow(options.shutdownTimeout());
        } catch (RuntimeException late) {
            // The time is over, or this thread was interrupted.
            connections.close().awaitUninterruptibly();
            server.dispose();
        } finally {
            // The threads end in any case. Their end is waited for where that is allowed.
            Mono<Void> ended = loops.disposeLater(Duration.ZERO, THREADS_END).onErrorComplete();
            if (Schedulers.isInNonBlockingThread() || Thread.currentThread().isInterrupted()) {
                ended.subscribe();
            } else {
                ended.block();
            }
            if (isInterrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
