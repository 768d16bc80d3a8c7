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
 * The store that a command writes to. When it closes, it names the sessions of which not all could be brought into their
 * files. That is a failure of the command where it wrote to such a session; of others it is a note, since what the command
 * did is done.
 */
final class WrittenStore extends ForwardingSessionStore {

    private final PrintStream err;
    private final Set<String> written = new HashSet<>();

    WrittenStore(SessionStore store, PrintStream err) {
        super(store);
        this.err = err;
    }

    /** Notes that the command writes to a session. */
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
                    err.println("reel: note, of another session: " + Text.oneLine(String.valueOf(one.getMessage()))));
        }
    }
}
