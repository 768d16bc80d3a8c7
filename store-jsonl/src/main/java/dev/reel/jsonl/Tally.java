package dev.reel.jsonl;

import dev.reel.Change;
import dev.reel.EventDraft;
import java.util.ArrayList;
import java.util.List;

/** Counts what an import finds, file by file. If a file is read again, its counts start from zero. */
final class Tally {

    /** Bounds the memory if the directory contains other files than session files. */
    private static final int MAX_PROBLEMS = 10_000;

    private long sessions;
    private long events;
    private long messages;
    private long replaced;
    private long skipped;
    private long repeated;
    private long furtherProblems;
    private final List<ImportProblem> problems = new ArrayList<>();

    void event(EventDraft event) {
        events++;
        switch (Change.Kind.of(event.type())) {
            case USER_MESSAGE, ASSISTANT_MESSAGE, TOOL_RESULT, SYSTEM_MESSAGE -> messages++;
            default -> {}
        }
    }

    void repeated() {
        repeated++;
    }

    void replaced() {
        replaced++;
    }

    void skipped() {
        skipped++;
    }

    void problem(String file, long line, String reason) {
        if (problems.size() < MAX_PROBLEMS) {
            problems.add(new ImportProblem(file, line, reason));
        } else {
            furtherProblems++;
        }
    }

    boolean hasEvents() {
        return events > 0;
    }

    /** Adds the counts of one file. */
    void add(Tally file) {
        sessions += file.hasEvents() ? 1 : 0;
        events += file.events;
        messages += file.messages;
        replaced += file.replaced;
        skipped += file.skipped;
        repeated += file.repeated;
        furtherProblems += file.furtherProblems;
        file.problems.forEach(it -> problem(it.file(), it.line(), it.reason()));
    }

    ImportResult result() {
        return new ImportResult(sessions, events, messages, replaced, skipped, repeated, problems, furtherProblems);
    }
}
