/** The store that keeps each session as a JSONL file behind a durable journal. */
@NullMarked
package dev.reel.jsonl;

import org.jspecify.annotations.NullMarked;
