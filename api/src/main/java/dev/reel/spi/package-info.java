/**
 * Classes for implementers of a store: the lines of session files ({@link dev.reel.spi.LineCodec}), events as a store
 * creates them ({@link dev.reel.spi.Events}), the ids that it derives from an idempotency key
 * ({@link dev.reel.spi.DerivedIds}), and states as a store keeps them ({@link dev.reel.spi.States}).
 * Applications need nothing in this package. To test a store, use the contract in {@code reel-testkit},
 * package {@code dev.reel.testkit.contract}.
 */
@NullMarked
package dev.reel.spi;

import org.jspecify.annotations.NullMarked;
