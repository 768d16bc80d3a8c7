package dev.reel.server;

import dev.reel.Json;
import dev.reel.SessionStore;
import dev.reel.StoreStatus;
import java.util.function.BooleanSupplier;
import reactor.core.publisher.Mono;

/**
 * For whoever decides where requests go: {@code /health/live} as long as the process answers, {@code /health/ready} while the
 * store takes what it is for and the server is not closing, {@code /health} for the whole status.
 */
final class HealthRoutes {

    private final SessionStore store;
    private final BooleanSupplier closing;

    HealthRoutes(SessionStore store, BooleanSupplier closing) {
        this.store = store;
        this.closing = closing;
    }

    void addTo(Router router) {
        router.add(
                "GET",
                "/health",
                exchange -> store.status().flatMap(status -> reply(exchange, isReady(status), status.toJson())));
        router.add("GET", "/health/live", exchange -> reply(exchange, true, Json.object("live", true)));
        router.add(
                "GET",
                "/health/ready",
                exchange -> store.status()
                        .map(this::isReady)
                        .flatMap(ready -> reply(exchange, ready, Json.object("ready", ready))));
    }

    /** A store that only reads is ready for what it is there for. */
    private boolean isReady(StoreStatus status) {
        return !closing.getAsBoolean() && (status.isAccepting() || status.state() == StoreStatus.State.READ_ONLY);
    }

    private static Mono<Void> reply(Exchange exchange, boolean well, Json body) {
        return exchange.reply(well ? 200 : 503, Exchange.JSON, body.toBytes());
    }
}
