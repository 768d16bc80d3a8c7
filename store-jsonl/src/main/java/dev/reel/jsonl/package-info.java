/** The durable store: one JSONL file per session, behind a durable journal. */
@NullMarked
package dev.reel.jsonl;

import org.jspecify.annotations.NullMarked;
