package dev.reel.browser;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.options.AriaRole;
import dev.reel.SessionStore;
import dev.reel.jsonl.JsonlSessionStore;
import dev.reel.memory.MemorySessionStore;
import dev.reel.server.ServerOptions;
import dev.reel.server.SessionServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A server with its console, and a browser page that shows it. */
final class Console implements AutoCloseable {

    private static final String VARIABLE = "REEL_CHROMIUM";

    /**
     * A headless browser reports each page as visible. This script reports the state that a test sets, and records the
     * page's messages.
     */
    private static final String HIDING = """
            let isHidden = false;
            Object.defineProperty(document, 'hidden', { get: () => isHidden });
            Object.defineProperty(document, 'visibilityState', { get: () => isHidden ? 'hidden' : 'visible' });
            window.hide = (value) => {
              isHidden = value;
              document.dispatchEvent(new Event('visibilitychange'));
            };
            window.texts = [];
            document.addEventListener('DOMContentLoaded', () => new MutationObserver(() =>
              document.querySelectorAll('#status, .notice, #said').forEach((node) => window.texts.push(node.textContent)))
                .observe(document.body, { childList: true, subtree: true, characterData: true }));
            """;

    /** The store that a console's server serves. */
    enum Kind {
        MEMORY,
        JSONL
    }

    /** The browser and its driver, shared by all tests of a class. */
    static final class Driver implements AutoCloseable {

        private final Playwright playwright;
        final Browser browser;

        Driver() {
            Path chromium = Path.of(System.getenv().getOrDefault(VARIABLE, "/usr/bin/chromium"));
            if (!Files.isExecutable(chromium)) {
                throw new IllegalStateException("no browser at " + chromium + ": install the package chromium, or set "
                        + VARIABLE + " to the path of one");
            }
            playwright = Playwright.create(
                    new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
            browser = playwright
                    .chromium()
                    .launch(new BrowserType.LaunchOptions()
                            .setExecutablePath(chromium)
                            // Chromium's sandbox does not start as root, which CI uses; all pages are the tests' own.
                            .setArgs(List.of("--no-sandbox")));
        }

        @Override
        public void close() {
            browser.close();
            playwright.close();
        }
    }

    SessionStore store;
    SessionServer server;
    final BrowserContext context;
    final Page page;
    private final UnaryOperator<ServerOptions> change;

    /** The directory of a JSONL store; null for any other. */
    private final @Nullable Path root;

    /** What the page reported: script errors, and violations of the content security policy. */
    final List<String> errors = new ArrayList<>();

    /** All URLs that the page requested. */
    final List<String> addresses = new ArrayList<>();

    Console(Driver driver) {
        this(driver, options -> options);
    }

    Console(Driver driver, Kind kind) {
        this(driver, kind == Kind.JSONL ? temporary() : null, null, options -> options);
    }

    Console(Driver driver, UnaryOperator<ServerOptions> change) {
        this(driver, MemorySessionStore.create(), change);
    }

    Console(Driver driver, SessionStore store, UnaryOperator<ServerOptions> change) {
        this(driver, null, store, change);
    }

    private Console(
            Driver driver, @Nullable Path root, @Nullable SessionStore store, UnaryOperator<ServerOptions> change) {
        this.root = root;
        this.store = store != null ? store : root != null ? JsonlSessionStore.open(root) : MemorySessionStore.create();
        this.change = change;
        start(0);
        context = driver.browser.newContext(
                new Browser.NewContextOptions().setViewportSize(1400, 900).setAcceptDownloads(true));
        page = newTab();
    }

    private static Path temporary() {
        try {
            return Files.createTempDirectory("console");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Lets a test hide pages that are opened from now on. */
    Console withHiding() {
        context.addInitScript(HIDING);
        return this;
    }

    static void hide(Page tab, boolean isHidden) {
        tab.evaluate("value => window.hide(value)", isHidden);
    }

    /** Waits until the server has this many open streams: at first, streams that a tab has closed may still be open. */
    void awaitStreams(int n) {
        page.waitForCondition(() -> store.status().block().openTails() == n);
    }

    /** Opens another page in the same browser. */
    Page newTab() {
        Page page = context.newPage();
        page.setDefaultTimeout(20_000);
        page.onPageError(errors::add);
        page.onConsoleMessage(message -> {
            if (message.text().contains("Content Security Policy")) {
                errors.add(message.text());
            }
        });
        page.onRequest(request -> addresses.add(request.url()));
        return page;
    }

    private void start(int port) {
        server = SessionServer.start(
                store, change.apply(ServerOptions.standard().withPort(port)).withConsole());
    }

    /** Starts the server again, at the same port, with the same options. A JSONL store is closed and opened again, too. */
    void startAgain(int port) {
        if (root != null) {
            store.close();
            store = JsonlSessionStore.open(root);
        }
        start(port);
    }

    Console open(String fragment) {
        page.navigate(server.uri() + "/" + fragment);
        return this;
    }

    // ---- The contents of the page

    Locator messages() {
        return page.locator(".conversation article");
    }

    Locator message(String id) {
        return page.locator(".conversation article[data-id='" + id + "']");
    }

    Locator session(String id) {
        return page.locator("nav a.session[href='#/session/" + id + "']");
    }

    Locator button(String name) {
        return page.getByRole(
                AriaRole.BUTTON, new Page.GetByRoleOptions().setName(name).setExact(true));
    }

    Locator dialog() {
        return page.getByRole(AriaRole.DIALOG);
    }

    Locator dialogButton(String name) {
        return dialog().getByRole(
                        AriaRole.BUTTON,
                        new Locator.GetByRoleOptions().setName(name).setExact(true));
    }

    Locator slider() {
        return page.getByRole(
                AriaRole.SLIDER, new Page.GetByRoleOptions().setName("Version").setExact(true));
    }

    Locator notice() {
        return page.locator(".notice");
    }

    @Override
    public void close() {
        context.close();
        server.close();
        store.close();
        if (root != null) {
            delete(root);
        }
    }

    private static void delete(Path root) {
        try (Stream<Path> files = Files.walk(root)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(each -> each.toFile().delete());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
