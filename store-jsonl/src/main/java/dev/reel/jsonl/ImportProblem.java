package dev.reel.jsonl;

/**
 * A line or file that an import could not read and skipped.
 *
 * @param file the file's name in the directory
 * @param line the line's number, from 1; 0 if it concerns the file as a whole
 * @param reason what is wrong, in one line
 */
public record ImportProblem(String file, long line, String reason) {}
