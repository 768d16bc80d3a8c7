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

    // Reactor Netty is an automatic module, so it declares no dependencies of its own: it needs these to start.
    requires io.netty.codec.http2;
    requires io.netty.resolver.dns;

    exports dev.reel.server;
}
