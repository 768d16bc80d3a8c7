package dev.reel;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A request to create a fork. Immutable.
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
     * A fork of the whole session, as it is now.
     *
     * @return the request
     */
    public static ForkRequest whole() {
        return WHOLE;
    }

    /**
     * A fork of the session up to an anchor.
     *
     * @param anchor the point at which the fork begins to differ
     * @return the request
     */
    public static ForkRequest at(Anchor anchor) {
        return new ForkRequest(Objects.requireNonNull(anchor, "anchor"), null, null, false);
    }

    /**
     * Sets the id of the new session.
     *
     * @param newId the session id
     * @return a copy
     * @throws IllegalArgumentException if the id is malformed
     */
    public ForkRequest withId(String newId) {
        return new ForkRequest(at, Ids.check("session id", newId), title, snapshots);
    }

    /**
     * Sets the title. By default it is the parent's title, or its id if it has no title, followed by {@code (fork)}.
     *
     * @param newTitle the title
     * @return a copy
     */
    public ForkRequest withTitle(String newTitle) {
        return new ForkRequest(at, id, Objects.requireNonNull(newTitle, "title"), snapshots);
    }

    /**
     * Carries over the snapshots whose message the fork has, under new ids.
     *
     * @return a copy
     */
    public ForkRequest withSnapshots() {
        return new ForkRequest(at, id, title, true);
    }

    /**
     * Returns the point at which the fork begins to differ.
     *
     * @return the anchor, or null for the end of the log
     */
    public @Nullable Anchor at() {
        return at;
    }

    /**
     * Returns the new session's id.
     *
     * @return the session id, or null if the store assigns it
     */
    public @Nullable String id() {
        return id;
    }

    /**
     * Returns the title.
     *
     * @return the title, or null for the default
     */
    public @Nullable String title() {
        return title;
    }

    /**
     * Returns whether snapshots are carried over.
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
