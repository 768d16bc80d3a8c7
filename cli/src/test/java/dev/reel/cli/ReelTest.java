package dev.reel.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReelTest {

    @ParameterizedTest
    @ValueSource(strings = {"--help", "demo --help", "import --help", "-h", "demo -h", "import -h"})
    void helpEverywhere(String line) {
        Run run = Run.here(line.split(" "));
        assertEquals(0, run.code());
        assertTrue(run.out().contains("Usage: reel"), run::out);
        assertEquals("", run.err());
    }

    @ParameterizedTest
    @ValueSource(strings = {"--version", "demo --version", "import --version"})
    void versionEverywhere(String line) {
        Run run = Run.here(line.split(" "));
        assertEquals(0, run.code());
        assertTrue(run.out().startsWith("reel "), run::out);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "nothing", "--nothing", "demo --nothing", "demo too much", "import a b", "import --jsn ."})
    void wrongUsageIsTwo(String line) {
        Run run = Run.here(line.isEmpty() ? new String[0] : line.split(" "));
        assertEquals(2, run.code());
        assertEquals("", run.out());
        assertTrue(
                run.err().contains("Usage: reel")
                        || run.err().contains("Possible solutions: --json")
                        || run.err().contains("Did you mean: reel "),
                run::err);
        assertFalse(run.err().contains("\tat "), run::err);
    }

    @Test
    void colourOnlyWhereItIsWanted() {
        assertTrue(Terminal.wantsColour(Map.of("TERM", "xterm")));
        assertTrue(Terminal.wantsColour(Map.of("NO_COLOR", "")), "an empty value has no effect");
        assertFalse(Terminal.wantsColour(Map.of("NO_COLOR", "1")));
        assertFalse(Terminal.wantsColour(Map.of("TERM", "dumb")));
    }
}
