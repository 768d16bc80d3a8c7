/** Small programs to copy from. */
@NullMarked
package dev.reel.examples;

import org.jspecify.annotations.NullMarked;
