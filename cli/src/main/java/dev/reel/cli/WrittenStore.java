package dev.reel.cli;

import dev.reel.ForwardingSessionStore;
import dev.reel.SessionDamagedException;
import dev.reel.SessionStore;
import java.io.PrintStream;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A store that a command writes to. When it closes, it reports sessions whose events could not all be written to their
 * files. If the command wrote to such a session, the command fails; otherwise it prints a note, since its own work is
 * done.
 */
final class WrittenStore extends ForwardingSessionStore {

    private final PrintStream err;
    private final Set<String> written = new HashSet<>();

    WrittenStore(SessionStore store, PrintStream err) {
        super(store);
        this.err = err;
    }

    /** Records that the command writes to a session. */
    void writes(String sessionId) {
        written.add(sessionId);
    }

    @Override
    public void close() {
        try {
            super.close();
        } catch (SessionDamagedException e) {
            List<SessionDamagedException> all = Stream.concat(Stream.of(e), Stream.of(e.getSuppressed()))
                    .filter(SessionDamagedException.class::isInstance)
                    .map(SessionDamagedException.class::cast)
                    .toList();
            for (SessionDamagedException one : all) {
                if (written.contains(one.sessionId())) {
                    throw one;
                }
            }
            all.forEach(one ->
                    err.println("reel: note about another session: " + Text.oneLine(String.valueOf(one.getMessage()))));
        }
    }
}
