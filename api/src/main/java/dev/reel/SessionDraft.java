package dev.reel;

import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A session row that is to be put, whole. Immutable. */
public final class SessionDraft {

    private final @Nullable String id;
    private final @Nullable String parentId;
    private final SessionPatch members;
    private final @Nullable Instant createdAt;

    private SessionDraft(
            @Nullable String id, @Nullable String parentId, SessionPatch members, @Nullable Instant createdAt) {
        this.id = id;
        this.parentId = parentId;
        this.members = members;
        this.createdAt = createdAt;
    }

    private static SessionDraft withoutMembers(@Nullable String id) {
        return new SessionDraft(
                id, null, SessionPatch.empty().withTitle(null).withModel(null).withMetadata(null), null);
    }

    /**
     * A session of an id.
     *
     * @param id the session id
     * @return the draft, without title, model and metadata
     * @throws IllegalArgumentException when the id is malformed
     */
    public static SessionDraft of(String id) {
        return withoutMembers(Ids.check("session id", id));
    }

    /**
     * A new session; the store gives its id when {@link RowTables#putSession} is called.
     *
     * @return the draft, without title, model and metadata
     */
    public static SessionDraft create() {
        return withoutMembers(null);
    }

    /**
     * With a title.
     *
     * @param title the title, or null
     * @return a copy
     */
    public SessionDraft withTitle(@Nullable String title) {
        return new SessionDraft(id, parentId, members.withTitle(title), createdAt);
    }

    /**
     * With a model.
     *
     * @param model the name of a model, or null
     * @return a copy
     */
    public SessionDraft withModel(@Nullable String model) {
        return new SessionDraft(id, parentId, members.withModel(model), createdAt);
    }

    /**
     * With metadata.
     *
     * @param metadata a JSON object, or null for {@code {}}
     * @return a copy
     * @throws InvalidInputException when it is not a JSON object
     */
    public SessionDraft withMetadata(@Nullable Json metadata) {
        return new SessionDraft(id, parentId, members.withMetadata(metadata), createdAt);
    }

    /**
     * As a child of a session. Counts only where the row is made: a session's parent stays.
     *
     * @param newParentId the parent's id
     * @return a copy
     * @throws IllegalArgumentException when the id is malformed
     */
    public SessionDraft withParent(String newParentId) {
        return new SessionDraft(id, Ids.check("parent id", newParentId), members, createdAt);
    }

    /**
     * With an instant of making. Counts only where the row is made.
     *
     * @param newCreatedAt the instant; cut to microseconds
     * @return a copy
     */
    public SessionDraft withCreatedAt(Instant newCreatedAt) {
        return new SessionDraft(id, parentId, members, Timestamps.checked("createdAt", newCreatedAt));
    }

    /**
     * The id.
     *
     * @return the session id, or null where the store gives one
     */
    public @Nullable String id() {
        return id;
    }

    /**
     * The change that puts the row.
     *
     * @return a {@code session_start} that names every member
     */
    public Change.SessionStart toChange() {
        return new Change.SessionStart(members, parentId, createdAt);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof SessionDraft that
                && Objects.equals(id, that.id)
                && Objects.equals(parentId, that.parentId)
                && members.equals(that.members)
                && Objects.equals(createdAt, that.createdAt);
    }

    @Override
    public int hashCode() {
        return Objects.hash(id, parentId, members, createdAt);
    }

    @Override
    public String toString() {
        return Members.of(this)
                .add("id", id)
                .add("parentId", parentId)
                .add("members", members)
                .add("createdAt", createdAt)
                .toString();
    }
}
