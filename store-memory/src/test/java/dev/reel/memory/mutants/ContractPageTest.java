package dev.reel.memory.mutants;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Every rule has tests and seeded bugs, and the page lists them. */
class ContractPageTest {

    private static final Path PAGE = Path.of("../docs/contract.md");
    private static final Path MADE = Path.of("target/contract.md");

    @Test
    @DisplayName("docs/contract.md lists every test of every rule, and every seeded bug")
    void thePageIsTrue() throws IOException {
        String made = ContractPage.text();
        String kept = Files.exists(PAGE) ? Files.readString(PAGE).replace("\r\n", "\n") : "";
        if (!made.equals(kept)) {
            Files.writeString(MADE, made);
            List<String> lines = kept.lines().toList();
            fail("docs/contract.md is out of date, first in the line:\n"
                    + made.lines()
                            .filter(line -> !lines.contains(line))
                            .findFirst()
                            .orElse("a removed line")
                    + "\nIt was generated again; check it and copy it:\n"
                    + "cp store-memory/target/contract.md docs/contract.md");
        }
    }

    @Test
    @DisplayName("each test of the contract names its rule, and each rule has a test")
    void everyRuleIsTested() {
        List<String> rules = IntStream.rangeClosed(1, 25).mapToObj(n -> "R" + n).toList();
        List<ContractTest> tests = ContractTest.all();
        assertEquals(
                List.of(), tests.stream().filter(test -> test.rules().isEmpty()).toList());
        assertEquals(
                new TreeSet<>(rules),
                tests.stream().flatMap(test -> test.rules().stream()).collect(Collectors.toCollection(TreeSet::new)));
    }
}
