/**
 * Types of an application's own in events and rows, by its Jackson 3 mapper: {@link dev.reel.jackson3.Jackson3Codec}.
 * {@link dev.reel.jackson3.ReelModule} lets a mapper read what Reel writes.
 */
@NullMarked
package dev.reel.jackson3;

import org.jspecify.annotations.NullMarked;
