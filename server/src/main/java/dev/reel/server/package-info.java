/**
 * Serves any {@link dev.reel.SessionStore} over HTTP. {@link dev.reel.server.SessionServer} is a stand-alone server;
 * {@link dev.reel.server.SessionRoutes} adds the same routes to a Reactor Netty server that the application already
 * has.
 */
@NullMarked
package dev.reel.server;

import org.jspecify.annotations.NullMarked;
