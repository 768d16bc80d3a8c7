package dev.reel.micrometer;

import io.micrometer.core.instrument.Meter;
import java.util.Locale;
import java.util.stream.Collectors;

/** The page that lists the meters: {@code docs/meters.md}. */
final class ReelMetersPage {

    private static final String HEAD = """
            # Meters

            For operators: the meters of `reel-micrometer`, from the enum `ReelMeters`. `ReelMetersPageTest` generates this page and
            fails when it is out of date.

            ```java
            MeterRegistry registry = new SimpleMeterRegistry(); // in Spring Boot, the bean
            StoreOptions options = StoreOptions.standard().withRecorder(MicrometerRecorder.of(registry, "orders"));
            SessionStore metered = JsonlSessionStore.open(Path.of("sessions"), options, JsonlStoreOptions.standard());
            ServerOptions served = ServerOptions.standard().withRecorder(MicrometerHttpRecorder.of(registry, "orders"));
            ```

            | meter | kind | unit | tags | what it measures |
            | --- | --- | --- | --- | --- |
            """;

    private static final String FOOT = """

            A registry converts names to the form of its backend: in Prometheus, `reel.append` is `reel_append_seconds_count`,
            `reel_append_seconds_sum` and `reel_append_seconds_max`.

            - `store` is the name that the recorder was given, or `default`.
            - `category` is the lower-case name of a `ReelException.Category`, without `conflict`, which has a meter of its own.
            - `method` is the method of a request, or `other` for one that HTTP does not name. `route` is the path of its route as in
              [the HTTP API](http-api.md), such as `/v1/sessions/{session}/events`. It is `none` if there is no such route, and if the
              request was refused before one was looked for: without a token, from another web page, for another host. `status` is
              the code of the answer, or `none` if the client was gone before it.
            - No tag has a session id or what else a client makes up, so the number of time series has a bound.
            - A stream of server-sent events is counted in `reel.http.request` when it opens, and a long poll when it is answered. The
              time that either stays open is not in it.
            - Connections are those of a `SessionServer`. If you mount `SessionRoutes` in your own server, the gauge stays at zero.
            - Only durable stores flush a journal; in a memory store these meters stay at zero.
            - Gauges are there after `MicrometerRecorder.watch(store)`.
            - Each attempt at a write counts, so a write that is retried counts more than once. A write that found nothing to do
              and a purge that succeeded are not counted.

            ## Observations

            `ObservedSessionStore.of(store, observationRegistry)` opens an observation named `reel.store` per write, per single read
            and per replay of a session. Its low-cardinality keys are:

            | key | values |
            | --- | --- |
            | `operation` | the name of the method: `append`, `getSession`, `replay`, … |
            | `outcome` | `ok`, `cancelled`, or the lower-case name of the error's `ReelException.Category` |
            """;

    private ReelMetersPage() {}

    static String text() {
        StringBuilder page = new StringBuilder(HEAD);
        for (ReelMeters meter : ReelMeters.values()) {
            page.append("| `%s` | %s | %s | %s | %s |\n"
                    .formatted(
                            meter.meterName(),
                            name(meter.kind()),
                            meter.baseUnit(),
                            meter.tags().stream().map(tag -> '`' + tag + '`').collect(Collectors.joining(", ")),
                            meter.description()));
        }
        return page.append(FOOT).toString();
    }

    private static String name(Meter.Type kind) {
        return kind.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
