/** The {@code reel} command. */
@SuppressWarnings({"module", "requires-automatic"})
module dev.reel.cli {
    requires dev.reel;
    requires dev.reel.client;
    requires dev.reel.jsonl;
    requires dev.reel.memory;
    requires dev.reel.micrometer;
    requires dev.reel.server;
    requires info.picocli;
    requires micrometer.core;
    requires micrometer.registry.prometheus;
    requires reactor.netty.core;

    opens dev.reel.cli to
            info.picocli;
}
