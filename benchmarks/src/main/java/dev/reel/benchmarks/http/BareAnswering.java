package dev.reel.benchmarks.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.util.concurrent.Queues;

/**
 * Reactor Netty alone. It has the bytes of an event ready and keeps nothing: a reader is a queue, and what is posted comes back.
 * What is followed is flushed after each event; what is replayed, as Reactor Netty does it.
 */
final class BareAnswering implements Answering {

    private final byte[] frame = Bodies.frame();
    private final List<Sinks.Many<ByteBuf>> readers = new CopyOnWriteArrayList<>();
    private final DisposableServer server;
    private final AtomicInteger count = new AtomicInteger();

    BareAnswering() {
        server = HttpServer.create()
                .host("127.0.0.1")
                .port(0)
                .route(routes -> routes.get(
                                "/followed",
                                (request, response) -> response.sse().send(follow(), event -> true))
                        .get(
                                "/replayed",
                                (request, response) -> response.sse()
                                        .send(Flux.range(0, count.get()).map(i -> Unpooled.wrappedBuffer(frame))))
                        .post(
                                "/echoed",
                                (request, response) -> response.header("Content-Type", "application/json")
                                        .send(request.receive().aggregate().retain())))
                .bindNow();
    }

    private Flux<ByteBuf> follow() {
        return Flux.defer(() -> {
            Sinks.Many<ByteBuf> reader = Sinks.many()
                    .unicast()
                    .onBackpressureBuffer(Queues.<ByteBuf>unbounded().get());
            readers.add(reader);
            return reader.asFlux().doFinally(end -> readers.remove(reader));
        });
    }

    @Override
    public int port() {
        return server.port();
    }

    @Override
    public String followed() {
        return "/followed";
    }

    @Override
    public String replayed() {
        return "/replayed";
    }

    @Override
    public String posted(int connection) {
        return "/echoed";
    }

    @Override
    public void add(int more) {
        count.addAndGet(more);
        for (Sinks.Many<ByteBuf> reader : readers) {
            for (int i = 0; i < more; i++) {
                reader.tryEmitNext(Unpooled.wrappedBuffer(frame)).orThrow();
            }
        }
    }

    @Override
    public void close() {
        server.disposeNow(Duration.ofSeconds(3));
    }
}
