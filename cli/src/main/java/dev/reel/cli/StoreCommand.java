package dev.reel.cli;

import dev.reel.Range;
import dev.reel.SessionDamagedException;
import dev.reel.SessionStore;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import reactor.core.publisher.Mono;

/** A command that works on a store. */
@Command(mixinStandardHelpOptions = true, versionProvider = Reel.Version.class)
abstract class StoreCommand implements Callable<Integer> {

    final Terminal terminal;

    @Mixin
    @SuppressWarnings("NullAway.Init") // picocli sets it
    StoreAt at;

    StoreCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    /** Opens an existing store, for a command that writes. */
    WrittenStore writing() {
        return new WrittenStore(at.forWriting(), terminal.err());
    }

    /** Blocks: a command may, on its own thread. */
    static <T> T get(Mono<T> mono) {
        T value = mono.block();
        if (value == null) {
            throw new CommandFailure("the store completed without a result");
        }
        return value;
    }

    /** Blocks; returns null if the result is empty. */
    static <T> @Nullable T getOrNull(Mono<T> mono) {
        return mono.block();
    }

    /** Returns whether a session has events, even if they can't be read. */
    static boolean isThere(SessionStore store, String sessionId) {
        try {
            return get(store.replay(sessionId, Range.last(1)).hasElements());
        } catch (SessionDamagedException e) {
            return true;
        }
    }

    void requireSession(SessionStore store, String sessionId) {
        if (!get(store.replay(sessionId, Range.last(1)).hasElements())) {
            throw noSession(sessionId);
        }
    }

    CommandFailure noSession(String sessionId) {
        return new CommandFailure(
                "session not found: " + sessionId + " in " + at.text() + "; reel ls lists the sessions");
    }

    void say(String line) {
        terminal.out().println(line);
    }

    String styled(Terminal.Style style, String text) {
        return terminal.styled(style, text);
    }
}
