package dev.reel.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Request;
import com.microsoft.playwright.assertions.LocatorAssertions;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import dev.reel.MessageDraft;
import dev.reel.SessionDraft;
import dev.reel.SessionQuery;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;

/** Several windows of one browser side by side: they share one stream for the list. */
@Tag("browser")
@Timeout(300)
class WindowsTest {

    private static final String WRITE = "write-token-0123456789";
    private static final String READ = "read-token-0123456789";

    /** Records what a page hears from the other windows. */
    private static final String RECORD = """
            window.heard = [];
            window.BroadcastChannel = class extends BroadcastChannel {
              constructor(name) {
                super(name);
                window.heard.push(name);
                this.addEventListener('message', ({ data }) => window.heard.push(JSON.stringify(data)));
              }
            };
            """;

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

    /** Shows the session {@code s0} in the first window, {@code s1} in the second and so on. The first one leads. */
    private static List<Page> windows(Console console, int n) {
        for (int i = 0; i < n; i++) {
            console.store
                    .putMessage("s" + i, MessageDraft.user("Hello").withId("m1"))
                    .block();
        }
        List<Page> windows = new ArrayList<>(List.of(console.page));
        IntStream.range(1, n).forEach(i -> windows.add(console.newTab()));
        for (int i = 0; i < n; i++) {
            open(console, windows.get(i), i);
            console.awaitStreams(i + 2);
        }
        return windows;
    }

    private static void open(Console console, Page window, int i) {
        window.navigate(console.server.uri() + "/#/session/s" + i);
        assertThat(window.locator(".conversation article")).hasCount(1);
        assertThat(window.locator("#status")).hasText("Live");
    }

    private static Locator listed(Page window, String id) {
        return window.locator("nav a.session[href='#/session/" + id + "']");
    }

    private static void add(Console console, String id) {
        console.store.putSession(id, SessionDraft.empty().withTitle(id)).block();
    }

    private static boolean isFeed(Request request) {
        return request.url().contains("/v1/events?")
                && "text/event-stream".equals(request.headers().get("accept"));
    }

    @Test
    @DisplayName(
            "four windows on four sessions have five streams; each is live, lists a new session, and gets answers at once")
    void four() {
        try (Console console = new Console(driver)) {
            List<Page> feeds = new ArrayList<>();
            console.context.onRequest(request -> {
                if (isFeed(request)) {
                    feeds.add(request.frame().page());
                }
            });
            List<Page> windows = windows(console, 4);
            add(console, "new");
            for (int i = 0; i < 4; i++) {
                Page window = windows.get(i);
                console.store
                        .putMessage("s" + i, MessageDraft.user("More").withId("m2"))
                        .block();
                assertThat(window.locator(".conversation article[data-id='m2']"))
                        .isVisible();
                assertThat(listed(window, "new")).isVisible();
                window.locator("#main h2").focus();
                window.keyboard().press("c");
                window.keyboard().press("Enter");
                assertThat(window.locator(".between.checkpoint"))
                        .hasCount(1, new LocatorAssertions.HasCountOptions().setTimeout(5000));
            }
            assertEquals(List.of(console.page), feeds);
            console.awaitStreams(5);
            assertEquals(List.of(), console.errors);
        }
    }

    @Test
    @DisplayName("if the window with the stream is hidden or closed, another one takes over and misses no change")
    void takesOver() {
        try (Console console = new Console(driver).withHiding()) {
            List<Page> windows = windows(console, 4);
            for (int i = 0; i < 3; i++) {
                List<Page> left = windows.subList(i + 1, 4);
                add(console, "before" + i);
                if (i == 1) {
                    windows.get(i).close();
                } else {
                    Console.hide(windows.get(i), true);
                }
                add(console, "after" + i);
                for (Page window : left) {
                    assertThat(listed(window, "before" + i)).isVisible();
                    assertThat(listed(window, "after" + i)).isVisible();
                    assertThat(window.locator("#status")).hasText("Live");
                }
                windows.get(3)
                        .waitForCondition(() -> console.store.status().block().openTails() == left.size() + 1);
            }
            // The first window listens now.
            Console.hide(windows.get(0), false);
            assertThat(listed(windows.get(0), "after2")).isVisible();
            add(console, "last");
            assertThat(listed(windows.get(0), "last")).isVisible();
            console.awaitStreams(3);
            assertEquals(List.of(), console.errors);
        }
    }

    @Test
    @DisplayName("a window that was hidden while others followed lists what it missed, a few changes or many")
    void returns() {
        try (Console console = new Console(driver).withHiding()) {
            List<Page> windows = windows(console, 2);
            for (int messages : List.of(0, 150)) {
                Console.hide(windows.get(1), true);
                console.awaitStreams(2);
                Flux.range(0, messages)
                        .concatMap(i -> console.store.putMessage("s0", MessageDraft.user("Message " + i)))
                        .blockLast();
                add(console, "one" + messages);
                add(console, "two" + messages);
                assertThat(listed(console.page, "two" + messages)).isVisible();
                Console.hide(windows.get(1), false);
                assertThat(listed(windows.get(1), "one" + messages)).isVisible();
                assertThat(listed(windows.get(1), "two" + messages)).isVisible();
                add(console, "then" + messages);
                assertThat(listed(windows.get(1), "then" + messages)).isVisible();
                console.awaitStreams(3);
            }
            // Both were hidden, and the one that listened leads.
            windows.forEach(window -> Console.hide(window, true));
            console.awaitStreams(0);
            add(console, "unseen");
            Console.hide(windows.get(1), false);
            assertThat(listed(windows.get(1), "unseen")).isVisible();
            console.awaitStreams(2);
            Console.hide(console.page, false);
            assertThat(listed(console.page, "unseen")).isVisible();
            console.awaitStreams(3);
            assertEquals(List.of(), console.errors);
        }
    }

    @Test
    @DisplayName(
            "each window reports a lost connection; if the server rejects the leader's token, another window leads")
    void loses() {
        try (Console console = new Console(driver, options -> options.withWriteToken(WRITE))) {
            console.context.addInitScript("if (!sessionStorage.started) { sessionStorage.started = 1;"
                    + " sessionStorage.setItem('reel-token', '" + WRITE + "'); }");
            List<Page> windows = windows(console, 3);
            // A window in whose conversation nothing follows reports the state of the list's stream.
            windows.forEach(window -> window.navigate(console.server.uri() + "/#/"));
            console.awaitStreams(1);
            for (Page window : windows) {
                assertThat(window.locator("#status")).hasText("Live");
            }
            console.page.evaluate("() => sessionStorage.removeItem('reel-token')");
            int port = console.server.address().getPort();
            console.server.close();
            for (Page window : windows) {
                assertThat(window.locator("#status")).hasText("Connection lost, trying again");
            }
            add(console, "meantime");
            console.startAgain(port);
            assertThat(console.dialog()).containsText("This server needs a token");
            add(console, "new");
            for (Page window : windows.subList(1, 3)) {
                assertThat(window.locator("#status")).hasText("Live");
                assertThat(listed(window, "meantime")).isVisible();
                assertThat(listed(window, "new")).isVisible();
                assertThat(window.locator("dialog")).hasCount(0);
            }
            assertThat(listed(console.page, "new")).hasCount(0);
            console.awaitStreams(1);
            console.dialog().getByLabel("Token").fill(WRITE);
            console.page.keyboard().press("Enter");
            assertThat(listed(console.page, "new")).isVisible();
            assertThat(console.page.locator("#status")).hasText("Live");
            console.awaitStreams(1);
            assertEquals(List.of(), console.errors);
        }
    }

    @Test
    @DisplayName("a change that is written just before the stream opens is listed")
    void justBefore() {
        try (Console console = new Console(driver).withHiding()) {
            console.context.route(address -> address.contains("/v1/events?"), route -> {
                if (isFeed(route.request())) {
                    add(console, "before-" + console.store.position().block().position());
                }
                route.resume();
            });
            List<Page> windows = windows(console, 2);
            Console.hide(windows.get(0), true);
            windows.get(1)
                    .waitForCondition(() -> console.store
                                    .listSessions(SessionQuery.all())
                                    .count()
                                    .block()
                            == 4);
            assertThat(windows.get(1).locator("nav a.session")).hasCount(4);
            Console.hide(windows.get(0), false);
            assertThat(windows.get(0).locator("nav a.session")).hasCount(4);
            console.awaitStreams(3);
            assertEquals(List.of(), console.errors);
        }
    }

    @Test
    @DisplayName("windows with different tokens share nothing; one without a valid token hears nothing")
    void tokens() {
        try (Console console =
                new Console(driver, options -> options.withWriteToken(WRITE).withReadToken(READ))) {
            add(console, "old");
            console.context.addInitScript(RECORD);
            List<Page> windows = new ArrayList<>();
            for (String token : List.of(WRITE, READ, READ, "not-a-token-0123456", "")) {
                Page window = windows.isEmpty() ? console.page : console.newTab();
                windows.add(window);
                window.addInitScript("sessionStorage.setItem('reel-token', '" + token + "')");
                window.navigate(console.server.uri() + "/");
                if (windows.size() <= 3) {
                    assertThat(listed(window, "old")).isVisible();
                    assertThat(window.locator("#status")).hasText("Live");
                } else {
                    assertThat(window.locator("dialog")).isVisible();
                }
            }
            console.awaitStreams(2);
            add(console, "new");
            windows.subList(0, 3)
                    .forEach(each -> assertThat(listed(each, "new")).isVisible());
            List<List<?>> heard = windows.stream()
                    .<List<?>>map(each -> (List<?>) each.evaluate("() => window.heard"))
                    .toList();
            assertEquals(List.of(), heard.get(3));
            assertEquals(List.of(), heard.get(4));
            assertEquals(1, heard.get(0).size(), () -> "only the name of its channel: " + heard.get(0));
            assertEquals(heard.get(1).get(0), heard.get(2).get(0));
            assertTrue(!heard.get(0).get(0).equals(heard.get(1).get(0)), "each token has its own channel");
            String all = heard.toString();
            assertTrue(all.contains("\"changed\":[\"new\"]"), all);
            assertTrue(!all.contains(WRITE) && !all.contains(READ), all);
            assertEquals(List.of(), console.errors);
        }
    }

    @Test
    @DisplayName("in a browser without locks each window has its own stream")
    void noLocks() {
        try (Console console = new Console(driver).withHiding()) {
            console.context.addInitScript("Object.defineProperty(Navigator.prototype, 'locks', { value: undefined });");
            console.store
                    .putMessage("s0", MessageDraft.user("Hello").withId("m1"))
                    .block();
            Page other = console.newTab();
            open(console, console.page, 0);
            open(console, other, 0);
            console.awaitStreams(4);
            Console.hide(other, true);
            add(console, "new");
            Console.hide(other, false);
            assertThat(listed(console.page, "new")).isVisible();
            assertThat(listed(other, "new")).isVisible();
            console.awaitStreams(4);
            assertEquals(List.of(), console.errors);
        }
    }
}
