/** Meters and observations of a store and of its server, by Micrometer. */
@SuppressWarnings({"module", "requires-automatic", "requires-transitive-automatic"})
module dev.reel.micrometer {
    requires static context.propagation;
    requires transitive dev.reel;
    requires static dev.reel.server;
    requires transitive micrometer.core;
    requires transitive micrometer.observation;

    exports dev.reel.micrometer;
}
