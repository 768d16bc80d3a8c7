package dev.reel.micrometer;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * The meters of {@link MicrometerRecorder}, its gauges with {@link MicrometerRecorder#watch}, and of {@link
 * MicrometerHttpRecorder}, whose names begin with {@code reel.http}: their names, units and tags. Use it to write a {@code
 * MeterFilter} or a dashboard without repeating names.
 *
 * <pre>{@code
 * registry.config().meterFilter(
 *         MeterFilter.denyNameStartsWith(ReelMeters.TAILS_OPENED.meterName()));
 * }</pre>
 *
 * <p>Names have Micrometer's form; a registry converts them to the form of its backend, for example {@code
 * reel_append_seconds_count} in Prometheus. Immutable, so safe for use by many threads.
 */
public enum ReelMeters {
    /** The time from acceptance of an append to its answer; its count is the number of batches. */
    APPEND(
            "reel.append",
            Meter.Type.TIMER,
            "seconds",
            "Time from acceptance of a write that appends events to its answer; in a durable store, this includes making its events durable"),

    /** The size of appended batches; its total is the number of events. */
    APPENDED_EVENTS("reel.append.events", Meter.Type.DISTRIBUTION_SUMMARY, "events", "Events per appended batch"),

    /** The bytes of appended batches. */
    APPENDED_BYTES(
            "reel.append.bytes",
            Meter.Type.DISTRIBUTION_SUMMARY,
            "bytes",
            "Bytes of data, metadata and extra members per appended batch"),

    /** Writes that were already in the log. */
    REPEATS("reel.write.repeats", Meter.Type.COUNTER, "writes", "Writes that repeated one that is already in the log"),

    /** Writes that were refused because another write came first. */
    CONFLICTS(
            "reel.write.conflicts",
            Meter.Type.COUNTER,
            "writes",
            "Write attempts refused with the category CONFLICT, for example for an expected version that did not match"),

    /** Writes that failed in any other way. */
    FAILURES(
            "reel.write.failures",
            Meter.Type.COUNTER,
            "writes",
            "Write attempts that failed, by the category of their error",
            MeterTags.CATEGORY),

    /** The duration of the journal's flushes. */
    JOURNAL_FLUSH("reel.journal.flush", Meter.Type.TIMER, "seconds", "Duration of a flush of the journal to the disk"),

    /** The bytes that each flush made durable. */
    FLUSHED_BYTES(
            "reel.journal.flush.bytes", Meter.Type.DISTRIBUTION_SUMMARY, "bytes", "Bytes of the journal per flush"),

    /** The batches that each flush made durable. */
    FLUSHED_BATCHES(
            "reel.journal.flush.batches",
            Meter.Type.DISTRIBUTION_SUMMARY,
            "batches",
            "Batches per flush of the journal; higher than 1 when writes of several sessions share a flush"),

    /** Tails that were subscribed to. */
    TAILS_OPENED("reel.tail.opened", Meter.Type.COUNTER, "tails", "Tails that were subscribed to"),

    /** Tails that completed, failed, or were cancelled. */
    TAILS_ENDED("reel.tail.ended", Meter.Type.COUNTER, "tails", "Tails that completed, failed, or were cancelled"),

    /** Whether the store accepts writes. */
    ACCEPTING("reel.store.accepting", Meter.Type.GAUGE, "stores", "1 if the store accepts writes, else 0"),

    /** Tails that are open. */
    OPEN_TAILS("reel.tail.open", Meter.Type.GAUGE, "tails", "Tails that are open"),

    /** The events that the slowest tail has yet to deliver. */
    TAIL_LAG("reel.tail.lag", Meter.Type.GAUGE, "events", "Events that the slowest open tail has yet to deliver"),

    /** Delivery threads that a subscriber has held for more than 1 second. */
    HELD_THREADS(
            "reel.tail.held",
            Meter.Type.GAUGE,
            "threads",
            "Delivery threads that a subscriber has held for more than 1 second"),

    /** Sessions in memory. */
    LOADED_SESSIONS("reel.session.loaded", Meter.Type.GAUGE, "sessions", "Sessions with events that are in memory"),

    /** Bytes of the sessions in memory. */
    LOADED_BYTES("reel.session.loaded.bytes", Meter.Type.GAUGE, "bytes", "Bytes of stored events of loaded sessions"),

    /** Sessions that refuse writes because their files are damaged or can't be written. */
    REFUSED_SESSIONS(
            "reel.session.refused",
            Meter.Type.GAUGE,
            "sessions",
            "Sessions that refuse writes because their files are damaged or can't be written"),

    /** Bytes that are only in the journal. */
    UNFOLDED_BYTES(
            "reel.journal.unfolded",
            Meter.Type.GAUGE,
            "bytes",
            "Bytes that are in the journal and not yet in session files"),

    /** The time of requests to a server; its count is the number of requests. */
    HTTP_REQUEST(
            "reel.http.request",
            Meter.Type.TIMER,
            "seconds",
            "Time from the arrival of a request's head to the end of its answer; for a stream, until it opens; for a long poll, without its wait",
            MeterTags.METHOD,
            MeterTags.ROUTE,
            MeterTags.STATUS),

    /** Streams of a server. */
    HTTP_STREAMS(
            "reel.http.streams",
            Meter.Type.GAUGE,
            "streams",
            "Streams of server-sent events that are open, and long polls that are waiting"),

    /** Connections of a server. */
    HTTP_CONNECTIONS("reel.http.connections", Meter.Type.GAUGE, "connections", "Connections that are open"),

    /** Connections that were refused because of the server's bound. */
    HTTP_REFUSED(
            "reel.http.refused",
            Meter.Type.COUNTER,
            "connections",
            "Connections that were closed at once because the bound was reached");

    private final String meterName;
    private final Meter.Type kind;
    private final String baseUnit;
    private final String description;

    @SuppressWarnings("ImmutableEnumChecker") // a list that nobody can change
    private final List<String> tags;

    ReelMeters(String meterName, Meter.Type kind, String baseUnit, String description, String... tags) {
        this.meterName = meterName;
        this.kind = kind;
        this.baseUnit = baseUnit;
        this.description = description;
        this.tags = Stream.concat(Stream.of(MeterTags.STORE), Stream.of(tags)).toList();
    }

    /** The tag keys. A separate class, because an enum's constants can't use the enum's static fields. */
    static final class MeterTags {

        static final String STORE = "store";
        static final String CATEGORY = "category";
        static final String METHOD = "method";
        static final String ROUTE = "route";
        static final String STATUS = "status";

        private MeterTags() {}
    }

    /**
     * Returns the meter's name.
     *
     * @return the name, with dots, as in {@code reel.append}
     */
    public String meterName() {
        return meterName;
    }

    /**
     * Returns the type of the meter.
     *
     * @return COUNTER, GAUGE, TIMER or DISTRIBUTION_SUMMARY
     */
    public Meter.Type kind() {
        return kind;
    }

    /**
     * Returns the unit of its values. A timer uses the unit of its registry, usually seconds.
     *
     * @return the unit, in the plural
     */
    public String baseUnit() {
        return baseUnit;
    }

    /**
     * Returns the description that the meter is registered with.
     *
     * @return one sentence, without a full stop
     */
    public String description() {
        return description;
    }

    /**
     * Returns the keys of its tags: {@code store}, the name that was passed to the recorder; for {@link #FAILURES} also
     * {@code category}; for {@link #HTTP_REQUEST} also {@code method}, {@code route} and {@code status}.
     *
     * @return 1 to 4 keys
     */
    public List<String> tags() {
        return tags;
    }

    Counter counter(MeterRegistry registry, Tags values) {
        return Counter.builder(meterName)
                .description(description)
                .baseUnit(baseUnit)
                .tags(values)
                .register(registry);
    }

    void gauge(MeterRegistry registry, Tags values, Supplier<Number> value) {
        Gauge.builder(meterName, value)
                .description(description)
                .baseUnit(baseUnit)
                .tags(values)
                .strongReference(true)
                .register(registry);
    }

    Timer timer(MeterRegistry registry, Tags values) {
        return Timer.builder(meterName).description(description).tags(values).register(registry);
    }

    DistributionSummary summary(MeterRegistry registry, Tags values) {
        return DistributionSummary.builder(meterName)
                .description(description)
                .baseUnit(baseUnit)
                .tags(values)
                .register(registry);
    }
}
