package dev.reel.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import dev.reel.MessageDelta;
import dev.reel.MessageDraft;
import dev.reel.Range;
import dev.reel.SessionDraft;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;

/** A session of 100,000 events in a real browser: the page reads only the part that the user sees. */
@Tag("browser")
@Timeout(300)
class LongSessionTest {

    private static final int MESSAGES = 99_999;

    /** How many messages one read returns, and the largest number of articles in the page at the same time. */
    private static final int PAGE = 400;

    private static final int FIRST = 80;

    /** The types of the events in this test that the timeline marks. */
    private static final Set<String> MARKED = Set.of("messages_truncate", "messages_restore");

    private static final int MOST = 1000;

    private static Console.Driver driver;
    private static Console console;

    @BeforeAll
    static void start() {
        PlaywrightAssertions.setDefaultAssertionTimeout(20_000);
        driver = new Console.Driver();
        console = new Console(driver);
        console.store.putSession("long", SessionDraft.empty()).block();
        Flux.range(0, MESSAGES)
                .concatMap(n -> console.store.putMessage(
                        "long", MessageDraft.user("Message " + n).withId("m" + n)))
                .blockLast();
    }

    @AfterAll
    static void end() {
        if (console != null) {
            console.close();
        }
        if (driver != null) {
            driver.close();
        }
    }

    private static long asked(String part) {
        return console.addresses.stream().filter(each -> each.contains(part)).count();
    }

    private static Locator scroller() {
        return console.page.locator(".conversation .scroller");
    }

    private static void open() {
        // With the same URL except the fragment, the browser would not load the page again.
        console.page.navigate("about:blank");
        console.addresses.clear();
        console.errors.clear();
        console.open("#/session/long");
        assertThat(console.page.locator("#status")).hasText("Live");
    }

    private static int last() {
        return console.store.listMessages("long").count().block().intValue() - 1;
    }

    @Test
    @DisplayName(
            "the last messages are read first; older ones are read as the user scrolls, and the messages in view stay in place")
    void windows() {
        open();
        assertThat(console.message("m" + (MESSAGES - 1))).isInViewport();
        assertThat(console.page.locator(".facts")).containsText("events");
        assertThat(console.page.locator(".event").last()).containsText("message");
        int oldest = MESSAGES;
        for (int i = 0; i < 3; i++) {
            long before = asked("/messages?before=");
            scroller().evaluate("node => { node.scrollTop = 0; }");
            console.page.waitForCondition(() -> asked("/messages?before=") > before);
            console.page.waitForFunction("() => document.querySelector('.conversation .scroller').scrollTop > 10000");
            // The message that was first has not moved.
            assertThat(console.message("m" + (last() + 1 - FIRST - PAGE * i))).isInViewport();
            int seen =
                    (int) console.page.evaluate("() => { const top = document.querySelector('.conversation .scroller')"
                            + ".getBoundingClientRect(); return Number([...document.querySelectorAll('.conversation article')]"
                            + ".find(each => each.getBoundingClientRect().bottom > top.top).dataset.id.slice(1)); }");
            assertTrue(seen < oldest, () -> "scrolled up, but still at m" + seen);
            assertTrue(oldest - seen <= PAGE + FIRST, "no message was passed over, from " + oldest + " to " + seen);
            oldest = seen;
            assertTrue(console.messages().count() < MOST);
        }
        assertEquals(0, asked("/state"), "the whole session must not be requested");
        assertEquals(0, console.errors.size());
    }

    @Test
    @DisplayName(
            "it continues live: new messages and parts appear; a replaced message before the window does not appear as new")
    void live() {
        open();
        int last = last();
        assertThat(console.message("m" + (MESSAGES - 1))).isVisible();
        console.store
                .appendToMessage("long", MessageDelta.of("part", 0, "One "))
                .block();
        assertThat(console.message("part").locator(".prose")).hasText("One");
        console.store.appendToMessage("long", MessageDelta.of("part", 1, "two")).block();
        assertThat(console.message("part").locator(".prose")).hasText("One two");
        console.page.reload();
        assertThat(console.message("part").locator(".prose")).hasText("One two");
        console.store
                .appendToMessage("long", MessageDelta.of("part", 2, " three"))
                .block();
        assertThat(console.message("part").locator(".prose")).hasText("One two three");

        console.store
                .putMessage("long", MessageDraft.user("Replaced").withId("m5"))
                .block();
        console.store.putMessage("long", MessageDraft.user("New").withId("new")).block();
        assertThat(console.message("new")).isInViewport();
        assertThat(console.message("m5")).hasCount(0);
        assertThat(console.message("new")).isInViewport();
        assertEquals(last + 2, last());

        console.store.undo("long").block();
        assertThat(console.message("new")).hasCount(0);
        assertThat(console.message("part")).isVisible();
        console.button("Redo").click();
        console.dialogButton("Redo").click();
        assertThat(console.message("new")).isVisible();
        assertEquals(0, asked("/state"), "the whole session must not be requested");
        assertEquals(0, console.errors.size());
    }

    @Test
    @DisplayName("Redo is enabled if the server can redo something, even though only part of the session was read")
    void redo() {
        console.store.putMessage("long", MessageDraft.user("One").withId("one")).block();
        open();
        assertRedoable(0);
        console.store.putMessage("long", MessageDraft.user("Two").withId("two")).block();
        console.store.undo("long").block();
        assertRedoable(1);
        console.store.undo("long").block();
        assertRedoable(2);
        console.store.redo("long").block();
        assertThat(console.message("one")).isVisible();
        assertRedoable(1);
        console.page.reload();
        assertThat(console.message("one")).isVisible();
        assertRedoable(1);
        console.store.redo("long").block();
        assertThat(console.message("two")).isVisible();
        assertRedoable(0);
        console.store.undo("long").block();
        assertRedoable(1);
        // Its message was removed, so it does not prevent a redo.
        console.store.appendToMessage("long", MessageDelta.of("two", 1, "x")).block();
        assertRedoable(1);
        console.store
                .putMessage("long", MessageDraft.user("Three").withId("three"))
                .block();
        assertThat(console.message("three")).isVisible();
        assertRedoable(0);
        console.page.reload();
        assertThat(console.message("three")).isVisible();
        assertRedoable(0);
        assertEquals(0, asked("/state"), "the whole session must not be requested");
        assertEquals(0, console.errors.size());
    }

    @Test
    @DisplayName("a redo reports that there was nothing to redo if another writer was faster")
    void lateRedo() {
        console.store
                .putMessage("long", MessageDraft.user("One").withId("late"))
                .block();
        console.store.undo("long").block();
        open();
        console.button("Redo").click();
        console.store.redo("long").block();
        assertThat(console.message("late")).isVisible();
        console.dialogButton("Redo").click();
        assertThat(console.notice()).containsText("There was nothing to redo.");
        assertRedoable(0);
        assertEquals(0, console.errors.size());
    }

    /** Waits until the timeline has all marks: from them the page computes what can be redone. */
    private static void awaitMarks() {
        long marks = console.store
                .replay("long", Range.all())
                .filter(event -> MARKED.contains(event.type()))
                .count()
                .block();
        assertThat(console.page.locator(".timeline option").first())
                .hasText(marks == 0 ? "No checkpoints" : "Go to … (" + marks + ")");
    }

    private static void assertRedoable(int cuts) {
        awaitMarks();
        assertEquals(cuts, console.store.state("long").block().redoable());
        if (cuts == 0) {
            assertThat(console.button("Redo")).isDisabled();
        } else {
            assertThat(console.button("Redo")).isEnabled();
        }
    }

    @Test
    @DisplayName(
            "the version where the slider stops is requested, in windows if it is long; a comparison only on request")
    void slider() {
        open();
        console.page.getByText("Go to the start").click();
        assertThat(console.messages()).hasCount(39);
        assertThat(console.page).hasURL(Pattern.compile(".*#/session/long@40"));
        assertEquals(1, asked("/state?version=40"));
        console.slider()
                .evaluate("node => { for (let at = 200; at <= 1000; at++) { node.value = at;"
                        + " node.dispatchEvent(new Event('input')); } }");
        assertThat(console.page).hasURL(Pattern.compile(".*#/session/long@1000"));
        assertThat(console.message("m998")).isVisible();
        assertEquals(1, asked("/messages?version=1000&last=" + FIRST));
        assertTrue(console.messages().count() < MOST);

        console.page.getByLabel("Compared with version").fill("990");
        console.page.keyboard().press("Enter");
        assertThat(console.page.locator(".as-of")).containsText("10 messages new.");
        assertThat(console.message("m998")).hasAttribute("data-mark", "added");
        assertThat(console.message("m988")).not().hasAttribute("data-mark", "added");
        assertEquals(2, asked("differs_from"));

        console.page.getByLabel("Go to event").fill("50000");
        console.page.keyboard().press("Enter");
        assertThat(console.page.locator(".detail")).containsText("Message 49998");
        assertTrue(console.page.locator(".event").count() < 200);
        console.button("Back to now").click();
        assertThat(console.message("m" + (MESSAGES - 1))).isVisible();
        assertEquals(1, asked("/state"), "only version 40 is short enough to be requested whole");
        assertEquals(0, console.errors.size());
    }

    @Test
    @DisplayName(
            "a late version of a long session is read in windows: its last messages, and older ones as the user scrolls")
    void lateVersion() {
        console.page.navigate("about:blank");
        console.addresses.clear();
        console.errors.clear();
        console.open("#/session/long@90000");
        assertThat(console.message("m89998")).isInViewport();
        assertThat(console.message("m89999")).hasCount(0);
        assertThat(console.page.locator(".as-of")).containsText("As of version 90000.");
        assertEquals(1, asked("/messages?version=90000&last=" + FIRST));
        scroller().evaluate("node => { node.scrollTop = 0; }");
        console.page.waitForCondition(() -> asked("/messages?version=90000&before=") > 0);
        assertThat(console.message("m" + (89_999 - FIRST))).isVisible();

        console.page.getByLabel("Compared with version").fill("90005");
        console.page.keyboard().press("Enter");
        assertThat(console.page.locator(".as-of")).containsText("5 not written yet.");
        console.page.getByLabel("Compared with version").fill("89990");
        console.page.keyboard().press("Enter");
        assertThat(console.page.locator(".as-of")).containsText("10 messages new.");
        assertThat(console.message("m89998")).hasAttribute("data-mark", "added");
        assertEquals(0, asked("/state"), "the whole session must not be requested");
        assertEquals(0, console.errors.size());
    }
}
