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
 * Health checks for a load balancer: {@code /health/live} succeeds while the process answers. {@code /health/ready}
 * succeeds while the store works as intended and the server is not closing. {@code /health} returns the whole status.
 *
 * <p>These routes need no token. The reason in a status may name files, so it is logged, and the answer has only the
 * state.
 */
final class HealthRoutes {

    private static final Logger LOG = Loggers.getLogger(HealthRoutes.class);

    private final SessionStore store;
    private final BooleanSupplier closing;

    /** The last logged reason; a reason is logged only when it changes. */
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

    /** A read-only store is ready if it can be read. */
    private boolean isReady(StoreStatus status) {
        return !closing.getAsBoolean() && (status.isAccepting() || status.state() == StoreStatus.State.READ_ONLY);
    }

    private static Mono<Void> reply(Exchange exchange, boolean well, Json body) {
        return exchange.reply(well ? 200 : 503, Exchange.JSON, body.toBytes());
    }
}
