package dev.reel.jsonl;

/**
 * What an import could not read, and went on without.
 *
 * @param file the file's name in the directory
 * @param line the line's number, from 1; 0 where it is about the file as a whole
 * @param reason what is wrong, in one line
 */
public record ImportProblem(String file, long line, String reason) {}
