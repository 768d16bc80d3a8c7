/** The {@code reel} command. */
@NullMarked
package dev.reel.cli;

import org.jspecify.annotations.NullMarked;
