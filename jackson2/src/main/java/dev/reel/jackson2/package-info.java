/**
 * An application's own types in events and rows, read and written by its Jackson 2 mapper: {@link
 * dev.reel.jackson2.Jackson2Codec}. {@link dev.reel.jackson2.ReelModule} lets a mapper read the JSON that Reel writes.
 */
@NullMarked
package dev.reel.jackson2;

import org.jspecify.annotations.NullMarked;
