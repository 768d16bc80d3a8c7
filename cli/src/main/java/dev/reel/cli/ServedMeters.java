package dev.reel.cli;

import dev.reel.SessionStore;
import dev.reel.StoreOptions;
import dev.reel.micrometer.MicrometerHttpRecorder;
import dev.reel.micrometer.MicrometerRecorder;
import dev.reel.server.ServerOptions;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;

/** The meters of a served store and of its server, at {@code /metrics}. */
final class ServedMeters {

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final MicrometerRecorder ofStore = MicrometerRecorder.of(registry);

    /** Returns the options to open the store with. */
    StoreOptions storeOptions() {
        return StoreOptions.standard().withRecorder(ofStore);
    }

    /** Adds the gauges of the open store, and the server's own meters. */
    ServerOptions of(SessionStore store, ServerOptions options) {
        ofStore.watch(store);
        return options.withRecorder(MicrometerHttpRecorder.of(registry)).withMetrics(registry::scrape);
    }
}
