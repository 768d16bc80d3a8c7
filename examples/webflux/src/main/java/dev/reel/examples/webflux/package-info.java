/** A session store behind HTTP and server-sent events, with Spring WebFlux. */
@NullMarked
package dev.reel.examples.webflux;

import org.jspecify.annotations.NullMarked;
