/**
 * Any {@link dev.reel.SessionStore} behind HTTP: {@link dev.reel.server.SessionServer} is a server of its own, and {@link
 * dev.reel.server.SessionRoutes} are the same routes for a Reactor Netty server that an application has already.
 */
@NullMarked
package dev.reel.server;

import org.jspecify.annotations.NullMarked;
