package dev.reel.jsonl;

/**
 * The end of a session's file, or of a prefix of it.
 *
 * @param version the version of the last event before it; 0 if there is none
 * @param offset how many bytes are before it
 * @param lineOpen whether the last line lacks its {@code \n}
 */
record FileEnd(long version, long offset, boolean lineOpen) {

    static final FileEnd EMPTY = new FileEnd(0, 0, false);
}
