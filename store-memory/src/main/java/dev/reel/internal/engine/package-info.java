/** The engine that the memory and the JSONL store share: logs, tails, tables, indexes and feed. Internal. */
@NullMarked
package dev.reel.internal.engine;

import org.jspecify.annotations.NullMarked;
