package dev.reel.server;

import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Serves the meters in Prometheus' text format. The application provides the text. */
final class MetricsRoute {

    static final String PATH = "/metrics";
    static final String TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private final @Nullable Supplier<String> source;

    MetricsRoute(@Nullable Supplier<String> source) {
        this.source = source;
    }

    void addTo(Router router) {
        router.add("GET", PATH, this::answer);
    }

    private Mono<Void> answer(Exchange exchange) {
        Supplier<String> given = source;
        if (given == null) {
            throw new HttpProblem(404, "no-metrics", "this server has no source of meters; set one with withMetrics");
        }
        // A source reads all meters and may block, so it must not run on an event loop.
        return Mono.fromCallable(() -> Objects.requireNonNull(given.get(), "the source of the meters returned null"))
                .subscribeOn(Schedulers.boundedElastic())
                .flatMap(text -> exchange.reply(200, TYPE, text.getBytes(StandardCharsets.UTF_8)));
    }
}
