package dev.reel;

import org.jspecify.annotations.Nullable;

/**
 * Some members of a session row, and what becomes of them. A member that is not named stays; null clears it. Immutable.
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
     * Names no member.
     *
     * @return the empty patch
     */
    public static SessionPatch empty() {
        return EMPTY;
    }

    /**
     * Changes the title.
     *
     * @param newTitle the title, null to clear it
     * @return a copy
     */
    public SessionPatch withTitle(@Nullable String newTitle) {
        return new SessionPatch(true, newTitle, namesModel, model, metadata);
    }

    /**
     * Changes the model.
     *
     * @param newModel the model, null to clear it
     * @return a copy
     */
    public SessionPatch withModel(@Nullable String newModel) {
        return new SessionPatch(namesTitle, title, true, newModel, metadata);
    }

    /**
     * Replaces the metadata, whole.
     *
     * @param newMetadata a JSON object, null for {@code {}}
     * @return a copy
     * @throws InvalidInputException when it is not a JSON object
     */
    public SessionPatch withMetadata(@Nullable Json newMetadata) {
        Json object = newMetadata == null || newMetadata.isNull() ? Json.EMPTY_OBJECT : newMetadata;
        if (!object.isObject()) {
            throw new InvalidInputException("metadata is a JSON object, not " + object.kind());
        }
        return new SessionPatch(namesTitle, title, namesModel, model, object);
    }

    /**
     * Whether the patch names no member.
     *
     * @return whether it is empty
     */
    public boolean isEmpty() {
        return !namesTitle && !namesModel && metadata == null;
    }

    /**
     * Whether the title changes.
     *
     * @return whether it is named
     */
    public boolean namesTitle() {
        return namesTitle;
    }

    /**
     * The title.
     *
     * @return the title, or null where it is cleared or not named
     */
    public @Nullable String title() {
        return title;
    }

    /**
     * Whether the model changes.
     *
     * @return whether it is named
     */
    public boolean namesModel() {
        return namesModel;
    }

    /**
     * The model.
     *
     * @return the model, or null where it is cleared or not named
     */
    public @Nullable String model() {
        return model;
    }

    /**
     * The metadata.
     *
     * @return a JSON object, or null where it is not named
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

    /** The members that are named, as an event's data has them. */
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

    /** The members that data names in a form that can be used. */
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
