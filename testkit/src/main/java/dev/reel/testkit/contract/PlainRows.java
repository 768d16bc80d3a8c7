package dev.reel.testkit.contract;

import dev.reel.Json;
import dev.reel.Message;
import dev.reel.Role;
import dev.reel.Session;
import dev.reel.SessionEvent;
import dev.reel.Snapshot;
import dev.reel.Turn;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A second, simple implementation of the fold with lists, maps and copies. It follows the contract's table line by line
 * and shares no code with {@link dev.reel.SessionState}, so an error is missed only if both have it.
 */
final class PlainRows {

    private static final Set<String> LISTED = Set.of(
            "session_start",
            "session_update",
            "session_resume",
            "session_close",
            "session_delete",
            "user_message",
            "assistant_message",
            "tool_result",
            "system_message",
            "message_delta",
            "messages_truncate",
            "messages_restore",
            "messages_clear",
            "checkpoint",
            "snapshots_clear",
            "session_fork");

    /** A message, with the state that the fold keeps for it. */
    record Row(
            String id,
            long seq,
            long changed,
            Role role,
            Json content,
            Instant at,
            @Nullable List<String> parts) {}

    /** A snapshot, and the position of the event that first put it. */
    record Kept(Snapshot row, long position) {}

    final String id;
    long version;

    @Nullable
    Session session;

    List<Row> messages = new ArrayList<>();
    final Map<String, Kept> snapshots = new LinkedHashMap<>();
    /** The messages before each truncation, the latest on top. */
    final Deque<List<Row>> cuts = new ArrayDeque<>();

    @Nullable
    Turn turn;

    long epoch;

    private PlainRows(String id) {
        this.id = id;
    }

    static PlainRows of(String session, List<SessionEvent> log) {
        PlainRows rows = new PlainRows(session);
        for (SessionEvent event : log) {
            rows.add(event);
        }
        return rows;
    }

    boolean closed() {
        return session != null && session.closed();
    }

    List<Message> messageRows() {
        return messages.stream()
                .map(row ->
                        new Message(row.id(), id, row.seq(), row.role(), contentOf(row), row.at(), row.parts() != null))
                .toList();
    }

    private static Json contentOf(Row row) {
        return row.parts() == null
                ? row.content()
                : Json.object("role", row.role().text(), "content", String.join("", row.parts()));
    }

    List<Snapshot> snapshotRows() {
        return snapshots.values().stream().map(Kept::row).toList();
    }

    /** The index of a message, or -1. */
    int indexOf(@Nullable String messageId) {
        for (int i = 0; i < messages.size(); i++) {
            if (messages.get(i).id().equals(messageId)) {
                return i;
            }
        }
        return -1;
    }

    int lastOf(Role role) {
        int found = -1;
        for (int i = 0; i < messages.size(); i++) {
            if (messages.get(i).role() == role) {
                found = i;
            }
        }
        return found;
    }

    private void add(SessionEvent event) {
        version = event.version();
        Json data = event.data();
        boolean makesRow = event.type().equals("session_turn") && session == null;
        if (makesRow || LISTED.contains(event.type())) {
            touch(event);
        } else if (session != null && session.closed()) {
            session = with(session, session.title(), session.model(), session.metadata(), false);
        }
        switch (event.type()) {
            case "session_start" -> start(event);
            case "session_update" -> members(data);
            case "session_close" -> close();
            case "session_delete" -> {
                session = null;
                turn = null;
                clearMessages();
                snapshots.clear();
            }
            case "session_turn" -> turn(event);
            case "user_message" -> put(event, Role.USER);
            case "assistant_message" -> put(event, Role.ASSISTANT);
            case "tool_result" -> put(event, Role.TOOL);
            case "system_message" -> put(event, Role.SYSTEM);
            case "message_delta" -> delta(event);
            case "messages_truncate" -> truncate(data);
            case "messages_restore" -> {
                if (!cuts.isEmpty()) {
                    messages = cuts.pop();
                }
            }
            case "messages_clear" -> clearMessages();
            case "checkpoint" -> checkpoint(event);
            case "snapshots_clear" -> snapshots.clear();
            case "session_fork" -> fork(event);
            default -> {}
        }
    }

    private boolean isNew;

    private void touch(SessionEvent event) {
        Session old = session;
        isNew = old == null;
        session = old == null
                ? new Session(
                        id, null, null, null, null, event.at(), event.at(), Json.EMPTY_OBJECT, false, event.position())
                : new Session(
                        id,
                        old.parentId(),
                        old.parentVersion(),
                        old.title(),
                        old.model(),
                        old.createdAt(),
                        event.at(),
                        old.metadata(),
                        false,
                        event.position());
    }

    private static Session with(
            Session row, @Nullable String title, @Nullable String model, Json metadata, boolean closed) {
        return new Session(
                row.id(),
                row.parentId(),
                row.parentVersion(),
                title,
                model,
                row.createdAt(),
                row.updatedAt(),
                metadata,
                closed,
                row.position());
    }

    private Session row() {
        Session row = session;
        if (row == null) {
            throw new IllegalStateException("a listed event must have created the row");
        }
        return row;
    }

    private void start(SessionEvent event) {
        members(event.data());
        if (isNew) {
            Session row = row();
            String created = event.data().textOf("created_at");
            session = new Session(
                    id,
                    event.data().textOf("parent_id"),
                    null,
                    row.title(),
                    row.model(),
                    created == null ? event.at() : Instant.parse(created),
                    row.updatedAt(),
                    row.metadata(),
                    false,
                    row.position());
        }
    }

    private void members(Json data) {
        Session row = row();
        Json metadata = data.get("metadata");
        session = with(
                row,
                data.get("title") == null ? row.title() : data.textOf("title"),
                data.get("model") == null ? row.model() : data.textOf("model"),
                metadata == null ? row.metadata() : metadata.isNull() ? Json.EMPTY_OBJECT : metadata,
                row.closed());
    }

    private void close() {
        Session row = row();
        session = with(row, row.title(), row.model(), row.metadata(), true);
    }

    private void turn(SessionEvent event) {
        Long next = event.data().longOf("epoch");
        String holder = event.data().textOf("holder");
        if (next != null && next == epoch + 1 && holder != null) {
            epoch = next;
            turn = new Turn(id, holder, epoch, event.id());
        }
    }

    private void clearMessages() {
        messages = new ArrayList<>();
        cuts.clear();
    }

    private static String idIn(SessionEvent event) {
        String given = event.data().textOf("id");
        return given == null ? event.id() : given;
    }

    private void put(SessionEvent event, Role role) {
        Json content = event.data().get("message");
        set(event, idIn(event), role, content == null ? Json.EMPTY_OBJECT : content, null);
    }

    private void set(SessionEvent event, String messageId, Role role, Json content, @Nullable List<String> parts) {
        int index = indexOf(messageId);
        messages = new ArrayList<>(messages);
        if (index < 0) {
            messages.add(new Row(messageId, version, version, role, content, event.at(), parts));
        } else {
            Row old = messages.get(index);
            messages.set(index, new Row(messageId, old.seq(), version, role, content, old.at(), parts));
        }
        cuts.clear();
    }

    private void delta(SessionEvent event) {
        Long n = event.data().longOf("n");
        String text = event.data().textOf("text");
        if (n == null || text == null) {
            return;
        }
        String messageId = idIn(event);
        int index = indexOf(messageId);
        List<String> parts = index < 0 ? null : messages.get(index).parts();
        if (index >= 0 && parts == null) {
            return; // the message is complete
        }
        if (n == 0) {
            Role role = Role.of(event.data().textOf("role"));
            set(event, messageId, role == null ? Role.ASSISTANT : role, Json.NULL, List.of(text));
        } else if (parts != null && n == parts.size()) {
            List<String> more = new ArrayList<>(parts);
            more.add(text);
            set(event, messageId, messages.get(index).role(), Json.NULL, more);
        }
    }

    private void truncate(Json data) {
        Json after = data.get("after");
        int kept = after == null ? -1 : after.isNull() ? 0 : indexOf(data.textOf("after")) + 1;
        boolean known = kept > 0 || (after != null && after.isNull());
        if (known && kept < messages.size()) {
            cuts.push(messages);
            messages = new ArrayList<>(messages.subList(0, kept));
        }
    }

    private void checkpoint(SessionEvent event) {
        Json state = event.data().get("state");
        String snapshotId = idIn(event);
        Kept old = snapshots.get(snapshotId);
        Snapshot row = new Snapshot(
                snapshotId,
                id,
                event.data().textOf("message_id"),
                state == null ? Json.EMPTY_OBJECT : state,
                old == null ? event.at() : old.row().createdAt());
        snapshots.put(snapshotId, new Kept(row, old == null ? event.position() : old.position()));
    }

    private void fork(SessionEvent event) {
        Json data = event.data();
        Long parentVersion = data.longOf("parent_version");
        String parent = data.textOf("parent_id");
        if (parent == null || parentVersion == null || parentVersion != version - 1) {
            return;
        }
        Session row = row();
        String title = data.textOf("title");
        session = new Session(
                id,
                parent,
                parentVersion,
                title == null ? row.title() : title,
                row.model(),
                event.at(),
                event.at(),
                row.metadata(),
                false,
                event.position());
        cuts.clear();
        turn = null;
        Map<String, Kept> before = new LinkedHashMap<>(snapshots);
        snapshots.clear();
        Json carried = data.get("snapshots");
        if (carried != null) {
            carried.members().forEach((oldId, newId) -> {
                Kept old = before.get(oldId);
                if (old != null) {
                    Snapshot snapshot = new Snapshot(
                            newId.text(), id, old.row().messageId(), old.row().state(), event.at());
                    snapshots.put(newId.text(), new Kept(snapshot, event.position()));
                }
            });
        }
    }
}
