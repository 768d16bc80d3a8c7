package dev.reel;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A snapshot that is to be put. Immutable. */
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
     * A snapshot.
     *
     * @param state what is kept with it, any JSON
     * @return the draft
     */
    public static SnapshotDraft of(Json state) {
        return new SnapshotDraft(null, null, state);
    }

    /**
     * With an id. Putting the id of a snapshot that the session has replaces that one.
     *
     * @param newId the snapshot id, unique in the store
     * @return a copy
     * @throws IllegalArgumentException when the id is malformed
     */
    public SnapshotDraft withId(String newId) {
        return new SnapshotDraft(Ids.check("snapshot id", newId), messageId, state);
    }

    /**
     * For a message.
     *
     * @param newMessageId the message that it stands for; it need not exist
     * @return a copy
     * @throws IllegalArgumentException when the id is malformed
     */
    public SnapshotDraft withMessage(String newMessageId) {
        return new SnapshotDraft(id, Ids.check("message id", newMessageId), state);
    }

    /**
     * The id.
     *
     * @return the snapshot id, or null where the store gives one
     */
    public @Nullable String id() {
        return id;
    }

    /**
     * The message that it stands for.
     *
     * @return the message id, or null
     */
    public @Nullable String messageId() {
        return messageId;
    }

    /**
     * What is kept with it.
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
