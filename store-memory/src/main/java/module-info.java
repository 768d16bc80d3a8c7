/** A store in memory, and the engine that the stores share. */
@SuppressWarnings({"module", "requires-automatic", "requires-transitive-automatic"})
module dev.reel.memory {
    requires transitive dev.reel;
    // Its service is not provided here: a module that provides one of a module that is absent does not start. The class
    // path has it in META-INF/services.
    requires static reactor.blockhound;

    exports dev.reel.memory;
    exports dev.reel.internal.engine to
            dev.reel.jsonl;
}
