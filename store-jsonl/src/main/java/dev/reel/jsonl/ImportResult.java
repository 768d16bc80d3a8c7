package dev.reel.jsonl;

import java.util.List;

/**
 * What an import found and did.
 *
 * @param sessions the sessions in the files: files with at least one event
 * @param events the events in the files, whether they were written now, existed before, or were left alone
 * @param messages how many of these events put a message of a user, an assistant, a tool or the system
 * @param replaced sessions that were purged and written again, because neither log nor file continued the other
 * @param skipped sessions that were left alone, because they existed and the import was not to overwrite
 * @param repeated lines that repeated another line of their file
 * @param problems what could not be read, in the order of files and lines; the first 10,000
 * @param furtherProblems how many more problems there were
 */
public record ImportResult(
        long sessions,
        long events,
        long messages,
        long replaced,
        long skipped,
        long repeated,
        List<ImportProblem> problems,
        long furtherProblems) {

    /**
     * Keeps a copy of the list.
     *
     * @param sessions the sessions in the files
     * @param events the events in the files
     * @param messages the message events in the files
     * @param replaced sessions that were written again
     * @param skipped sessions that were left alone
     * @param repeated lines that repeated another line
     * @param problems what could not be read
     * @param furtherProblems how many more problems there were
     */
    public ImportResult {
        problems = List.copyOf(problems);
    }
}
