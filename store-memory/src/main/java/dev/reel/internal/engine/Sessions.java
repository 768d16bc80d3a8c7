package dev.reel.internal.engine;

import dev.reel.Json;
import dev.reel.StoreClosedException;
import dev.reel.StoreReadOnlyException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The sessions that are in memory or in use, and how many may stay in memory. A {@link SessionLog} stays in the map while a
 * reader or a write holds it, and while it has a log in memory.
 */
final class Sessions {

    private final Core core;
    private final ConcurrentHashMap<String, SessionLog> logs = new ConcurrentHashMap<>();
    /** Counts the calls of {@link #stored}; a session's last use is measured in it. */
    private volatile long round;

    Sessions(Core core) {
        this.core = core;
    }

    Core core() {
        return core;
    }

    /** Returns a session's log object, and creates it if the engine has none. */
    SessionLog log(String sessionId) {
        SessionLog log = logs.get(sessionId);
        if (log == null) {
            log = logs.computeIfAbsent(sessionId, id -> new SessionLog(id, core, this::forget));
            if (core.isFollowing()) {
                log.lookAgain();
            }
        }
        log.used(round);
        return log;
    }

    /** Returns a session's log and holds it, so that it stays in the map. */
    private SessionLog held(String sessionId) {
        SessionLog log = log(sessionId);
        while (!log.hold()) {
            log = log(sessionId);
        }
        return log;
    }

    /** Runs the work of a write as a task of the session. If the work throws, the write fails with that error. */
    void execute(WriteAttempt<?> attempt, String sessionId, Consumer<SessionLog> work) {
        SessionLog log = log(sessionId);
        log.execute(attempt, () -> {
            if (log.isRetired()) {
                execute(attempt, sessionId, work);
            } else {
                work.accept(log);
                log.retireIfUnused();
            }
        });
    }

    /** Opens a reader of a session's log. The reader holds the log until it is released. */
    <T> T opened(String sessionId, Function<SessionLog, T> reader) {
        SessionLog log = held(sessionId);
        try {
            return reader.apply(log);
        } catch (Throwable t) {
            log.release();
            throw t;
        }
    }

    private void forget(SessionLog log) {
        logs.remove(log.id(), log);
        log.unlisted();
    }

    /** Returns a session's log if the session may exist, or null if it certainly does not. */
    @Nullable
    SessionLog find(String sessionId) {
        SessionLog log = logs.get(sessionId);
        Storage storage = core.storage();
        if (log == null && storage != null && storage.session(sessionId) != null) {
            log = log(sessionId);
        }
        if (log != null) {
            log.used(round);
        }
        return log;
    }

    /** Returns the log object of a session, or null if the engine has none. */
    @Nullable
    SessionLog known(String sessionId) {
        return logs.get(sessionId);
    }

    Collection<SessionLog> all() {
        return logs.values();
    }

    /** How many sessions are in the map, for tests. */
    int size() {
        return logs.size();
    }

    /** Admits a write if the bounds allow it, and holds its session's log until the write is answered. */
    <T> SessionLog admit(Operation<T> operation, @Nullable Json meta) {
        core.checkOpen();
        if (core.isFollowing()) {
            throw new StoreReadOnlyException();
        }
        operation.check(core.bounds(), meta);
        SessionLog log = held(operation.sessionId());
        try {
            log.admission().enter(operation.sessionId(), operation.bytes());
        } catch (Throwable t) {
            log.release();
            throw t;
        }
        if (core.isClosed()) {
            // The closing thread may have checked for unanswered writes before this one was counted.
            leave(log, operation);
            throw new StoreClosedException();
        }
        return log;
    }

    <T> void leave(SessionLog admitted, Operation<T> operation) {
        admitted.admission().leave(operation.bytes());
        if (core.isClosed()) {
            admitted.wakeAll(); // the session's tails may have waited only for this write
        }
        admitted.release();
        core.tellWhenIdle();
    }

    /**
     * Drops stored events from memory, and unloads the least recently used sessions if the bounds are exceeded.
     *
     * @param mark the position up to which all events are stored
     * @param sessions the ids of the sessions of which events were stored
     */
    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread of the storage calls this
    void stored(long mark, Collection<String> sessions, int maxLoaded, long maxBytes) {
        for (String id : sessions) {
            SessionLog log = logs.get(id);
            if (log != null) {
                log.stored();
            }
        }
        core.feed().stored(mark);
        unload(maxLoaded, maxBytes);
        round++;
    }

    private void unload(int maxLoaded, long maxBytes) {
        List<SessionLog> loaded = new ArrayList<>();
        long bytes = 0;
        for (SessionLog log : logs.values()) {
            if (log.isLoaded()) {
                loaded.add(log);
                bytes += log.weight();
            }
        }
        if (loaded.size() <= maxLoaded && bytes <= maxBytes) {
            return;
        }
        Map<SessionLog, Long> uses = new HashMap<>();
        loaded.forEach(log -> uses.put(log, log.lastUse()));
        loaded.sort(Comparator.comparingLong(log -> uses.getOrDefault(log, 0L)));
        int count = loaded.size();
        for (SessionLog log : loaded) {
            if (count <= maxLoaded && bytes <= maxBytes) {
                return;
            }
            count--;
            bytes -= log.weight();
            log.unload();
        }
    }
}
