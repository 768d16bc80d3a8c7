/** Programs that measure the JSONL store beside others. */
@NullMarked
package dev.reel.benchmarks;

import org.jspecify.annotations.NullMarked;
