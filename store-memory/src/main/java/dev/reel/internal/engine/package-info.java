/** The engine that the memory and the JSONL store share: logs, live edge, tables, indexes and feed. Not for callers. */
@NullMarked
package dev.reel.internal.engine;

import org.jspecify.annotations.NullMarked;
