package dev.reel;

import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Selects sessions for {@link RowTables#listSessions}. All conditions must hold. Immutable.
 *
 * <pre>{@code
 * SessionQuery newest = SessionQuery.all().withLimit(50);
 * SessionQuery next = newest.withCursor(ListCursor.after(lastOfThePageBefore));
 * SessionQuery children = SessionQuery.all().withParent(id);
 * SessionQuery ofOneUser = SessionQuery.all().withMetadata("user", Json.of("ada"));
 * }</pre>
 */
public final class SessionQuery {

    private static final SessionQuery ALL = new SessionQuery(new Conditions());

    private final Conditions conditions;

    /** A separate class, so that each {@code with…} method clones it, sets one field and wraps it. */
    private static final class Conditions implements Cloneable {
        @Nullable
        String parentId;

        @Nullable
        String titleContains;

        Map<String, Json> metadata = Map.of();

        @Nullable
        Boolean closed;

        long changedAfterPosition = -1;

        @Nullable
        Instant changedAfter;

        int limit = Integer.MAX_VALUE;

        @Nullable
        ListCursor cursor;

        private List<@Nullable Object> members() {
            return Arrays.asList(
                    parentId, titleContains, metadata, closed, changedAfterPosition, changedAfter, limit, cursor);
        }

        @Override
        public Conditions clone() {
            try {
                return (Conditions) super.clone();
            } catch (CloneNotSupportedException e) {
                throw new AssertionError(e);
            }
        }
    }

    private SessionQuery(Conditions conditions) {
        this.conditions = conditions;
    }

    /**
     * Selects every session, the last changed first.
     *
     * @return the query
     */
    public static SessionQuery all() {
        return ALL;
    }

    /**
     * Selects only forks and children of a session.
     *
     * @param sessionId the parent
     * @return a copy
     */
    public SessionQuery withParent(String sessionId) {
        Conditions copy = conditions.clone();
        copy.parentId = Ids.check("session id", sessionId);
        return new SessionQuery(copy);
    }

    /**
     * Selects only sessions whose title contains a text, ignoring case.
     *
     * @param text the text
     * @return a copy
     */
    public SessionQuery withTitleContaining(String text) {
        Conditions copy = conditions.clone();
        copy.titleContains = Objects.requireNonNull(text, "text");
        return new SessionQuery(copy);
    }

    /**
     * Selects only sessions whose metadata has a member with this name and value. If you call the method several times,
     * all members must match.
     *
     * @param name the member's name
     * @param value its value
     * @return a copy
     */
    public SessionQuery withMetadata(String name, Json value) {
        Conditions copy = conditions.clone();
        Map<String, Json> metadata = new TreeMap<>(copy.metadata);
        metadata.put(Objects.requireNonNull(name, "name"), Objects.requireNonNull(value, "value"));
        copy.metadata = Map.copyOf(metadata);
        return new SessionQuery(copy);
    }

    /**
     * Selects only closed sessions, or only open ones.
     *
     * @param closed true for sessions that {@link Timeline#closeSession closeSession} closed, false for the others
     * @return a copy
     */
    public SessionQuery withClosed(boolean closed) {
        Conditions copy = conditions.clone();
        copy.closed = closed;
        return new SessionQuery(copy);
    }

    /**
     * Selects only sessions that changed after a place in the feed, and whose change the feed already emits. To list
     * later only what changed since this list, read {@link Feed#position()} before you list, and pass that place the
     * next time.
     *
     * @param place the place
     * @return a copy
     * @throws InvalidInputException if it is {@link FeedPlace#now()}, which has no position
     */
    public SessionQuery withChangedAfter(FeedPlace place) {
        Conditions copy = conditions.clone();
        copy.changedAfterPosition = place.requirePosition("withChangedAfter");
        return new SessionQuery(copy);
    }

    /**
     * Selects only sessions whose {@code updatedAt} is later than an instant.
     *
     * @param instant the instant
     * @return a copy
     */
    public SessionQuery withChangedAfter(Instant instant) {
        Conditions copy = conditions.clone();
        copy.changedAfter = Objects.requireNonNull(instant, "instant");
        return new SessionQuery(copy);
    }

    /**
     * Limits the number of sessions.
     *
     * @param sessions the maximum number, 1 or more
     * @return a copy
     * @throws InvalidInputException if it is below 1
     */
    public SessionQuery withLimit(int sessions) {
        if (sessions < 1) {
            throw new InvalidInputException("a limit must be 1 or more: " + sessions);
        }
        Conditions copy = conditions.clone();
        copy.limit = sessions;
        return new SessionQuery(copy);
    }

    /**
     * Selects the next page: the rows that follow a row in the list. A session that changes while a client reads page
     * by page moves to the front, so the later pages may not contain it.
     *
     * @param cursor created from the last row of the previous page
     * @return a copy
     */
    public SessionQuery withCursor(ListCursor cursor) {
        Conditions copy = conditions.clone();
        copy.cursor = Objects.requireNonNull(cursor, "cursor");
        return new SessionQuery(copy);
    }

    /**
     * Returns whether a row meets the conditions other than limit and cursor.
     *
     * @param row the row
     * @return whether it does
     */
    public boolean matches(Session row) {
        Conditions c = conditions;
        return (c.parentId == null || c.parentId.equals(row.parentId()))
                && (c.titleContains == null
                        || row.title() != null && containsIgnoringCase(row.title(), c.titleContains))
                && (c.closed == null || c.closed == row.closed())
                && row.position() > c.changedAfterPosition
                && (c.changedAfter == null || row.updatedAt().isAfter(c.changedAfter))
                && c.metadata.entrySet().stream()
                        .allMatch(wanted ->
                                wanted.getValue().equals(row.metadata().get(wanted.getKey())));
    }

    /**
     * Returns the required parent.
     *
     * @return the session id, or null for any
     */
    public @Nullable String parentId() {
        return conditions.parentId;
    }

    /**
     * Returns the text that the title must contain.
     *
     * @return the text, or null for any
     */
    public @Nullable String titleContains() {
        return conditions.titleContains;
    }

    /**
     * Returns the members that the metadata must have.
     *
     * @return name and value, empty for any
     */
    public Map<String, Json> metadata() {
        return conditions.metadata;
    }

    /**
     * Returns whether a session must be closed.
     *
     * @return true for closed sessions, false for open ones, or null for both
     */
    public @Nullable Boolean closed() {
        return conditions.closed;
    }

    /**
     * Returns the position after which a session must have changed.
     *
     * @return the position, -1 if there is no such condition
     */
    public long changedAfterPosition() {
        return conditions.changedAfterPosition;
    }

    /**
     * Returns the instant after which a session must have changed.
     *
     * @return the instant, or null
     */
    public @Nullable Instant changedAfter() {
        return conditions.changedAfter;
    }

    /**
     * Returns the maximum number of sessions.
     *
     * @return the limit, {@link Integer#MAX_VALUE} for all
     */
    public int limit() {
        return conditions.limit;
    }

    /**
     * Returns where the page begins.
     *
     * @return the cursor, or null for the front of the list
     */
    public @Nullable ListCursor cursor() {
        return conditions.cursor;
    }

    private static boolean containsIgnoringCase(String text, String part) {
        for (int i = 0; i <= text.length() - part.length(); i++) {
            if (text.regionMatches(true, i, part, 0, part.length())) {
                return true;
            }
        }
        return false;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof SessionQuery that && conditions.members().equals(that.conditions.members());
    }

    @Override
    public int hashCode() {
        return conditions.members().hashCode();
    }

    @Override
    public String toString() {
        Conditions all = conditions;
        return Members.of(this)
                .add("parentId", all.parentId)
                .add("titleContains", all.titleContains)
                .add("metadata", all.metadata.isEmpty() ? null : all.metadata)
                .add("closed", all.closed)
                .add("changedAfterPosition", all.changedAfterPosition < 0 ? null : all.changedAfterPosition)
                .add("changedAfter", all.changedAfter)
                .add("limit", all.limit == Integer.MAX_VALUE ? null : all.limit)
                .add("cursor", all.cursor)
                .toString();
    }
}
