package dev.reel.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import dev.reel.EventDraft;
import dev.reel.Json;
import dev.reel.MessageDelta;
import dev.reel.MessageDraft;
import dev.reel.SessionDraft;
import dev.reel.SessionPatch;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;

/**
 * Hidden parts of the console have no stream: a browser opens at most six connections to a server, for all its tabs.
 */
@Tag("browser")
@Timeout(300)
class HiddenTabsTest {

    private static final int TABS = 5;

    private static Console.Driver driver;

    @BeforeAll
    static void start() {
        PlaywrightAssertions.setDefaultAssertionTimeout(20_000);
        driver = new Console.Driver();
    }

    @AfterAll
    static void end() {
        if (driver != null) {
            driver.close();
        }
    }

    private static Console console() {
        return new Console(driver).withHiding();
    }

    /** Shows one tab and hides the others, like a browser window. */
    private static void show(List<Page> tabs, Page shown) {
        tabs.stream().filter(tab -> tab != shown).forEach(tab -> Console.hide(tab, true));
        Console.hide(shown, false);
    }

    private static Object ids(Page tab) {
        return tab.evaluate(
                "() => [...document.querySelectorAll('.conversation article')].map(each => each.dataset.id)");
    }

    private static void assertNothingLost(Console console, List<Page> tabs) {
        for (Page tab : tabs) {
            String texts = String.valueOf(tab.evaluate("() => window.texts.join('|')"));
            assertTrue(texts.contains("Live"), texts);
            assertTrue(!texts.contains("lost") && !texts.contains("attempt") && !texts.contains("again"), texts);
        }
        assertEquals(List.of(), console.errors);
    }

    @Test
    @DisplayName(
            "five tabs on one session: the visible one has every message that was written while it was hidden, once")
    void fiveTabs() {
        try (Console console = ConsoleTest.trip(console())) {
            List<Page> tabs = new ArrayList<>(List.of(console.page));
            IntStream.range(1, TABS).forEach(n -> tabs.add(console.newTab()));
            for (int n = 0; n < TABS; n++) {
                tabs.subList(0, n).forEach(tab -> Console.hide(tab, true));
                tabs.get(n).navigate(console.server.uri() + "/#/session/trip");
                assertThat(tabs.get(n).locator(".conversation article")).hasCount(4);
                assertThat(tabs.get(n).locator("#status")).hasText("Live");
                console.awaitStreams(2);
            }
            List<String> expected = new ArrayList<>(List.of("m1", "m2", "m3", "m4"));
            for (int round = 0; round < 2; round++) {
                for (int n = 0; n < TABS; n++) {
                    String id = "r" + round + "t" + n;
                    console.store
                            .putMessage(
                                    "trip", MessageDraft.user("Message " + id).withId(id + "a"))
                            .then(console.store.appendToMessage("trip", MessageDelta.of(id + "b", 0, "One ")))
                            .then(console.store.append(
                                    "trip", EventDraft.of("tool_call", Json.object("name", "tool-" + id))))
                            .then(console.store.appendToMessage("trip", MessageDelta.of(id + "b", 1, "two")))
                            .then(console.store.updateSession(
                                    "trip", SessionPatch.empty().withTitle("Title " + id)))
                            .block();
                    expected.addAll(List.of(id + "a", id + "b"));
                    Page tab = tabs.get(n);
                    show(tabs, tab);
                    assertThat(tab.locator(".conversation article[data-id='" + id + "b'] .prose"))
                            .hasText("One two");
                    assertThat(tab.locator("#main h2")).hasText("Title " + id);
                    assertThat(tab.locator("nav a.session .title")).hasText("Title " + id);
                    assertEquals(expected, ids(tab));
                    assertThat(tab.locator(".conversation .fold-name").getByText("tool-" + id))
                            .hasCount(1);
                    assertThat(tab.locator(".facts"))
                            .containsText(console.store.head("trip").block().version() + " events");
                    console.awaitStreams(2);
                    // A request of the tab gets a free connection.
                    tab.getByLabel("Go to event").fill("2");
                    tab.keyboard().press("Enter");
                    assertThat(tab.locator(".detail h4")).containsText("2 · ");
                }
            }
            assertNothingLost(console, tabs);
        }
    }

    @Test
    @DisplayName("a tab that was opened in the background, or hidden and shown at once, follows after it is shown")
    void background() {
        try (Console console = ConsoleTest.trip(console())) {
            console.context.addInitScript("window.hide(true);");
            console.open("#/session/trip");
            assertThat(console.messages()).hasCount(4);
            assertThat(console.session("trip")).isVisible();
            console.store
                    .putMessage("trip", MessageDraft.user("More").withId("m9"))
                    .block();
            console.store
                    .putSession("new", SessionDraft.empty().withTitle("New"))
                    .block();
            console.awaitStreams(0);
            Console.hide(console.page, false);
            assertThat(console.message("m9")).isVisible();
            assertThat(console.session("new")).isVisible();
            assertThat(console.page.locator("#status")).hasText("Live");
            console.awaitStreams(2);

            console.page.evaluate("() => { for (let n = 0; n < 20; n++) { window.hide(true); window.hide(false); } }");
            console.store
                    .putMessage("trip", MessageDraft.user("More").withId("m10"))
                    .block();
            assertThat(console.message("m10")).isVisible();
            console.awaitStreams(2);
            assertEquals(List.of("m1", "m2", "m3", "m4", "m9", "m10"), ids(console.page));
            assertNothingLost(console, List.of(console.page));
        }
    }

    @Test
    @DisplayName("a list that missed many changes is read again, and continues live")
    void muchMissed() {
        try (Console console = console().open("")) {
            assertThat(console.page.locator("#status")).hasText("Live");
            console.awaitStreams(1);
            Console.hide(console.page, true);
            console.awaitStreams(0);
            Flux.range(0, 300)
                    .concatMap(n -> console.store.putSession(
                            "s" + n, SessionDraft.empty().withTitle("Session " + n)))
                    .blockLast();
            Console.hide(console.page, false);
            assertThat(console.session("s299")).isVisible();
            assertEquals(
                    2,
                    console.addresses.stream()
                            .filter(each -> each.contains("/v1/events?after=now"))
                            .count(),
                    "what was missed is not read event by event");
            assertThat(console.page.locator("nav .rows > div").first()).hasAttribute("aria-setsize", "200");
            console.store
                    .putSession("s5", SessionDraft.empty().withTitle("Five anew"))
                    .block();
            assertThat(console.session("s5")).hasText(Pattern.compile("Five anew.*"));
            console.awaitStreams(1);
            assertNothingLost(console, List.of(console.page));
        }
    }

    @Test
    @DisplayName(
            "on a narrow screen the list has no stream while a session is shown, and is current when the user returns to it")
    void narrow() {
        try (Console console = ConsoleTest.trip(console())) {
            console.page.setViewportSize(390, 844);
            console.open("");
            assertThat(console.session("trip")).isVisible();
            console.awaitStreams(1);
            console.session("trip").click();
            assertThat(console.messages()).hasCount(4);
            console.awaitStreams(1);
            assertThat(console.page.locator("#status")).hasText("Live");
            console.store
                    .updateSession("trip", SessionPatch.empty().withTitle("Another title"))
                    .block();
            console.store
                    .putSession("new", SessionDraft.empty().withTitle("New"))
                    .block();
            assertThat(console.page.locator("#main h2")).hasText("Another title");
            console.page.locator(".back").click();
            assertThat(console.page
                            .locator("nav a.session .title")
                            .filter(new Locator.FilterOptions().setHasText("Another title")))
                    .isVisible();
            assertThat(console.session("new")).isVisible();
            console.awaitStreams(1);
            console.page.setViewportSize(1400, 900);
            console.session("trip").click();
            assertThat(console.messages()).hasCount(4);
            console.awaitStreams(2);
            assertNothingLost(console, List.of(console.page));
        }
    }
}
