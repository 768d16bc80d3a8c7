package dev.reel.jsonl;

import dev.reel.EventDraft;

/** An entry of a session file: an event, a repeated line or a problem. */
public sealed interface FileEntry {

    /**
     * Returns the number of the entry's first line.
     *
     * @return the line's number, from 1; blank lines count
     */
    long line();

    /**
     * Returns the offset of the entry's first line.
     *
     * @return bytes from the beginning of the file
     */
    long offset();

    /**
     * An event.
     *
     * @param line the line's number
     * @param offset the offset at which the line begins
     * @param size the size of the line in bytes, without its end
     * @param version the version that a native line states; for a foreign line, the number of the events before it,
     *     plus one
     * @param position the position that a native line states; 0 for a foreign line, which has none
     * @param event the event as it was recorded, including id and instant
     */
    record Event(long line, long offset, int size, long version, long position, EventDraft event) implements FileEntry {
        /**
         * Returns whether Reel wrote the line.
         *
         * @return false for a foreign line
         */
        public boolean isNative() {
            return position > 0;
        }
    }

    /**
     * A line that repeats another line: the same id with the same content.
     *
     * @param line the line's number
     * @param offset the offset at which the line begins
     * @param id the event id
     */
    record Repeated(long line, long offset, String id) implements FileEntry {}

    /**
     * A line that could not be read.
     *
     * @param line the line's number
     * @param offset the offset at which the line begins
     * @param reason what is wrong, in one line
     */
    record Problem(long line, long offset, String reason) implements FileEntry {}
}
