package dev.reel.testkit.contract;

import dev.reel.Anchor;
import dev.reel.ListCursor;
import dev.reel.Role;
import dev.reel.Session;
import dev.reel.SessionEvent;
import dev.reel.SessionQuery;
import dev.reel.spi.Events;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A simple reference model of a store: the logs and the feed are lists, and the rows are folded again ({@link
 * PlainRows}) each time a log has changed. Positions and generated ids are copied from the tested store.
 */
final class PlainStore {

    /** An entry of the feed. */
    record Entry(String sessionId, long version, String type, long position) {}

    private final Map<String, List<SessionEvent>> logs = new LinkedHashMap<>();
    private final Map<String, PlainRows> rows = new LinkedHashMap<>();
    private final List<Entry> feed = new ArrayList<>();

    List<SessionEvent> log(String session) {
        return logs.getOrDefault(session, List.of());
    }

    PlainRows rows(String session) {
        return rows.computeIfAbsent(session, id -> PlainRows.of(id, log(id)));
    }

    PlainRows rows(String session, long version) {
        return PlainRows.of(session, log(session).subList(0, Math.toIntExact(version)));
    }

    long version(String session) {
        return log(session).size();
    }

    @Nullable
    String lastEventId(String session) {
        List<SessionEvent> log = log(session);
        return log.isEmpty() ? null : log.get(log.size() - 1).id();
    }

    /** The version of an event, or 0 if the log does not contain it. */
    long versionOf(String session, @Nullable String eventId) {
        return log(session).stream()
                .filter(event -> event.id().equals(eventId))
                .mapToLong(SessionEvent::version)
                .findFirst()
                .orElse(0);
    }

    /**
     * The instant that the store must assign to the next event: the clock's, but never earlier than the last event's.
     */
    Instant next(String session, Instant now) {
        List<SessionEvent> log = log(session);
        Instant last = log.isEmpty() ? now : log.get(log.size() - 1).at();
        return last.isAfter(now) ? last : now;
    }

    List<Entry> feed() {
        return feed;
    }

    long position() {
        return feed.isEmpty() ? 0 : feed.get(feed.size() - 1).position();
    }

    void append(String session, List<SessionEvent> events) {
        List<SessionEvent> log = new ArrayList<>(log(session));
        for (SessionEvent event : events) {
            log.add(event);
            feed.add(new Entry(session, event.version(), event.type(), event.position()));
        }
        logs.put(session, log);
        rows.remove(session);
    }

    /** Adds the events that a fork inherits; in the feed they appear only under the parent. */
    void inherit(String parent, long version, String fork) {
        List<SessionEvent> prefix = log(parent).subList(0, Math.toIntExact(version));
        logs.put(
                fork,
                new ArrayList<>(
                        prefix.stream().map(event -> Events.under(event, fork)).toList()));
        rows.remove(fork);
    }

    void purge(String session, long position) {
        logs.remove(session);
        rows.remove(session);
        feed.removeIf(entry -> entry.sessionId().equals(session) && entry.version() > 0);
        feed.add(new Entry(session, 0, "session_purged", position));
    }

    /** The sessions with a log, in the order of the first event that each itself recorded. */
    List<String> sessionIds() {
        LinkedHashSet<String> ids = new LinkedHashSet<>();
        feed.stream().filter(entry -> entry.version() > 0).forEach(entry -> ids.add(entry.sessionId()));
        return List.copyOf(ids);
    }

    List<Session> list(SessionQuery query) {
        return sessionIds().stream()
                .map(id -> rows(id).session)
                .filter(Objects::nonNull)
                .filter(row -> passes(row, query))
                .sorted(Comparator.comparing(Session::position).reversed())
                .limit(query.limit())
                .toList();
    }

    private static boolean passes(Session row, SessionQuery query) {
        String part = query.titleContains();
        Instant since = query.changedAfter();
        String title = row.title();
        ListCursor cursor = query.cursor();
        return (cursor == null || row.position() < cursor.position())
                && row.position() > query.changedAfterPosition()
                && (since == null || row.updatedAt().isAfter(since))
                && (query.closed() == null || query.closed() == row.closed())
                && (query.parentId() == null || query.parentId().equals(row.parentId()))
                && (part == null || (title != null && title.contains(part)))
                && query.metadata().entrySet().stream()
                        .allMatch(wanted ->
                                wanted.getValue().equals(row.metadata().get(wanted.getKey())));
    }

    /** The sessions that have a snapshot with this id; the first one holds it. */
    List<String> holders(String snapshotId) {
        return sessionIds().stream()
                .filter(id -> rows(id).snapshots.containsKey(snapshotId))
                .sorted(Comparator.comparing(id -> held(id, snapshotId).position()))
                .toList();
    }

    private PlainRows.Kept held(String session, String snapshotId) {
        return Objects.requireNonNull(rows(session).snapshots.get(snapshotId));
    }

    boolean takenByAnother(String session, String snapshotId) {
        List<String> holders = holders(snapshotId);
        return !holders.isEmpty() && !holders.get(0).equals(session);
    }

    /** The version that a version or event anchor names; -1 if it does not exist, -2 for other anchors. */
    long versionAt(String session, Anchor at) {
        if (at instanceof Anchor.OfVersion n) {
            return n.version() <= version(session) ? n.version() : -1;
        }
        if (at instanceof Anchor.OfEvent event) {
            long version = versionOf(session, event.id());
            return version == 0 ? -1 : version;
        }
        return -2;
    }

    /** The message that a message, snapshot or user-message anchor names, or null if there is none. */
    @Nullable
    String messageAt(String session, Anchor at) {
        PlainRows now = rows(session);
        if (at instanceof Anchor.OfMessage message) {
            return now.indexOf(message.id()) < 0 ? null : message.id();
        }
        if (at instanceof Anchor.OfSnapshot snapshot) {
            PlainRows.Kept kept = now.snapshots.get(snapshot.id());
            return kept == null ? null : kept.row().messageId();
        }
        int last = now.lastOf(Role.USER);
        return last < 0 ? null : now.messages.get(last).id();
    }

    /**
     * The version of the event that last put or extended a message, even if it is no longer a row; 0 if there is none.
     */
    long lastPut(String session, String message) {
        PlainRows now = rows(session);
        int index = now.indexOf(message);
        if (index >= 0) {
            return now.messages.get(index).changed();
        }
        for (long version = version(session); version > 0; version--) {
            PlainRows then = rows(session, version);
            int was = then.indexOf(message);
            if (was >= 0 && then.messages.get(was).changed() == version) {
                return version;
            }
        }
        return 0;
    }
}
