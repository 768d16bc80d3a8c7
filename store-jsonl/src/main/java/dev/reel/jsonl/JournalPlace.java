package dev.reel.jsonl;

/**
 * A place in the journal, between two frames.
 *
 * @param segment the number of the segment
 * @param offset the offset in the segment, in bytes
 */
record JournalPlace(long segment, long offset) implements Comparable<JournalPlace> {

    @Override
    public int compareTo(JournalPlace other) {
        return segment == other.segment ? Long.compare(offset, other.offset) : Long.compare(segment, other.segment);
    }
}
