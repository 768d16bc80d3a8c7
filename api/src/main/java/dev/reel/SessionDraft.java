package dev.reel;

import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A whole session row to put. Immutable.
 *
 * <pre>{@code
 * store.putSession("s1", SessionDraft.empty().withTitle("Refactoring").withModel("m-large"));
 * }</pre>
 */
public final class SessionDraft {

    private final @Nullable String parentId;
    private final SessionPatch members;
    private final @Nullable Instant createdAt;

    private SessionDraft(@Nullable String parentId, SessionPatch members, @Nullable Instant createdAt) {
        this.parentId = parentId;
        this.members = members;
        this.createdAt = createdAt;
    }

    /**
     * Creates a row without title, model and metadata.
     *
     * @return the draft
     */
    public static SessionDraft empty() {
        return new SessionDraft(
                null, SessionPatch.empty().withTitle(null).withModel(null).withMetadata(null), null);
    }

    /**
     * Sets the title.
     *
     * @param title the title, or null
     * @return a copy
     */
    public SessionDraft withTitle(@Nullable String title) {
        return new SessionDraft(parentId, members.withTitle(title), createdAt);
    }

    /**
     * Sets the model.
     *
     * @param model the name of a model, or null
     * @return a copy
     */
    public SessionDraft withModel(@Nullable String model) {
        return new SessionDraft(parentId, members.withModel(model), createdAt);
    }

    /**
     * Sets the metadata.
     *
     * @param metadata a JSON object, or null for {@code {}}
     * @return a copy
     * @throws InvalidInputException if it is not a JSON object
     */
    public SessionDraft withMetadata(@Nullable Json metadata) {
        return new SessionDraft(parentId, members.withMetadata(metadata), createdAt);
    }

    /**
     * Makes the session a child of another. Used only if the row does not exist yet; the parent of an existing row does
     * not change.
     *
     * @param newParentId the parent's id
     * @return a copy
     * @throws IllegalArgumentException if the id is malformed
     */
    public SessionDraft withParent(String newParentId) {
        return new SessionDraft(Ids.check("parent id", newParentId), members, createdAt);
    }

    /**
     * Sets the creation time. Used only if the row does not exist yet.
     *
     * @param newCreatedAt the instant; cut to microseconds
     * @return a copy
     */
    public SessionDraft withCreatedAt(Instant newCreatedAt) {
        return new SessionDraft(parentId, members, Timestamps.checked("createdAt", newCreatedAt));
    }

    /**
     * Returns the change that puts the row.
     *
     * @return a {@code session_start} that sets every member
     */
    public Change.SessionStart toChange() {
        return new Change.SessionStart(members, parentId, createdAt);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof SessionDraft that
                && Objects.equals(parentId, that.parentId)
                && members.equals(that.members)
                && Objects.equals(createdAt, that.createdAt);
    }

    @Override
    public int hashCode() {
        return Objects.hash(parentId, members, createdAt);
    }

    @Override
    public String toString() {
        return Members.of(this)
                .add("parentId", parentId)
                .add("members", members)
                .add("createdAt", createdAt)
                .toString();
    }
}
