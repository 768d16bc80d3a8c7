package dev.reel;

import org.jspecify.annotations.Nullable;

/**
 * Changes to some members of a session row. A member that the patch does not set is unchanged; null clears a member.
 * Immutable.
 *
 * <pre>{@code
 * SessionPatch patch = SessionPatch.empty().withTitle("Trip to Lisbon").withModel(null); // takes the model away
 * }</pre>
 */
public final class SessionPatch {

    private static final SessionPatch EMPTY = new SessionPatch(false, null, false, null, null);

    private final boolean namesTitle;
    private final @Nullable String title;
    private final boolean namesModel;
    private final @Nullable String model;
    private final @Nullable Json metadata;

    private SessionPatch(
            boolean namesTitle,
            @Nullable String title,
            boolean namesModel,
            @Nullable String model,
            @Nullable Json metadata) {
        this.namesTitle = namesTitle;
        this.title = title;
        this.namesModel = namesModel;
        this.model = model;
        this.metadata = metadata;
    }

    /**
     * Changes no member.
     *
     * @return the empty patch
     */
    public static SessionPatch empty() {
        return EMPTY;
    }

    /**
     * Sets the title.
     *
     * @param newTitle the title, null to clear it
     * @return a copy
     */
    public SessionPatch withTitle(@Nullable String newTitle) {
        return new SessionPatch(true, newTitle, namesModel, model, metadata);
    }

    /**
     * Sets the model.
     *
     * @param newModel the model, null to clear it
     * @return a copy
     */
    public SessionPatch withModel(@Nullable String newModel) {
        return new SessionPatch(namesTitle, title, true, newModel, metadata);
    }

    /**
     * Replaces the whole metadata.
     *
     * @param newMetadata a JSON object, null for {@code {}}
     * @return a copy
     * @throws InvalidInputException if it is not a JSON object
     */
    public SessionPatch withMetadata(@Nullable Json newMetadata) {
        Json object = newMetadata == null || newMetadata.isNull() ? Json.EMPTY_OBJECT : newMetadata;
        if (!object.isObject()) {
            throw new InvalidInputException("metadata must be a JSON object, not " + object.kind());
        }
        return new SessionPatch(namesTitle, title, namesModel, model, object);
    }

    /**
     * Returns whether the patch changes no member.
     *
     * @return whether it is empty
     */
    public boolean isEmpty() {
        return !namesTitle && !namesModel && metadata == null;
    }

    /**
     * Returns whether the patch sets or clears the title.
     *
     * @return whether the title changes
     */
    public boolean namesTitle() {
        return namesTitle;
    }

    /**
     * Returns the title.
     *
     * @return the title, or null if it is cleared or unchanged
     */
    public @Nullable String title() {
        return title;
    }

    /**
     * Returns whether the patch sets or clears the model.
     *
     * @return whether the model changes
     */
    public boolean namesModel() {
        return namesModel;
    }

    /**
     * Returns the model.
     *
     * @return the model, or null if it is cleared or unchanged
     */
    public @Nullable String model() {
        return model;
    }

    /**
     * Returns the metadata.
     *
     * @return a JSON object, or null if it is unchanged
     */
    public @Nullable Json metadata() {
        return metadata;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof SessionPatch that && toData().equals(that.toData());
    }

    @Override
    public int hashCode() {
        return toData().hashCode();
    }

    @Override
    public String toString() {
        return toData().toString();
    }

    /** The members that the patch changes, as an event's data. */
    Json toData() {
        Json data = Json.EMPTY_OBJECT;
        if (namesTitle) {
            data = data.with("title", title);
        }
        if (namesModel) {
            data = data.with("model", model);
        }
        return metadata == null ? data : data.with("metadata", metadata);
    }

    /** The patch in an event's data; members with an unusable value are ignored. */
    static SessionPatch ofData(Json data) {
        SessionPatch patch = EMPTY;
        Json title = data.get("title");
        if (title != null && (title.isNull() || title.kind() == Json.Kind.STRING)) {
            patch = patch.withTitle(title.isNull() ? null : title.text());
        }
        Json model = data.get("model");
        if (model != null && (model.isNull() || model.kind() == Json.Kind.STRING)) {
            patch = patch.withModel(model.isNull() ? null : model.text());
        }
        Json metadata = data.get("metadata");
        if (metadata != null && (metadata.isNull() || metadata.isObject())) {
            patch = patch.withMetadata(metadata);
        }
        return patch;
    }
}
