package dev.reel;

/**
 * A checkpoint, made or found.
 *
 * @param snapshot its row
 * @param existed whether one of the same message, label and metadata was there, and nothing was written
 * @param version the version of the log at which it holds
 */
public record Checkpoint(Snapshot snapshot, boolean existed, long version) {}
