/** A session store over the HTTP API of a Reel server, on Reactor Netty. */
@SuppressWarnings({"module", "requires-automatic", "requires-transitive-automatic"})
module dev.reel.client {
    requires transitive dev.reel;
    requires io.netty.buffer;
    requires io.netty.codec.http;
    requires io.netty.codec;
    requires io.netty.common;
    requires io.netty.handler;
    requires io.netty.transport;
    requires reactor.netty.core;
    requires reactor.netty.http;

    // Reactor Netty is an automatic module, so it declares no dependencies of its own: it needs these to start.
    requires io.netty.codec.http2;
    requires io.netty.resolver.dns;

    exports dev.reel.client;
}
