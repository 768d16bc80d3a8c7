package dev.reel.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.playwright.Download;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.ColorScheme;
import dev.reel.Anchor;
import dev.reel.CheckpointRequest;
import dev.reel.EventDraft;
import dev.reel.ForkRequest;
import dev.reel.Json;
import dev.reel.Message;
import dev.reel.MessageDelta;
import dev.reel.MessageDraft;
import dev.reel.SessionDraft;
import dev.reel.SessionQuery;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The console in a real browser. */
@Tag("browser")
@Timeout(300)
class ConsoleTest {

    private static final String TOKEN = "write-token-0123456789";
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

    /** Two questions, each with an answer, and a checkpoint after the first: version 4. */
    static Console trip(Console console) {
        console.store
                .putSession("trip", SessionDraft.empty().withTitle("A trip to Madrid"))
                .block();
        say(console, MessageDraft.user("Is there a night train?").withId("m1"));
        say(console, MessageDraft.assistant("Yes, at 21:25.").withId("m2"));
        console.store
                .checkpoint("trip", CheckpointRequest.atLastMessage().withLabel("train found"))
                .block();
        say(console, MessageDraft.user("And a plane?").withId("m3"));
        say(console, MessageDraft.assistant("At noon.").withId("m4"));
        return console;
    }

    private static void say(Console console, MessageDraft draft) {
        console.store.putMessage("trip", draft).block();
    }

    private static List<String> stored(Console console) {
        return console.store.listMessages("trip").map(Message::id).collectList().block();
    }

    private static void assertClean(Console console) {
        assertEquals(List.of(), console.errors);
    }

    @Test
    @DisplayName(
            "the list is live: new sessions and changes appear at its top, forks below their parent; search finds titles")
    void list() {
        try (Console console = trip(new Console(driver))) {
            console.open("");
            assertThat(console.session("trip")).containsText("A trip to Madrid");
            console.store
                    .putSession("other", SessionDraft.empty().withTitle("Something else"))
                    .block();
            assertThat(console.page.locator("nav a.session").first()).containsText("Something else");
            console.store
                    .fork(
                            "trip",
                            ForkRequest.at(Anchor.message("m2")).withId("plane").withTitle("By plane"))
                    .block();
            assertThat(console.session("plane")).hasAttribute("data-depth", "1");
            assertThat(console.page.locator("nav a.session .title"))
                    .hasText(new String[] {"A trip to Madrid", "By plane", "Something else"});
            console.page.getByLabel("Search sessions").fill("ELSE");
            assertThat(console.page.locator("nav a.session .title")).hasText(new String[] {"Something else"});
            console.page.getByLabel("Search sessions").fill("nothing has this");
            assertThat(console.page.locator("nav .note")).containsText("No session has");
            assertClean(console);
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName(
            "an appended event appears automatically; an answer grows word by word; a line marks where live events begin")
    void live(Console.Kind kind) {
        try (Console console = trip(new Console(driver, kind)).open("#/session/trip")) {
            assertThat(console.messages()).hasCount(4);
            assertThat(console.page.locator("#status")).hasText("Live");
            console.store
                    .append("trip", EventDraft.of("tool_call", Json.object("name", "timetable", "from", "Lisbon")))
                    .block();
            assertThat(console.page.locator(".conversation .fold summary")).containsText("timetable");
            console.store
                    .appendToMessage("trip", MessageDelta.of("m5", 0, "It "))
                    .block();
            assertThat(console.message("m5")).containsText("being written");
            console.store
                    .appendToMessage("trip", MessageDelta.of("m5", 1, "leaves"))
                    .block();
            assertThat(console.message("m5").locator(".prose")).hasText("It leaves");
            say(console, MessageDraft.assistant("It leaves at six.").withId("m5"));
            assertThat(console.message("m5").locator(".prose")).hasText("It leaves at six.");
            assertThat(console.message("m5")).not().containsText("being written");
            assertThat(console.messages()).hasCount(5);
            assertThat(console.page.locator(".live-line")).hasText("Live from here");
            assertThat(console.page.locator(".chunk > .live-line + .fold")).hasCount(1);
            assertThat(console.page.locator(".event").last()).containsText("assistant_message");
            assertThat(console.slider()).hasAttribute("aria-valuetext", Pattern.compile("Version 10 of 10.*"));
            assertClean(console);
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("the slider shows the session as of a version, with its changes; its URL can be opened again")
    void slider(Console.Kind kind) {
        try (Console console = trip(new Console(driver, kind)).open("#/session/trip")) {
            assertThat(console.messages()).hasCount(4);
            say(console, MessageDraft.user("Is there a day train?").withId("m1"));
            assertThat(console.message("m1")).containsText("day train");
            console.slider().focus();
            console.page.keyboard().press("Home");
            assertThat(console.messages()).hasCount(0);
            console.page.keyboard().press("ArrowRight");
            console.page.keyboard().press("ArrowRight");
            assertThat(console.messages()).hasCount(2);
            assertThat(console.page).hasURL(Pattern.compile(".*#/session/trip@3"));
            assertThat(console.message("m1")).containsText("night train");
            assertThat(console.message("m1")).hasAttribute("data-mark", "changed");
            assertThat(console.message("m2")).not().hasAttribute("data-mark", Pattern.compile(".*"));
            assertThat(console.page.locator(".as-of")).containsText("1 changed later, 2 not written yet");
            // Events that are written in the meantime are not shown.
            say(console, MessageDraft.user("Later").withId("m9"));
            assertThat(console.page.locator(".facts")).containsText("8 events");
            assertThat(console.messages()).hasCount(2);

            console.page.getByLabel("Compared with version").fill("2");
            console.page.keyboard().press("Enter");
            assertThat(console.message("m2")).hasAttribute("data-mark", "added");

            console.page.reload();
            assertThat(console.messages()).hasCount(2);
            console.button("Back to now").click();
            assertThat(console.messages()).hasCount(5);
            console.page.keyboard().press("[");
            assertThat(console.page).hasURL(Pattern.compile(".*#/session/trip@4"));
            assertThat(console.page.locator(".moment")).containsText("train found");
            assertClean(console);
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("rewind, undo and redo ask for confirmation; their result is shown")
    void rewind(Console.Kind kind) {
        try (Console console = trip(new Console(driver, kind)).open("#/session/trip")) {
            assertThat(console.messages()).hasCount(4);
            console.button("Undo").click();
            console.dialogButton("Cancel").click();
            assertThat(console.dialog()).hasCount(0);
            assertEquals(List.of("m1", "m2", "m3", "m4"), stored(console));

            console.button("Undo").click();
            console.dialogButton("Undo").click();
            assertThat(console.messages()).hasCount(2);
            assertEquals(List.of("m1", "m2"), stored(console));
            assertThat(console.page.locator(".between.cut")).containsText("Rewound to here");

            console.button("Redo").click();
            console.dialogButton("Redo").click();
            assertThat(console.messages()).hasCount(4);
            assertEquals(List.of("m1", "m2", "m3", "m4"), stored(console));
            assertThat(console.button("Redo")).isDisabled();

            console.message("m1").hover();
            console.message("m1")
                    .getByText("Rewind to here", new Locator.GetByTextOptions().setExact(true))
                    .click();
            console.dialogButton("Rewind").click();
            assertThat(console.messages()).hasCount(1);
            assertEquals(List.of("m1"), stored(console));
            assertClean(console);
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("a checkpoint and a fork of a version: the fork is a separate session, and is shown")
    void fork(Console.Kind kind) {
        try (Console console = trip(new Console(driver, kind)).open("#/session/trip")) {
            assertThat(console.messages()).hasCount(4);
            console.page.locator("#main h2").focus();
            console.page.keyboard().press("c");
            console.dialog().getByLabel("Label").fill("all found");
            console.page.keyboard().press("Enter");
            assertThat(console.page.locator(".between.checkpoint").last()).containsText("all found");

            console.open("#/session/trip@3");
            assertThat(console.messages()).hasCount(2);
            console.button("Fork…").click();
            console.dialog().getByLabel("Title").fill("By ship");
            console.dialogButton("Create fork").click();
            assertThat(console.page.locator("#main h2")).hasText("By ship");
            assertThat(console.messages()).hasCount(2);
            assertThat(console.page.locator(".facts")).containsText("fork of trip");
            assertEquals(4, stored(console).size());
            assertEquals(
                    2,
                    console.store
                            .listSessions(SessionQuery.all())
                            .collectList()
                            .block()
                            .size());
            assertClean(console);
        }
    }

    @Test
    @DisplayName("a session's contents are shown as text: markup, scripts, control characters, direction, long lines")
    void hostile() {
        String attack = "<script>window.hacked=1</script><img src=x onerror=\"window.hacked=1\">"
                + "<a href=\"javascript:window.hacked=1\">x</a>\u202egnp.exe\u0007\u001b[31m";
        try (Console console = new Console(driver)) {
            String id = "<b>\"'&#x</b>/../@7%41";
            console.store
                    .putSession(id, SessionDraft.empty().withTitle(attack).withModel(attack))
                    .block();
            console.store
                    .putMessage(id, MessageDraft.user(attack).withId("<i>m1</i>'\""))
                    .block();
            console.store
                    .putMessage(id, MessageDraft.assistant("y".repeat(300_000)))
                    .block();
            console.store
                    .append(id, EventDraft.of("tool_call", Json.object("name", attack, "input", attack)))
                    .block();
            console.store
                    .append(id, EventDraft.of("<img src=x>", Json.object("a", attack)))
                    .block();
            console.store
                    .checkpoint(id, CheckpointRequest.atLastMessage().withLabel(attack.replaceAll("\\p{Cntrl}", "")))
                    .block();
            console.open("");
            console.page.locator("nav a.session").first().click();
            assertThat(console.messages()).hasCount(2);
            assertThat(console.messages().first()).containsText("<script>window.hacked=1</script><img src=x onerror=");
            assertThat(console.messages().first().locator(".hidden-char"))
                    .hasText(new String[] {"U+202E", "U+0007", "U+001B"});
            assertThat(console.page.locator(".between.checkpoint")).containsText("<script>");
            console.page.locator(".event").nth(4).click();
            assertThat(console.page.locator(".detail")).containsText("<img src=x>");
            console.button("Fork…").click();
            assertThat(console.dialog()).isVisible();
            assertEquals(
                    0,
                    console.page
                            .locator("body script, body img, body b, body i")
                            .count());
            assertEquals(0, console.page.locator("a:not([href^='#'])").count(), "no link leads to another site");
            assertEquals(Boolean.TRUE, console.page.evaluate("() => window.hacked === undefined"));
            assertEquals(
                    Boolean.TRUE,
                    console.page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth"));
            assertClean(console);
        }
    }

    @Test
    @DisplayName("a server with a token asks for it once per tab; no URL contains it")
    void token() {
        try (Console console = trip(new Console(driver, options -> options.withWriteToken(TOKEN)))) {
            console.open("#/session/trip");
            console.dialog().getByLabel("Token").fill("not-the-token-01234");
            console.page.keyboard().press("Enter");
            assertThat(console.dialog()).containsText("does not accept this token");
            console.dialog().getByLabel("Token").fill(TOKEN);
            console.page.keyboard().press("Enter");
            assertThat(console.messages()).hasCount(4);
            console.page.reload();
            assertThat(console.messages()).hasCount(4);
            assertTrue(console.addresses.size() > 10);
            console.addresses.forEach(each -> assertFalse(each.contains(TOKEN), each));
            assertEquals(0, console.context.cookies().size());
            assertEquals(0, console.page.evaluate("() => localStorage.length"));
            assertClean(console);
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName(
            "a lost connection is reported, and events that were written in the meantime appear after the reconnect")
    void reconnect(Console.Kind kind) {
        try (Console console = trip(new Console(driver, kind)).open("#/session/trip")) {
            assertThat(console.messages()).hasCount(4);
            assertThat(console.page.locator("#status")).hasText("Live");
            int port = console.server.address().getPort();
            console.server.close();
            assertThat(console.page.locator("#status")).containsText("Connection lost");
            assertThat(console.notice()).containsText("The page may be out of date");
            say(console, MessageDraft.user("Written in the meantime").withId("m5"));
            console.startAgain(port);
            assertThat(console.page.locator("#status")).hasText("Live");
            assertThat(console.message("m5")).containsText("Written in the meantime");
            assertThat(console.messages()).hasCount(5);
            assertThat(console.notice()).isHidden();
            assertClean(console);
        }
    }

    @Test
    @DisplayName("a session that is purged while shown, closed, or missing is reported; a problem's text is shown")
    void ends() {
        try (Console console = trip(new Console(driver)).open("#/session/trip")) {
            assertThat(console.messages()).hasCount(4);
            console.store.closeSession("trip", Json.object()).block();
            assertThat(console.notice()).containsText("This session is closed");
            console.button("Checkpoint").click();
            console.dialogButton("Create checkpoint").click();
            assertThat(console.dialog().locator(".problem")).containsText("closed");
            console.dialogButton("Cancel").click();

            console.store
                    .putSession("short", SessionDraft.empty().withTitle("Short"))
                    .block();
            console.open("#/session/short");
            assertThat(console.page.locator("#main h2")).hasText("Short");
            assertThat(console.page.locator(".empty")).containsText("No messages yet");
            console.store.purge("short").block();
            assertThat(console.notice()).containsText("This session was purged");
            assertThat(console.button("Fork…")).isDisabled();
            console.open("#/session/nowhere");
            assertThat(console.page.locator("#main .empty")).containsText("There is no session “nowhere”");
            assertClean(console);
        }
    }

    @Test
    @DisplayName(
            "axe reports no violation in the list, a session, an older version, an event and a dialog, light and dark")
    void accessible() throws IOException {
        String axe;
        try (InputStream script = ConsoleTest.class.getResourceAsStream("/axe.min.js")) {
            axe = new String(Objects.requireNonNull(script).readAllBytes(), StandardCharsets.UTF_8);
        }
        try (Console console = trip(new Console(driver))) {
            for (ColorScheme scheme : List.of(ColorScheme.LIGHT, ColorScheme.DARK)) {
                console.page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(scheme));
                console.open("");
                assertThat(console.session("trip")).isVisible();
                console.page.evaluate(axe);
                assertAccessible(console, scheme + " list");
                console.open("#/session/trip");
                assertThat(console.messages()).hasCount(4);
                console.page.locator(".event").nth(2).click();
                assertThat(console.page.locator(".detail")).isVisible();
                assertAccessible(console, scheme + " session");
                console.open("#/session/trip@3");
                assertThat(console.messages()).hasCount(2);
                assertAccessible(console, scheme + " version");
                console.button("Rewind…").click();
                assertThat(console.dialog()).isVisible();
                assertAccessible(console, scheme + " dialog");
                console.dialogButton("Cancel").click();
            }
            assertClean(console);
        }
    }

    private static void assertAccessible(Console console, String what) {
        Object found = console.page.evaluate("async () => { const found = await axe.run();"
                + " return [found.passes.length > 10 ? 'ran' : 'did not run',"
                + " ...found.violations.map(each => each.id + ' ' + each.nodes[0].html)]; }");
        assertEquals(List.of("ran"), found, what);
    }

    @Test
    @DisplayName("the export is the session's log, line by line")
    void export() throws IOException {
        try (Console console = trip(new Console(driver)).open("#/session/trip")) {
            assertThat(console.messages()).hasCount(4);
            Download download =
                    console.page.waitForDownload(() -> console.button("Export").click());
            assertEquals("trip.jsonl", download.suggestedFilename());
            List<String> lines = Files.readAllLines(download.path());
            assertEquals(6, lines.size());
            assertTrue(lines.get(5).startsWith("{\"seq\":6,"), lines.get(5));
            assertClean(console);
        }
    }
}
