package dev.reel.jsonl;

/**
 * The end of a session's file, or of a prefix of it.
 *
 * @param version of the last event in front of it; 0 where there is none
 * @param offset how many bytes are in front of it
 * @param lineOpen whether the last line has no {@code \n} yet
 */
record FileEnd(long version, long offset, boolean lineOpen) {

    static final FileEnd EMPTY = new FileEnd(0, 0, false);
}
