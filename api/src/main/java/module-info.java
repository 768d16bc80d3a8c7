/**
 * Sessions as event logs: record, replay, tail, rewind, fork. The contract of a store and its values; a store is in
 * {@code dev.reel.memory} or {@code dev.reel.jsonl}.
 */
@SuppressWarnings({"module", "requires-automatic", "requires-transitive-automatic"})
module dev.reel {
    requires transitive org.jspecify;
    requires transitive org.reactivestreams;
    requires transitive reactor.core;
    requires static com.fasterxml.jackson.annotation;
    requires tools.jackson.core;

    exports dev.reel;
    exports dev.reel.spi;
    exports dev.reel.internal to
            dev.reel.memory,
            dev.reel.jsonl,
            dev.reel.client,
            dev.reel.micrometer,
            dev.reel.testkit;
}
