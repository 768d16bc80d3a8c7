package dev.reel.jsonl;

import java.util.List;

/**
 * What an import found and did.
 *
 * @param sessions the sessions that the files hold: files with an event in them
 * @param events the events that the files hold, whether they were written now, or were there, or were left alone
 * @param messages those of them that put a message: of users, assistants, tools, the system
 * @param replaced sessions that were purged and written anew, since neither log nor file continued the other
 * @param skipped sessions that were left alone because they were there, and nothing was to be overwritten
 * @param repeated lines that said once more what another line of their file said
 * @param problems what could not be read, in the order of files and lines; the first 10,000
 * @param furtherProblems how many problems there were beyond those
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
     * @param sessions the sessions that the files hold
     * @param events the events that the files hold
     * @param messages the message events that the files hold
     * @param replaced sessions that were written anew
     * @param skipped sessions that were left alone
     * @param repeated lines that said what another line said
     * @param problems what could not be read
     * @param furtherProblems how many problems there were beyond those
     */
    public ImportResult {
        problems = List.copyOf(problems);
    }
}
