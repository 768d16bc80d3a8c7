package dev.reel.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import dev.reel.EventDraft;
import dev.reel.ForkRequest;
import dev.reel.Json;
import dev.reel.MessageDraft;
import dev.reel.SessionDraft;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;

/** The console's filters: sessions of a root of 10,000, and the events of a session. */
@Tag("browser")
@Timeout(300)
class FiltersTest {

    private static final int SESSIONS = 10_000;
    private static final int PAGE = 200;
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

    private static Locator titles(Console console) {
        return console.page.locator("nav a.session .title");
    }

    private static long pages(Console console) {
        return console.addresses.stream()
                .filter(each -> each.contains("/v1/sessions?"))
                .count();
    }

    private static void put(Console console, String id) {
        console.store
                .putSession(id, SessionDraft.empty().withTitle("Title " + id))
                .block();
    }

    @Test
    @DisplayName("the first screen of 10,000 sessions is one page of the list; more are read as the user scrolls")
    void pages() {
        try (Console console = new Console(driver)) {
            Flux.range(0, SESSIONS)
                    .concatMap(n -> console.store.putSession(
                            "s" + n, SessionDraft.empty().withTitle("Session " + n)))
                    .blockLast();
            console.store.closeSession("s77", Json.object()).block();
            put(console, "newest");
            console.open("");
            assertThat(console.session("newest")).isVisible();
            assertEquals(1, pages(console));
            Locator scroller = console.page.locator("nav .scroller");
            Locator row = console.page.locator("nav .rows > div").first();
            assertThat(row).hasAttribute("aria-setsize", "" + PAGE);
            for (int more = 2; more <= 3; more++) {
                scroller.evaluate("node => { node.scrollTop = node.scrollHeight; }");
                assertThat(row).hasAttribute("aria-setsize", "" + more * PAGE);
                assertEquals(more, pages(console));
            }
            assertTrue(console.page.locator("nav a.session").count() < 100);

            console.page.getByLabel("Open or closed").selectOption("Closed");
            assertThat(titles(console)).hasText(new String[] {"Session 77"});
            assertEquals(0, console.errors.size());
        }
    }

    @Test
    @DisplayName("sessions are filtered by open or closed, by parent and by last change, also live")
    void sessions() {
        try (Console console = new Console(driver)) {
            put(console, "open");
            put(console, "closed");
            console.store.closeSession("closed", Json.object()).block();
            console.store
                    .putMessage("open", MessageDraft.user("Hello").withId("m1"))
                    .block();
            console.store
                    .fork("open", ForkRequest.whole().withId("fork").withTitle("Title fork"))
                    .block();
            console.open("");
            assertThat(titles(console)).hasCount(3);

            console.page.getByLabel("Open or closed").selectOption("Closed");
            assertThat(titles(console)).hasText(new String[] {"Title closed"});
            console.page.getByLabel("Open or closed").selectOption("Open");
            assertThat(titles(console)).hasText(new String[] {"Title open", "Title fork"});
            console.store.closeSession("fork", Json.object()).block();
            assertThat(titles(console)).hasText(new String[] {"Title open"});
            console.page.getByLabel("Open or closed").selectOption("Any state");
            assertThat(titles(console)).hasCount(3);

            console.session("open").click();
            console.page.getByLabel("Forks of").selectOption("Forks of Title open");
            assertThat(titles(console)).hasText(new String[] {"Title fork"});
            // The filter keeps its session while another session is open.
            console.session("fork").click();
            assertThat(console.page.getByLabel("Forks of")).hasValue("open");
            put(console, "another");
            console.store
                    .fork("open", ForkRequest.whole().withId("second").withTitle("Title second"))
                    .block();
            assertThat(titles(console)).hasText(new String[] {"Title second", "Title fork"});
            console.page.getByLabel("Open or closed").selectOption("Closed");
            console.page.getByLabel("Search sessions").fill("second");
            assertThat(console.page.locator("nav .note")).containsText("No session matches these filters");

            console.page.getByLabel("Search sessions").fill("");
            console.page.getByLabel("Open or closed").selectOption("Any state");
            console.page.getByLabel("Forks of").selectOption("Any parent");
            assertThat(titles(console)).hasCount(5);
            console.page.getByLabel("Changed since").selectOption("Last hour");
            console.page.waitForCondition(
                    () -> console.addresses.stream().anyMatch(each -> each.contains("changed_after=")));
            assertThat(titles(console)).hasCount(5);
            assertEquals(0, console.errors.size());
        }
    }

    @Test
    @DisplayName("the events of one type: the last ones first, older ones as the user scrolls, and live")
    void events() {
        try (Console console = new Console(driver)) {
            put(console, "s");
            Flux.range(0, 500)
                    .concatMap(n -> console.store.append(
                            "s",
                            List.of(
                                    EventDraft.of("tick", Json.object("n", "tick " + n)),
                                    EventDraft.of("tock", Json.object("n", "tock " + n)))))
                    .blockLast();
            console.open("#/session/s");
            Locator event = console.page.locator(".event");
            assertThat(event.last()).containsText("tock 499");
            console.page.getByLabel("Only events of the type").fill("tick");
            console.page.keyboard().press("Enter");
            assertThat(event.last()).containsText("tick 499");
            assertThat(event.getByText("tock")).hasCount(0);
            assertThat(console.page.locator(".events .hint").first()).hasText("200+ of 1,001");
            console.store
                    .append(
                            "s",
                            List.of(
                                    EventDraft.of("tock", Json.object("n", "tock 500")),
                                    EventDraft.of("tick", Json.object("n", "tick 500"))))
                    .block();
            assertThat(event.last()).containsText("tick 500");
            assertThat(event.getByText("tock")).hasCount(0);

            for (String all : new String[] {"401\\+", "501"}) {
                console.page.locator(".events .scroller").evaluate("node => { node.scrollTop = 0; }");
                assertThat(console.page.locator(".events .hint").first()).hasText(Pattern.compile(all + " of 1,003"));
            }
            console.page.locator(".events .scroller").evaluate("node => { node.scrollTop = 0; }");
            assertThat(event.filter(new Locator.FilterOptions().setHasText("tick 0"))
                            .first())
                    .isVisible();
            event.filter(new Locator.FilterOptions().setHasText(Pattern.compile("tick 3$|tick 3\"")))
                    .first()
                    .click();
            assertThat(console.page.locator(".detail")).containsText("tick 3");
            console.page.getByLabel("Only events of the type").fill("");
            console.page.keyboard().press("Enter");
            assertThat(console.page.locator(".events .hint").first()).hasText("1,003");
            assertThat(event.getByText("tock").first()).isVisible();
            assertEquals(0, console.errors.size());
        }
    }
}
