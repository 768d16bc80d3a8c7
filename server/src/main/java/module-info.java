/** Serves any session store over HTTP, on Reactor Netty. */
@SuppressWarnings({"module", "requires-automatic", "requires-transitive-automatic"})
module dev.reel.server {
    requires transitive dev.reel;
    requires transitive reactor.netty.http;
    requires io.netty.buffer;
    requires io.netty.codec.http;
    requires io.netty.common;
    requires io.netty.transport;
    requires reactor.netty.core;

    exports dev.reel.server;
}
