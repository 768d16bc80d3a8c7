package dev.reel;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A snapshot to put. Immutable. */
public final class SnapshotDraft {

    private final @Nullable String id;
    private final @Nullable String messageId;
    private final Json state;

    private SnapshotDraft(@Nullable String id, @Nullable String messageId, Json state) {
        this.id = id;
        this.messageId = messageId;
        this.state = Objects.requireNonNull(state, "state");
    }

    /**
     * Creates a snapshot.
     *
     * @param state the state to store, any JSON
     * @return the draft
     */
    public static SnapshotDraft of(Json state) {
        return new SnapshotDraft(null, null, state);
    }

    /**
     * Sets the id. If the session has a snapshot with that id, it is replaced.
     *
     * @param newId the snapshot id, unique in the store
     * @return a copy
     * @throws IllegalArgumentException if the id is malformed
     */
    public SnapshotDraft withId(String newId) {
        return new SnapshotDraft(Ids.check("snapshot id", newId), messageId, state);
    }

    /**
     * Sets the message of the snapshot.
     *
     * @param newMessageId the message id; the message need not exist
     * @return a copy
     * @throws IllegalArgumentException if the id is malformed
     */
    public SnapshotDraft withMessage(String newMessageId) {
        return new SnapshotDraft(id, Ids.check("message id", newMessageId), state);
    }

    /**
     * Returns the id.
     *
     * @return the snapshot id, or null if the store assigns it
     */
    public @Nullable String id() {
        return id;
    }

    /**
     * Returns the message of the snapshot.
     *
     * @return the message id, or null
     */
    public @Nullable String messageId() {
        return messageId;
    }

    /**
     * Returns the state to store.
     *
     * @return any JSON
     */
    public Json state() {
        return state;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof SnapshotDraft that
                && Objects.equals(id, that.id)
                && Objects.equals(messageId, that.messageId)
                && state.equals(that.state);
    }

    @Override
    public int hashCode() {
        return Objects.hash(id, messageId, state);
    }

    @Override
    public String toString() {
        return Members.of(this)
                .add("id", id)
                .add("messageId", messageId)
                .add("state", state)
                .toString();
    }
}
