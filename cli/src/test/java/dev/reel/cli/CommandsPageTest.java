package dev.reel.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compares the outputs in docs/commands.md with those of the commands, except instants, ids and checksums. */
class CommandsPageTest {

    private static final Pattern BLOCK = Pattern.compile("^```console\n(.*?)^```", Pattern.DOTALL | Pattern.MULTILINE);
    private static final Pattern COMMAND = Pattern.compile("(?:echo '(.*)' \\| )?\\./reel (.*)");
    private static final Pattern ARGUMENT = Pattern.compile("\"([^\"]*)\"|(\\S+)");

    @TempDir
    Path directory;

    @Test
    @DisplayName("the examples of docs/commands.md, in order")
    void examples() throws IOException {
        String page = Files.readString(Path.of("..", "docs", "commands.md"));
        int examples = 0;
        for (Matcher block = BLOCK.matcher(page); block.find(); ) {
            for (String example : block.group(1).split("(?m)^\\$ ")) {
                if (!example.isEmpty()) {
                    examples++;
                    play(example);
                }
            }
        }
        assertTrue(examples >= 18, "there were " + examples);
    }

    private void play(String example) {
        String line = example.lines().findFirst().orElseThrow();
        Matcher command = COMMAND.matcher(line);
        assertTrue(command.matches(), line);
        List<String> arguments = new ArrayList<>();
        for (Matcher each = ARGUMENT.matcher(command.group(2)); each.find(); ) {
            arguments.add(each.group(1) == null ? each.group(2) : each.group(1));
        }
        arguments.replaceAll(it -> it.equals("sessions")
                ? directory.resolve("sessions").toString()
                : it.equals("samples/exathena-sessions") ? ImportCommandTest.SAMPLE : it);
        String input = command.group(1) == null ? "" : command.group(1);
        Run run = Run.withInput(input, arguments.toArray(String[]::new));
        assertEquals(0, run.code(), () -> line + "\n" + run.err());
        String out = run.out()
                .replace(directory.resolve("sessions").toString(), "sessions")
                .replace(ImportCommandTest.SAMPLE, "samples/exathena-sessions");
        assertEquals(shape(example.substring(line.length() + 1)), shape(out), line);
    }

    /** Replaces the parts that differ in each run. */
    private static String shape(String text) {
        return text.replaceAll("[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9:]{8}(\\.[0-9]+)?Z?", "INSTANT")
                .replaceAll("\"uuid\":\"[^\"]+\"", "UUID")
                .replaceAll("\"crc\":\"[^\"]+\"", "CRC")
                .replaceAll("(version [12])  [\\w-]{11}\n", "$1  ID\n")
                .replaceAll("01[0-9a-z]{24}", "ULID")
                .replaceAll("bytes +[0-9]+ B", "BYTES");
    }
}
