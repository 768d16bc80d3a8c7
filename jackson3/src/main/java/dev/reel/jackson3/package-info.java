/**
 * An application's own types in events and rows, read and written by its Jackson 3 mapper: {@link
 * dev.reel.jackson3.Jackson3Codec}. {@link dev.reel.jackson3.ReelModule} lets a mapper read the JSON that Reel writes.
 */
@NullMarked
package dev.reel.jackson3;

import org.jspecify.annotations.NullMarked;
