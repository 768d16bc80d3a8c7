/**
 * What only those need who write a store: the lines of session files ({@link dev.reel.spi.LineCodec}), events as a store makes
 * them ({@link dev.reel.spi.Events}), and states as a store holds them ({@link dev.reel.spi.States}). An application needs
 * nothing of this package. A store is tested with the contract in {@code reel-testkit}.
 */
@NullMarked
package dev.reel.spi;

import org.jspecify.annotations.NullMarked;
