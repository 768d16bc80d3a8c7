/** A store that keeps everything in memory. */
@NullMarked
package dev.reel.memory;

import org.jspecify.annotations.NullMarked;
