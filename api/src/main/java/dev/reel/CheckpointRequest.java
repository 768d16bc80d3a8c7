package dev.reel;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A request to create a checkpoint. Immutable. */
public final class CheckpointRequest {

    private static final CheckpointRequest STANDARD = new CheckpointRequest(null, null, null, Json.EMPTY_OBJECT);

    private final @Nullable String id;
    private final @Nullable String messageId;
    private final @Nullable String label;
    private final Json metadata;

    private CheckpointRequest(@Nullable String id, @Nullable String messageId, @Nullable String label, Json metadata) {
        this.id = id;
        this.messageId = messageId;
        this.label = label;
        this.metadata = Objects.requireNonNull(metadata, "metadata");
    }

    /**
     * A checkpoint at the last message, without a label.
     *
     * @return the request
     */
    public static CheckpointRequest atLastMessage() {
        return STANDARD;
    }

    /**
     * A checkpoint at a message.
     *
     * @param messageId the message id
     * @return the request
     * @throws IllegalArgumentException if the id is malformed
     */
    public static CheckpointRequest at(String messageId) {
        return new CheckpointRequest(null, Ids.check("message id", messageId), null, Json.EMPTY_OBJECT);
    }

    /**
     * Sets a label.
     *
     * @param newLabel the label, 1 to 200 code points; null for none
     * @return a copy
     * @throws IllegalArgumentException if it is malformed
     */
    public CheckpointRequest withLabel(@Nullable String newLabel) {
        return new CheckpointRequest(id, messageId, Ids.checkIfGiven("label", newLabel), metadata);
    }

    /**
     * Sets metadata.
     *
     * @param newMetadata any JSON, by default {@code {}}
     * @return a copy
     */
    public CheckpointRequest withMetadata(Json newMetadata) {
        return new CheckpointRequest(id, messageId, label, newMetadata);
    }

    /**
     * Sets the id of the snapshot; used only if one is created.
     *
     * @param newId the snapshot id, unique in the store
     * @return a copy
     * @throws IllegalArgumentException if it is malformed
     */
    public CheckpointRequest withId(String newId) {
        return new CheckpointRequest(Ids.check("snapshot id", newId), messageId, label, metadata);
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
     * Returns the message.
     *
     * @return the message id, or null for the last message
     */
    public @Nullable String messageId() {
        return messageId;
    }

    /**
     * Returns the label.
     *
     * @return the label, or null
     */
    public @Nullable String label() {
        return label;
    }

    /**
     * Returns the metadata.
     *
     * @return any JSON
     */
    public Json metadata() {
        return metadata;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof CheckpointRequest that
                && Objects.equals(id, that.id)
                && Objects.equals(messageId, that.messageId)
                && Objects.equals(label, that.label)
                && metadata.equals(that.metadata);
    }

    @Override
    public int hashCode() {
        return Objects.hash(id, messageId, label, metadata);
    }

    @Override
    public String toString() {
        return Members.of(this)
                .add("id", id)
                .add("messageId", messageId)
                .add("label", label)
                .add("metadata", metadata)
                .toString();
    }
}
