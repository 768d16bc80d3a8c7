/**
 * Types of an application's own in events and rows, by its Jackson 2 mapper: {@link dev.reel.jackson2.Jackson2Codec}.
 * {@link dev.reel.jackson2.ReelModule} lets a mapper read what Reel writes.
 */
@NullMarked
package dev.reel.jackson2;

import org.jspecify.annotations.NullMarked;
