package dev.reel.server;

import dev.reel.Json;
import dev.reel.SessionStore;
import dev.reel.StoreStatus;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import reactor.core.publisher.Mono;
import reactor.util.Logger;
import reactor.util.Loggers;

/**
 * For whoever decides where requests go: {@code /health/live} as long as the process answers, {@code /health/ready} while the
 * store takes what it is for and the server is not closing, {@code /health} for the whole status.
 *
 * <p>These routes need no token. The reason of a status may name files, so it goes to the server's log, and the answer has
 * the state in its place.
 */
final class HealthRoutes {

    private static final Logger LOG = Loggers.getLogger(HealthRoutes.class);

    private final SessionStore store;
    private final BooleanSupplier closing;

    /** The reason that was logged last, so that each is logged once. */
    private final AtomicReference<String> logged = new AtomicReference<>("");

    HealthRoutes(SessionStore store, BooleanSupplier closing) {
        this.store = store;
        this.closing = closing;
    }

    void addTo(Router router) {
        router.add(
                "GET",
                "/health",
                exchange -> store.status().flatMap(status -> reply(exchange, isReady(status), body(status))));
        router.add("GET", "/health/live", exchange -> reply(exchange, true, Json.object("live", true)));
        router.add(
                "GET",
                "/health/ready",
                exchange -> store.status()
                        .map(this::isReady)
                        .flatMap(ready -> reply(exchange, ready, Json.object("ready", ready))));
    }

    private Json body(StoreStatus status) {
        String reason = status.reason();
        if (reason == null) {
            return status.toJson();
        }
        if (!reason.equals(logged.getAndSet(reason))) {
            LOG.warn("the store is {}: {}", lower(status), reason);
        }
        return status.toJson().with("reason", "the store is " + lower(status) + "; the server's log has the details");
    }

    private static String lower(StoreStatus status) {
        return status.state().name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    /** A store that only reads is ready for what it is there for. */
    private boolean isReady(StoreStatus status) {
        return !closing.getAsBoolean() && (status.isAccepting() || status.state() == StoreStatus.State.READ_ONLY);
    }

    private static Mono<Void> reply(Exchange exchange, boolean well, Json body) {
        return exchange.reply(well ? 200 : 503, Exchange.JSON, body.toBytes());
    }
}
