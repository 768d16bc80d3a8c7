package dev.reel.jsonl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.Change;
import dev.reel.FeedFilter;
import dev.reel.FeedPlace;
import dev.reel.Range;
import dev.reel.ReelException;
import dev.reel.Session;
import dev.reel.SessionDamagedException;
import dev.reel.SessionEvent;
import dev.reel.SessionQuery;
import dev.reel.SessionState;
import dev.reel.SessionStore;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;

/**
 * Everything that a store shows: its logs, and the purges of its feed. The constructor checks that the rows are the
 * fold of the logs, and that the feed has every event that the sessions recorded themselves, once and in order.
 *
 * <p>An event is represented as text, its position and its line, so that a comparison covers all of it.
 *
 * @param logs the log of each session that has events and is not damaged
 * @param purges the session and position of each purge
 * @param damaged the sessions that fail, with their errors
 * @param feed the feed's events except purges
 * @param last the last position that was seen
 */
record Seen(
        Map<String, List<String>> logs,
        Map<Long, String> purges,
        Map<String, SessionDamagedException> damaged,
        List<String> feed,
        long last) {

    static final Seen NOTHING = new Seen(Map.of(), Map.of(), Map.of(), List.of(), 0);

    /** Reads what an undamaged store shows. */
    static Seen of(SessionStore store) {
        return of(store, List.of(), List.of()).sound();
    }

    /**
     * Reads what an undamaged store shows in which a purge of sessions failed halfway: the feed may still have their
     * events.
     */
    static Seen ofHalfPurged(SessionStore store, Collection<String> sessions) {
        return of(store, List.of(), sessions).sound();
    }

    private Seen sound() {
        assertEquals(Map.of(), damaged, "no session is damaged");
        return this;
    }

    /**
     * Reads what a store shows that may have damaged sessions: their events are missing, or the feed ends before them.
     *
     * @param known sessions that are read even if the store does not list them
     */
    static Seen of(SessionStore store, Collection<String> known) {
        return of(store, known, List.of());
    }

    private static Seen of(SessionStore store, Collection<String> known, Collection<String> halfPurged) {
        Set<String> ids = new HashSet<>(list(store.sessionIds()));
        ids.addAll(known);
        Map<String, List<String>> logs = new TreeMap<>();
        Map<String, SessionDamagedException> damaged = new TreeMap<>();
        Map<Long, String> own = new TreeMap<>();
        Map<String, Session> rows = new TreeMap<>();
        long last = 0;
        for (String id : ids) {
            try {
                List<SessionEvent> log = list(store.replay(id, Range.all()));
                SessionState state = stateOf(id, log);
                assertRows(store, state);
                if (!log.isEmpty()) {
                    logs.put(id, log.stream().map(Seen::text).toList());
                    ownOf(log).forEach(event -> own.put(event.position(), text(event)));
                    last = Math.max(last, log.get(log.size() - 1).position());
                }
                if (state.session() != null) {
                    rows.put(id, state.session());
                }
            } catch (SessionDamagedException e) {
                damaged.put(id, e);
            }
        }
        Map<String, Session> listed = new TreeMap<>();
        for (Session row : list(store.listSessions(SessionQuery.all()))) {
            assertEquals(null, listed.put(row.id(), row), "a row is listed once");
        }
        damaged.keySet().forEach(listed::remove);
        assertEquals(rows, listed, "the list of sessions");
        List<String> feed = new ArrayList<>();
        Map<Long, String> purges = new TreeMap<>();
        awaitFeed(store, last);
        boolean whole = readFeed(store, !damaged.isEmpty(), feed, purges);
        Set<String> inLogs = new HashSet<>(own.values());
        feed.removeIf(event -> !inLogs.contains(event) && halfPurged.contains(event.substring(0, event.indexOf(' '))));
        List<String> ofSound = damaged.isEmpty()
                ? feed
                : feed.stream().filter(inLogs::contains).toList();
        List<String> expected = List.copyOf(own.values());
        assertSame(whole ? expected : expected.subList(0, ofSound.size()), ofSound);
        for (long position : purges.keySet()) {
            last = Math.max(last, position);
        }
        return new Seen(logs, purges, damaged, feed, last);
    }

    private static void assertSame(List<String> expected, List<String> feed) {
        if (!expected.equals(feed)) {
            List<String> missing = new ArrayList<>(expected);
            missing.removeAll(feed);
            List<String> more = new ArrayList<>(feed);
            more.removeAll(expected);
            throw new AssertionError("the feed lacks " + missing + ", and has " + more);
        }
    }

    /** Waits until the feed shows the last event that was read: an answer may be a moment ahead of the feed. */
    private static void awaitFeed(SessionStore store, long last) {
        long end = System.nanoTime() + OpenRoot.PATIENCE.toNanos();
        while (Objects.requireNonNull(store.position().block(OpenRoot.PATIENCE)).position() < last
                && System.nanoTime() < end) {
            LockSupport.parkNanos(1_000_000);
        }
    }

    private static boolean readFeed(SessionStore store, boolean mayFail, List<String> feed, Map<Long, String> purges) {
        long[] at = {0};
        try {
            list(store.replayAll(FeedPlace.start(), FeedFilter.all()).doOnNext(event -> {
                assertTrue(event.position() > at[0], "position " + event.position() + " comes after " + at[0]);
                at[0] = event.position();
                if (event.version() == 0) {
                    purges.put(event.position(), event.sessionId());
                } else {
                    feed.add(text(event));
                }
            }));
            return true;
        } catch (SessionDamagedException e) {
            assertTrue(mayFail, "the feed fails: " + e);
            return false;
        }
    }

    private static void assertRows(SessionStore store, SessionState state) {
        String id = state.sessionId();
        assertEquals(state.session(), store.getSession(id).block(OpenRoot.PATIENCE), "the row of " + id);
        assertEquals(state.messages(), list(store.listMessages(id)), "the messages of " + id);
        assertEquals(state.snapshots(), list(store.listSnapshots(id)), "the snapshots of " + id);
        for (var snapshot : state.snapshots()) {
            assertEquals(snapshot, store.getSnapshot(snapshot.id()).block(OpenRoot.PATIENCE), "a snapshot of " + id);
        }
    }

    static SessionState stateOf(String id, List<SessionEvent> log) {
        SessionState state = SessionState.empty(id);
        for (SessionEvent event : log) {
            state = state.apply(event);
        }
        return state;
    }

    /** The events that a session recorded itself. */
    private static List<SessionEvent> ownOf(List<SessionEvent> log) {
        int inherited = 0;
        for (SessionEvent event : log) {
            if (event.change() instanceof Change.SessionFork fork && fork.parentVersion() == event.version() - 1) {
                inherited = (int) event.version() - 1;
            }
        }
        return log.subList(inherited, log.size());
    }

    static String text(SessionEvent event) {
        return event.sessionId() + " " + event.position() + " " + StandardCharsets.UTF_8.decode(event.line());
    }

    static <T> List<T> list(reactor.core.publisher.Flux<T> flux) {
        List<T> all = flux.collectList().block(OpenRoot.PATIENCE);
        return all == null ? List.of() : all;
    }

    List<String> log(String id) {
        return logs.getOrDefault(id, List.of());
    }

    /**
     * Whether this may be the result of an interruption between one state and another: each session has the old or the
     * new log.
     */
    boolean isBetween(Seen before, Seen after) {
        Set<String> ids = new HashSet<>(logs.keySet());
        ids.addAll(before.logs.keySet());
        ids.addAll(after.logs.keySet());
        for (String id : ids) {
            if (!log(id).equals(before.log(id)) && !log(id).equals(after.log(id))) {
                return false;
            }
        }
        if (!purges.entrySet().containsAll(before.purges.entrySet())) {
            return false;
        }
        for (Map.Entry<Long, String> purge : after.purges.entrySet()) {
            if (!before.purges.containsKey(purge.getKey())
                    && purges.containsKey(purge.getKey())
                            != log(purge.getValue()).isEmpty()) {
                return false;
            }
        }
        return after.purges.entrySet().containsAll(purges.entrySet());
    }

    /** Whether the logs and purges are the same. */
    boolean isSame(Seen other) {
        return logs.equals(other.logs) && purges.equals(other.purges);
    }

    String brief() {
        StringBuilder text = new StringBuilder();
        logs.forEach((id, log) -> text.append(id).append('@').append(log.size()).append(' '));
        return text.append("purges ")
                .append(purges)
                .append(" damaged ")
                .append(damaged)
                .toString();
    }

    static String outcome(Throwable error) {
        return error instanceof ReelException known
                ? error.getClass().getSimpleName() + " " + known.outcome()
                : error.toString();
    }
}
