package dev.reel.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.ColorScheme;
import dev.reel.Anchor;
import dev.reel.CheckpointRequest;
import dev.reel.EventDraft;
import dev.reel.ForkRequest;
import dev.reel.Json;
import dev.reel.MessageDraft;
import dev.reel.SessionDraft;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Screenshots of the main views, at three widths. {@code -Dreel.screenshots=../docs/images} takes those of the README,
 * without the other widths.
 */
@Tag("browser")
@Timeout(300)
class ScreenshotsTest {

    private static final String TARGET = System.getProperty("reel.screenshots", "");
    private static final int BOUND = 200_000;

    private static void say(Console console, MessageDraft draft) {
        console.store.putMessage("tests", draft).block();
    }

    private static void write(Console console) {
        for (String title :
                List.of("Release notes for 2.4", "Why is the nightly build red?", "Import the old orders")) {
            console.store
                    .createSession(SessionDraft.empty().withTitle(title).withModel("small-model"))
                    .flatMap(row -> console.store.putMessage(row.id(), MessageDraft.user(title)))
                    .block();
        }
        console.store
                .putSession(
                        "tests",
                        SessionDraft.empty().withTitle("Make the tests pass").withModel("large-model"))
                .block();
        say(
                console,
                MessageDraft.user("Two tests of the parser fail since this morning. Can you mend them?")
                        .withId("m1"));
        console.store
                .append(
                        "tests",
                        EventDraft.of(
                                "tool_call", Json.object("name", "run", "command", "./mvnw -q test -Dtest='Parser*'")))
                .block();
        console.store
                .append(
                        "tests",
                        EventDraft.of(
                                "tool_done",
                                Json.object("name", "run", "output", "2 of 41 failed: emptyLine, lastLine")))
                .block();
        say(
                console,
                MessageDraft.assistant(
                                "Both read a file without a line break at its end. `Lines.next` stops one character early:\n"
                                        + "```java\nint end = text.indexOf('\\n', from);\nreturn text.substring(from, end);\n```\n"
                                        + "I will let it end where the text ends.")
                        .withId("m2"));
        console.store
                .checkpoint("tests", CheckpointRequest.atLastMessage().withLabel("cause found"))
                .block();
        say(console, MessageDraft.user("Good. Keep the change small, please.").withId("m3"));
        console.store
                .append(
                        "tests",
                        EventDraft.of("tool_call", Json.object("name", "edit", "file", "src/main/java/Lines.java")))
                .block();
        say(
                console,
                MessageDraft.assistant("Done: one line of `Lines.next`. All 41 tests pass.")
                        .withId("m4"));
        console.store
                .fork(
                        "tests",
                        ForkRequest.at(Anchor.message("m2")).withId("rewrite").withTitle("Rewrite the parser instead"))
                .block();
    }

    private static void shoot(Console console, String view, int width, ColorScheme scheme) {
        assertEquals(
                Boolean.TRUE,
                console.page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth"),
                () -> view + " is wider than " + width);
        String name = view + (TARGET.isEmpty() ? "-" + width : "") + "-"
                + scheme.name().toLowerCase(Locale.ROOT) + ".png";
        Path file = Path.of(TARGET.isEmpty() ? "target/screenshots" : TARGET).resolve("console-" + name);
        byte[] picture = console.page.screenshot(new Page.ScreenshotOptions().setPath(file));
        assertTrue(picture.length > 5_000 && picture.length < BOUND, () -> file + " has " + picture.length + " bytes");
    }

    @Test
    @DisplayName("the main views fit at 390, 1280 and 1920 pixels, light and dark; screenshots are taken")
    void pictures() {
        PlaywrightAssertions.setDefaultAssertionTimeout(20_000);
        try (Console.Driver driver = new Console.Driver();
                Console console = new Console(driver)) {
            write(console);
            for (int width : TARGET.isEmpty() ? new int[] {390, 1280, 1920} : new int[] {1280}) {
                console.page.setViewportSize(width, width == 390 ? 780 : 800);
                for (ColorScheme scheme : List.of(ColorScheme.LIGHT, ColorScheme.DARK)) {
                    console.page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(scheme));
                    console.open("");
                    assertThat(console.session("tests")).isVisible();
                    assertThat(console.page.locator("#status")).hasText("Live");
                    shoot(console, "list", width, scheme);
                    console.open("#/session/tests");
                    assertThat(console.messages()).hasCount(4);
                    assertThat(console.page.locator(".conversation .fold")).hasCount(3);
                    assertThat(console.page.locator("#status")).hasText("Live");
                    shoot(console, "session", width, scheme);
                    console.open("#/session/tests@6");
                    assertThat(console.messages()).hasCount(2);
                    assertThat(console.page.locator(".as-of")).containsText("not written yet");
                    assertThat(console.page.locator(".conversation .fold")).hasCount(2);
                    shoot(console, "version", width, scheme);
                }
            }
            assertEquals(List.of(), console.errors);
        }
    }
}
