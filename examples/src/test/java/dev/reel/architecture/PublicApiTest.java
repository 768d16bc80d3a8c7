package dev.reel.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A change of the public API changes a page in the repository, so a review notices it. */
class PublicApiTest {

    private static final Path PAGE = Path.of("../docs/public-api.txt");
    private static final Path MADE = Path.of("target/public-api.txt");

    /** A type whose listing is known. */
    public abstract static class Sample<T extends Comparable<T>> implements Comparable<Sample<T>> {

        public static final int SEEN = 1;

        static final int HIDDEN = 2;

        protected Sample() {}

        protected abstract List<? super T> seen(T value);

        abstract void hidden();

        private void secret() {
            hidden();
        }
    }

    @Test
    @DisplayName("docs/public-api.txt lists every type and member that users can see")
    void thePageIsTrue() throws IOException {
        String made = PublicApi.of(new ClassFileImporter()
                        .withImportOption(new ImportOption.DoNotIncludeTests())
                        .importPackages("dev.reel"))
                .toString();
        assertTrue(made.contains("interface dev.reel.SessionStore of "), made);
        assertFalse(made.contains("dev.reel.internal.engine.Engine\n"), "the engine is not part of the public API");
        String kept = Files.exists(PAGE) ? Files.readString(PAGE).replace("\r\n", "\n") : "";
        if (!made.equals(kept)) {
            Files.writeString(MADE, made);
            List<String> were = kept.lines().toList();
            List<String> are = made.lines().toList();
            fail("the public API changed:\n"
                    + Stream.concat(
                                    were.stream()
                                            .filter(line -> !are.contains(line))
                                            .map(line -> "- " + line),
                                    are.stream()
                                            .filter(line -> !were.contains(line))
                                            .map(line -> "+ " + line))
                            .limit(40)
                            .reduce("", (all, line) -> all + line + "\n")
                    + "If the change is intended, update the page:\n"
                    + "cp examples/target/public-api.txt docs/public-api.txt");
        }
    }

    @Test
    @DisplayName("every public or protected member is listed, and nothing else")
    void whatIsListed() {
        PublicApi api = PublicApi.of(Sample.class);
        assertEquals(1, api.typeCount());
        assertEquals(3, api.memberCount());
        String name = Sample.class.getName();
        assertEquals(
                List.of(
                        "public abstract static class " + name
                                + "<T extends java.lang.Comparable<T>> of java.lang.Comparable<" + name + "<T>>",
                        "    protected abstract java.util.List<? super T> " + name + ".seen(T)",
                        "    protected " + name + "()",
                        "    public static final int " + name + ".SEEN"),
                api.toString().lines().skip(2).toList());
    }
}
