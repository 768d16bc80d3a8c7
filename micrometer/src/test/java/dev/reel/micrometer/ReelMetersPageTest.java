package dev.reel.micrometer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import dev.reel.SessionStore;
import dev.reel.memory.MemorySessionStore;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Every meter is in the enum and on its page")
class ReelMetersPageTest {

    private static final Path PAGE = Path.of("../docs/meters.md");
    private static final Path MADE = Path.of("target/meters.md");

    @Test
    @DisplayName("docs/meters.md lists the meters of the enum")
    void page() throws IOException {
        String made = ReelMetersPage.text();
        String kept = Files.exists(PAGE) ? Files.readString(PAGE).replace("\r\n", "\n") : "";
        if (!made.equals(kept)) {
            Files.writeString(MADE, made);
            fail("docs/meters.md does not match the enum ReelMeters. Review the generated page and keep it:\n"
                    + "cp micrometer/target/meters.md docs/meters.md");
        }
    }

    @Test
    @DisplayName(
            "the meters that a recorder registers are those of the enum, with the same types, units, descriptions and tags")
    void registered() {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        try (SessionStore store = MemorySessionStore.create()) {
            MicrometerRecorder.of(registry).watch(store);
        }
        MicrometerHttpRecorder.of(registry).requestAnswered("GET", "/health", 200, 1);
        Set<String> registered = registry.getMeters().stream()
                .map(Meter::getId)
                .map(id -> id.getName()
                        + ' '
                        + id.getType()
                        + ' '
                        + id.getBaseUnit()
                        + ' '
                        + id.getTags().stream().map(Tag::getKey).collect(Collectors.toCollection(TreeSet::new))
                        + ' '
                        + id.getDescription())
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> listed = Stream.of(ReelMeters.values())
                .map(meter -> meter.meterName()
                        + ' '
                        + meter.kind()
                        + ' '
                        + meter.baseUnit()
                        + ' '
                        + new TreeSet<>(meter.tags())
                        + ' '
                        + meter.description())
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(String.join("\n", listed), String.join("\n", registered));
    }
}
