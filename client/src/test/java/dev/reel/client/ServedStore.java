package dev.reel.client;

import dev.reel.ForwardingSessionStore;
import dev.reel.SessionStore;
import dev.reel.StoreOptions;
import dev.reel.memory.MemorySessionStore;
import dev.reel.server.ServerOptions;
import dev.reel.server.SessionServer;
import java.time.Duration;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** A client, the server that it talks to, and the store behind that. Closing it closes all three. */
final class ServedStore extends ForwardingSessionStore {

    final SessionStore behind;
    final SessionServer server;

    private ServedStore(HttpSessionStore client, SessionServer server, SessionStore behind) {
        super(client);
        this.behind = behind;
        this.server = server;
    }

    static ServedStore memory(StoreOptions options) {
        SessionStore behind = MemorySessionStore.create(options);
        SessionServer server = SessionServer.start(
                behind, ServerOptions.standard().withPort(0).withShutdownTimeout(Duration.ofMillis(200)));
        ClientOptions talking = ClientOptions.standard()
                .withUpcasters(options.upcasters())
                .withIds(options.ids())
                .withMaxTails(5_000);
        var meta = options.metaFromContext();
        talking = meta == null ? talking : talking.withMetaFromContext(meta);
        return new ServedStore(HttpSessionStore.connect(server.uri(), talking), server, behind);
    }

    @Override
    public Mono<Void> closeAsync() {
        return super.closeAsync()
                .then(Mono.<Void>fromRunnable(server::close).subscribeOn(Schedulers.boundedElastic()))
                .then(Mono.defer(behind::closeAsync));
    }

    @Override
    public void close() {
        closeAsync().block(Duration.ofSeconds(20));
    }
}
