package dev.reel.jsonl;

import dev.reel.EventDraft;

/** What was found at one place of a session file. */
public sealed interface FileEntry {

    /**
     * The line that it begins with.
     *
     * @return the line's number, from 1; blank lines count
     */
    long line();

    /**
     * Where that line begins.
     *
     * @return bytes from the beginning of the file
     */
    long offset();

    /**
     * An event.
     *
     * @param line the line's number
     * @param offset where the line begins
     * @param size bytes of the line, without its end
     * @param version what a native line says; of a foreign one, the number of the events before it, plus one
     * @param position what a native line says; 0 for a foreign one, which has none
     * @param event the event as it was recorded, id and instant included
     */
    record Event(long line, long offset, int size, long version, long position, EventDraft event) implements FileEntry {
        /**
         * Whether Reel wrote the line.
         *
         * @return false for a foreign line
         */
        public boolean isNative() {
            return position > 0;
        }
    }

    /**
     * A line that says once more what another said: the same id, with the same content.
     *
     * @param line the line's number
     * @param offset where the line begins
     * @param id the event id
     */
    record Repeated(long line, long offset, String id) implements FileEntry {}

    /**
     * What could not be read.
     *
     * @param line the line's number
     * @param offset where the line begins
     * @param reason what is wrong, in one line
     */
    record Problem(long line, long offset, String reason) implements FileEntry {}
}
