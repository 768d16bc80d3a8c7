package dev.reel.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.playwright.Keyboard;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import dev.reel.Anchor;
import dev.reel.ForkRequest;
import dev.reel.ForwardingSessionStore;
import dev.reel.Message;
import dev.reel.MessageDraft;
import dev.reel.SessionStore;
import dev.reel.StoreStatus;
import dev.reel.memory.MemorySessionStore;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;

/** The console in two tabs, with the keyboard only, and with a store that accepts no writes. */
@Tag("browser")
@Timeout(300)
class TabsAndKeysTest {

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

    @Test
    @DisplayName("two tabs: a change in one appears in the other; a version that one tab shows does not change")
    void tabs() {
        try (Console console = ConsoleTest.trip(new Console(driver)).open("#/session/trip")) {
            Page other = console.newTab();
            other.navigate(console.server.uri() + "/#/session/trip");
            Locator there = other.locator(".conversation article");
            assertThat(console.messages()).hasCount(4);
            assertThat(there).hasCount(4);

            console.button("Undo").click();
            console.dialogButton("Undo").click();
            assertThat(console.messages()).hasCount(2);
            assertThat(there).hasCount(2);
            other.locator("#main h2").focus();
            other.keyboard().press("y");
            other.keyboard().press("Enter");
            assertThat(there).hasCount(4);
            assertThat(console.messages()).hasCount(4);

            console.store
                    .fork(
                            "trip",
                            ForkRequest.at(Anchor.message("m2")).withId("plane").withTitle("By plane"))
                    .block();
            for (Page tab : List.of(console.page, other)) {
                assertThat(tab.locator("nav a.session[href='#/session/plane']")).hasAttribute("data-depth", "1");
            }

            other.navigate(console.server.uri() + "/#/session/trip@3");
            assertThat(there).hasCount(2);
            console.store
                    .putMessage("trip", MessageDraft.user("More").withId("m9"))
                    .block();
            assertThat(console.message("m9")).isVisible();
            assertThat(other.locator(".facts")).containsText("9 events");
            assertThat(there).hasCount(2);
            assertThat(other).hasURL(Pattern.compile(".*#/session/trip@3"));
            assertEquals(List.of(), console.errors);
        }
    }

    @Test
    @DisplayName("the keyboard alone finds and opens a session, moves the slider, leaves a dialog and forks")
    void keyboard() {
        try (Console console = ConsoleTest.trip(new Console(driver)).open("")) {
            Keyboard keys = console.page.keyboard();
            assertThat(console.session("trip")).isVisible();
            keys.press("/");
            assertThat(console.page.getByLabel("Search sessions")).isFocused();
            keys.type("madrid");
            assertThat(console.session("trip")).isVisible();
            keys.press("ArrowDown");
            assertThat(console.session("trip")).isFocused();
            keys.press("Enter");
            assertThat(console.messages()).hasCount(4);
            assertThat(console.page.locator("#main h2")).isFocused();

            tabTo(console, console.slider());
            keys.press("Home");
            for (int version = 2; version <= 3; version++) {
                keys.press("ArrowRight");
            }
            assertThat(console.messages()).hasCount(2);

            keys.press("f");
            assertThat(console.dialog()).isVisible();
            keys.press("Escape");
            assertThat(console.dialog()).hasCount(0);
            assertThat(console.slider()).isFocused();
            keys.press("?");
            assertThat(console.dialog()).containsText("search the sessions");
            keys.press("Escape");
            assertThat(console.dialog()).hasCount(0);
            assertThat(console.slider()).isFocused();

            tabTo(console, console.page.locator(".event").first());
            keys.press("End");
            keys.press("ArrowUp");
            keys.press("Enter");
            assertThat(console.page.locator(".detail h4")).hasText("5 · user_message");
            tabTo(console, console.button("Close the event"));
            keys.press("Enter");
            assertThat(console.page.locator(".detail")).isHidden();
            assertThat(console.page.locator(".event[data-index='4']")).isFocused();

            keys.press("f");
            tabTo(console, console.dialog().getByLabel("Title"));
            keys.press("Control+a");
            keys.type("By ship");
            keys.press("Enter");
            assertThat(console.page.locator("#main h2")).hasText("By ship");
            assertThat(console.messages()).hasCount(2);
            assertEquals(
                    List.of("m1", "m2", "m3", "m4"),
                    console.store
                            .listMessages("trip")
                            .map(Message::id)
                            .collectList()
                            .block());
            assertEquals(List.of(), console.errors);
        }
    }

    private static void tabTo(Console console, Locator target) {
        for (int i = 0; i < 60; i++) {
            if (Boolean.TRUE.equals(target.evaluate("node => node === document.activeElement"))) {
                return;
            }
            console.page.keyboard().press("Tab");
        }
        throw new AssertionError("60 times Tab did not reach " + target);
    }

    @Test
    @DisplayName(
            "a store that accepts no writes is reported above everything, with its reason; stored sessions are shown")
    void stopped() {
        try (SessionStore memory = MemorySessionStore.create();
                Console console = new Console(
                        driver,
                        new ForwardingSessionStore(memory) {
                            @Override
                            public Mono<StoreStatus> status() {
                                return super.status()
                                        .map(now -> new StoreStatus(
                                                StoreStatus.State.STOPPED,
                                                "the disk reported an error",
                                                now.openTails(),
                                                now.slowestTailLag(),
                                                now.heldThreads(),
                                                now.loadedSessions(),
                                                now.loadedBytes(),
                                                now.unfoldedBytes(),
                                                now.refusedSessions()));
                            }
                        },
                        options -> options)) {
            memory.putMessage("s", MessageDraft.user("Hello").withId("m1")).block();
            console.open("#/session/s");
            assertThat(console.page.locator("#banner")).isVisible();
            assertThat(console.page.locator("#banner"))
                    .containsText("The store accepts no writes after a failure. Stored sessions can be read.");
            assertThat(console.message("m1")).isVisible();
            assertEquals(List.of(), console.errors);
        }
        try (Console console = ConsoleTest.trip(new Console(driver)).open("#/session/trip")) {
            assertThat(console.messages()).hasCount(4);
            assertTrue(console.page.locator("#banner").isHidden(), "a store that accepts writes has no banner");
        }
    }
}
