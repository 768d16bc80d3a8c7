/** Micrometer meters and observations of a store and of its server. */
@SuppressWarnings({"module", "requires-automatic", "requires-transitive-automatic"})
module dev.reel.micrometer {
    requires static context.propagation;
    requires transitive dev.reel;
    requires static dev.reel.server;
    requires transitive micrometer.core;
    requires transitive micrometer.observation;

    exports dev.reel.micrometer;
}
