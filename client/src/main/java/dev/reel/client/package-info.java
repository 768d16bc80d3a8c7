/** A {@link dev.reel.SessionStore} over HTTP: {@link dev.reel.client.HttpSessionStore}. */
@NullMarked
package dev.reel.client;

import org.jspecify.annotations.NullMarked;
