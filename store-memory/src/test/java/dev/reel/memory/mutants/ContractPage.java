package dev.reel.memory.mutants;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Generates {@code docs/contract.md}, which lists the tests of each rule and the seeded bugs that they catch. */
final class ContractPage {

    /** The rules in a few words, R1 first. */
    private static final List<String> RULES = List.of(
            "One write path: a change to a row is an appended event, and only purge is none",
            "Versions count from 1 without gaps, no position is given twice, forks inherit events as they are",
            "A batch is written whole, or none of it",
            "Expected versions speak of the log; a mismatch writes nothing",
            "A repeat, known by its event ids, is not written again",
            "A write is decided once, however often it is subscribed to, retried or sent again",
            "Acknowledged means kept, and readers see only what is published",
            "A turn fences off the one before it; a closed session takes no more writes",
            "What may be appended, and what only a copy may bring",
            "A tail gives every event once and in order, across the hand-over from history to live",
            "Never more than was requested; a slow subscriber costs a cursor, and nobody else",
            "Subscribers are called under no lock, and hold up nobody but themselves",
            "How tails and running replays end",
            "A place to resume from is of this log, or is refused",
            "Signals: started, caught up, fell behind, idle, each with its place",
            "The feed gives every event once, in position order; one place in it is a safe checkpoint",
            "At every version the rows are the fold of the log's prefix",
            "The fold is total, pure and deterministic",
            "A read shows one published version; what would change nothing writes nothing",
            "A snapshot id names one snapshot in the store",
            "Forms of ids: any script, nothing normalised, no two share a place",
            "Clock and ids are injected: the same calls give the same bytes",
            "Nothing blocks the caller; errors are signals",
            "Everything that is taken in is bounded",
            "A purge leaves nothing of a session but its id");

    private static final String HEAD = """
            # The contract, and what tests it

            What a store must do is said in 25 rules. Each is held by tests that every store passes, and each test shows what it
            is worth by the stores that fail it: stores in memory with one bug each, seeded for it. This page is made by
            `ContractPageTest`, which fails if the page is out of date. It lists %d tests and %d bugs; many
            tests run once for each read, write or argument.

            Whoever writes a store extends these classes of the testkit:

            | class | for | needs |
            | --- | --- | --- |
            | `SessionStoreContract` | every store; the groups of tests below are nested in it | |
            | `HeldFlushContract` | stores that make writes durable: what is seen and answered before that (`Held…Contract`) | \
            a hand on the store's disk |
            | `ReactiveStreamsContract` | the rules of the Reactive Streams TCK, for each flux | the TCK |
            | `NonBlockingContract` | no call blocks its thread | BlockHound |

            Two more stores have no bug but nothing else either: one answers every call with nothing, one with an error. Both fail
            every test of every contract (`NoStoresTest`). The stores with a bug are in
            [`mutants`](../store-memory/src/test/java/dev/reel/memory/mutants) (`MutantsTest`).

            """;

    private ContractPage() {}

    /** Returns the whole page. */
    static String text() {
        List<ContractTest> tests = ContractTest.all();
        List<Mutant> bugs = Mutant.all();
        StringBuilder page = new StringBuilder(HEAD.formatted(tests.size(), bugs.size()));
        page.append("| rule | | tests | bugs |\n| --- | --- | --- | --- |\n");
        for (int n = 1; n <= RULES.size(); n++) {
            String rule = "R" + n;
            page.append("| [%s](#%s) | %s | %d | %d |\n"
                    .formatted(
                            rule,
                            rule.toLowerCase(),
                            RULES.get(n - 1),
                            tests.stream()
                                    .filter(test -> test.rules().contains(rule))
                                    .count(),
                            bugs.stream().filter(bug -> bug.rule().equals(rule)).count()));
        }
        for (int n = 1; n <= RULES.size(); n++) {
            page.append(section("R" + n, RULES.get(n - 1), tests, bugs));
        }
        return page.toString();
    }

    private static String section(String rule, String says, List<ContractTest> tests, List<Mutant> bugs) {
        List<String> lines = new ArrayList<>(List.of("", "## " + rule, "", says + ".", ""));
        lines.add("| test | holds that | catches a store that |");
        lines.add("| --- | --- | --- |");
        for (ContractTest test : tests) {
            if (test.rules().contains(rule)) {
                String caught = bugs.stream()
                        .filter(bug -> bug.rule().equals(rule) && bug.test().equals(test.place()))
                        .map(bug -> bug.does() + " (`" + bug.name() + "`)")
                        .collect(Collectors.joining("<br>"));
                lines.add("| `%s` | %s | %s |".formatted(test.place(), inWords(test.title()), inCell(caught)));
            }
        }
        return String.join("\n", lines) + "\n";
    }

    /** Returns the name of a parameterized test without the placeholders of its arguments. */
    private static String inWords(String title) {
        return inCell(title.replaceAll("\\{\\d}", "…").replace("''", "'"));
    }

    private static String inCell(String text) {
        return text.replace("|", "\\|");
    }
}
