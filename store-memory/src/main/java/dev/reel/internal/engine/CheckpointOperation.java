package dev.reel.internal.engine;

import dev.reel.Anchor;
import dev.reel.AnchorNotFoundException;
import dev.reel.Change;
import dev.reel.Checkpoint;
import dev.reel.CheckpointRequest;
import dev.reel.Commit;
import dev.reel.EventDraft;
import dev.reel.Json;
import dev.reel.Message;
import dev.reel.SessionEvent;
import dev.reel.SessionNotFoundException;
import dev.reel.SessionState;
import dev.reel.Snapshot;
import dev.reel.WriteOptions;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Creates a checkpoint, or returns the existing one with the same message, label and metadata. */
final class CheckpointOperation extends Operation.Decided<Checkpoint> {

    private final CheckpointRequest request;
    private final String snapshotId;

    CheckpointOperation(
            String sessionId, CheckpointRequest request, String snapshotId, WriteOptions options, WriteIds ids) {
        super(sessionId, options, ids, Change.Kind.CHECKPOINT);
        this.request = request;
        this.snapshotId = snapshotId;
    }

    @Override
    List<EventDraft> decide(LogView head) {
        SessionState rows = head.state();
        if (head.version() == 0) {
            throw new SessionNotFoundException(sessionId());
        }
        Message message = message(rows);
        if (existing(rows, message) != null) {
            return List.of();
        }
        Json state = Json.object(
                "label",
                request.label(),
                "message_count",
                message == null
                        ? 0
                        : rows.messages().size()
                                - rows.messagesAfter(message.seq()).size(),
                "anchor_seq",
                message == null ? null : message.seq(),
                "metadata",
                request.metadata());
        return List.of(draft(0, new Change.PutSnapshot(snapshotId, message == null ? null : message.id(), state)));
    }

    private @Nullable Message message(SessionState rows) {
        String id = request.messageId();
        if (id == null) {
            List<Message> all = rows.messages();
            return all.isEmpty() ? null : all.get(all.size() - 1);
        }
        Message named = rows.message(id);
        if (named == null) {
            throw new AnchorNotFoundException(sessionId(), Anchor.message(id));
        }
        return named;
    }

    private @Nullable Snapshot existing(SessionState rows, @Nullable Message message) {
        String messageId = message == null ? null : message.id();
        List<Snapshot> snapshots = rows.snapshots();
        for (int i = snapshots.size() - 1; i >= 0; i--) {
            Snapshot snapshot = snapshots.get(i);
            if (Objects.equals(snapshot.messageId(), messageId)
                    && Objects.equals(snapshot.state().textOf("label"), request.label())
                    && request.metadata().equals(snapshot.state().get("metadata"))) {
                return snapshot;
            }
        }
        return null;
    }

    @Override
    Checkpoint unchanged(LogView head) {
        Snapshot found = existing(head.state(), message(head.state()));
        return new Checkpoint(Objects.requireNonNull(found), true, head.version());
    }

    @Override
    Checkpoint written(SessionState before, SessionState after, SessionEvent first, Commit commit) {
        Change.PutSnapshot put = (Change.PutSnapshot) Change.decode(first.type(), first.data(), first.id());
        Snapshot row = after.snapshot(put.id() == null ? first.id() : put.id());
        return new Checkpoint(put(row, first), false, commit.version());
    }
}
