package dev.reel;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A fork that is to be made. Immutable.
 *
 * <pre>{@code
 * ForkRequest whole = ForkRequest.whole();
 * ForkRequest whatIf = ForkRequest.at(Anchor.message("m7")).withTitle("What if").withSnapshots();
 * }</pre>
 */
public final class ForkRequest {

    private static final ForkRequest WHOLE = new ForkRequest(null, null, null, false);

    private final @Nullable Anchor at;
    private final @Nullable String id;
    private final @Nullable String title;
    private final boolean snapshots;

    private ForkRequest(@Nullable Anchor at, @Nullable String id, @Nullable String title, boolean snapshots) {
        this.at = at;
        this.id = id;
        this.title = title;
        this.snapshots = snapshots;
    }

    /**
     * Of the whole session, as it is now.
     *
     * @return the request
     */
    public static ForkRequest whole() {
        return WHOLE;
    }

    /**
     * Of the session up to an anchor.
     *
     * @param anchor where the fork begins to differ
     * @return the request
     */
    public static ForkRequest at(Anchor anchor) {
        return new ForkRequest(Objects.requireNonNull(anchor, "anchor"), null, null, false);
    }

    /**
     * With an id for the new session.
     *
     * @param newId the session id
     * @return a copy
     * @throws IllegalArgumentException when the id is malformed
     */
    public ForkRequest withId(String newId) {
        return new ForkRequest(at, Ids.check("session id", newId), title, snapshots);
    }

    /**
     * With a title; by default that of the parent, and {@code (fork)}.
     *
     * @param newTitle the title
     * @return a copy
     */
    public ForkRequest withTitle(String newTitle) {
        return new ForkRequest(at, id, Objects.requireNonNull(newTitle, "title"), snapshots);
    }

    /**
     * With the snapshots whose message the fork has, under ids of their own.
     *
     * @return a copy
     */
    public ForkRequest withSnapshots() {
        return new ForkRequest(at, id, title, true);
    }

    /**
     * Where it begins to differ.
     *
     * @return the anchor, or null for the end of the log
     */
    public @Nullable Anchor at() {
        return at;
    }

    /**
     * The new session's id.
     *
     * @return the session id, or null where the store gives one
     */
    public @Nullable String id() {
        return id;
    }

    /**
     * The title.
     *
     * @return the title, or null for the default
     */
    public @Nullable String title() {
        return title;
    }

    /**
     * Whether snapshots are carried.
     *
     * @return whether they are
     */
    public boolean snapshots() {
        return snapshots;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ForkRequest that
                && Objects.equals(at, that.at)
                && Objects.equals(id, that.id)
                && Objects.equals(title, that.title)
                && snapshots == that.snapshots;
    }

    @Override
    public int hashCode() {
        return Objects.hash(at, id, title, snapshots);
    }

    @Override
    public String toString() {
        return Members.of(this)
                .add("at", at)
                .add("id", id)
                .add("title", title)
                .add("snapshots", snapshots)
                .toString();
    }
}
