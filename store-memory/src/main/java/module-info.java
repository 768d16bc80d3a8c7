/** The memory store, and the engine that the stores share. */
@SuppressWarnings({"module", "requires-automatic", "requires-transitive-automatic"})
module dev.reel.memory {
    requires transitive dev.reel;
    // The BlockHound service is declared in META-INF/services and not here, because a module that provides a service of
    // an absent module does not start.
    requires static reactor.blockhound;

    exports dev.reel.memory;
    exports dev.reel.internal.engine to
            dev.reel.jsonl;
}
