package dev.reel;

import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Functions that convert older versions of event types when events are read. The log keeps events as they were
 * recorded; {@link SessionEvent#change}, and therefore the fold, sees them in their newest form. Immutable. Two
 * instances are equal if they have the same functions for the same types and versions; a function is equal only to
 * itself.
 *
 * <pre>{@code
 * Upcasters upcasters = Upcasters.none()
 *         .with("order_placed", 1, data -> data.with("currency", "EUR"))            // v 1 becomes v 2
 *         .with("note", 1, "system_message", data -> Json.object("message", data)); // another type, v 1
 * }</pre>
 *
 * <p>An upcaster must be pure and fast: it runs wherever an event is read, on any thread. If it throws, the event has
 * no effect on rows: it is read as {@link Change.Custom} of its recorded type. A write that returns a row fails with
 * {@link MalformedEventException} if an upcaster converts its event to one that does not put that row.
 */
public final class Upcasters {

    /** More steps than the history of any type has; a cycle of upcasters ends here. */
    private static final int MAX_STEPS = 1_000;

    /** The kinds that {@link EventLog#append} rejects. */
    private static final Set<Change.Kind> ONLY_BY_THEIR_METHODS = Set.of(
            Change.Kind.SESSION_FORK, Change.Kind.SESSION_PURGED, Change.Kind.SESSION_TURN, Change.Kind.SESSION_CLOSE);

    /** The kinds that the store writes by itself and on whose effect it relies. */
    private static final Set<Change.Kind> DECIDED = Set.of(
            Change.Kind.SESSION_FORK,
            Change.Kind.SESSION_PURGED,
            Change.Kind.SESSION_TURN,
            Change.Kind.SESSION_CLOSE,
            Change.Kind.SESSION_DELETE,
            Change.Kind.MESSAGES_TRUNCATE,
            Change.Kind.MESSAGES_RESTORE,
            Change.Kind.MESSAGES_CLEAR,
            Change.Kind.SNAPSHOTS_CLEAR);

    private static final Upcasters NONE = new Upcasters(Map.of());

    private final Map<Key, Step> steps;

    private Upcasters(Map<Key, Step> steps) {
        this.steps = steps;
    }

    /**
     * An event's type and data, at a version of the type.
     *
     * @param type the event type
     * @param v the version of the type
     * @param data the data in that version
     */
    record Shape(String type, int v, Json data) {}

    private record Key(String type, int v) {
        @Override
        public String toString() {
            return type + " v " + v;
        }
    }

    private record Step(String newType, int newV, UnaryOperator<Json> upcast) {
        Step {
            Objects.requireNonNull(upcast, "upcast");
        }
    }

    /**
     * Reads events as they were recorded.
     *
     * @return no upcasters
     */
    public static Upcasters none() {
        return NONE;
    }

    /**
     * Adds an upcaster from version v to v + 1 of a type.
     *
     * @param type the event type
     * @param v the version that it reads
     * @param upcast converts the old data to the new
     * @return a copy
     * @throws IllegalArgumentException if there is already one for that type and version, or if the store itself
     *     decides on events of the type (turns, forks, closes, deletes, cuts)
     */
    public Upcasters with(String type, int v, UnaryOperator<Json> upcast) {
        return with(new Key(type, v), new Step(type, v + 1, upcast));
    }

    /**
     * Adds an upcaster from version v of a type to version 1 of another type.
     *
     * @param type the event type
     * @param v the version that it reads
     * @param newType the type that it returns
     * @param upcast converts the old data to the new
     * @return a copy
     * @throws IllegalArgumentException if there is already one for that type and version, if the store itself decides
     *     on events of the type (turns, forks, closes, deletes, cuts), or if append rejects the new type
     */
    public Upcasters with(String type, int v, String newType, UnaryOperator<Json> upcast) {
        return with(new Key(type, v), new Step(Ids.checkEventType(newType), 1, upcast));
    }

    private Upcasters with(Key key, Step step) {
        Ids.checkEventType(key.type());
        if (DECIDED.contains(Change.Kind.of(key.type()))) {
            throw new IllegalArgumentException("no upcaster can read '" + key.type()
                    + "': the store decides on these events itself; upcast custom events, messages, snapshots, and"
                    + " session_start, session_update and session_resume");
        }
        if (!key.type().equals(step.newType()) && ONLY_BY_THEIR_METHODS.contains(Change.Kind.of(step.newType()))) {
            throw new IllegalArgumentException("no upcaster can return '" + step.newType()
                    + "': only a method of the store makes these events; return a custom type, a message, a snapshot or"
                    + " another event that append() accepts");
        }
        Map<Key, Step> more = new HashMap<>(steps);
        if (more.put(key, step) != null) {
            throw new IllegalArgumentException("an upcaster for " + key.type() + " v " + key.v() + " exists already");
        }
        return new Upcasters(Map.copyOf(more));
    }

    /** The newest form; if an upcaster fails, the recorded form with a type that changes no row. */
    Shape newest(String type, int v, Json data) {
        Shape shape = new Shape(type, v, data);
        if (steps.isEmpty()) {
            return shape;
        }
        try {
            for (int i = 0; i < MAX_STEPS; i++) {
                Step step = steps.get(new Key(shape.type(), shape.v()));
                if (step == null) {
                    return shape;
                }
                Json upcast = step.upcast().apply(shape.data());
                if (!upcast.isObject()) {
                    return unreadable(data);
                }
                shape = new Shape(step.newType(), step.newV(), upcast);
            }
            return unreadable(data);
        } catch (RuntimeException e) {
            // The fold is total: an event that cannot be read changes nothing, and a check of the log reports it.
            return unreadable(data);
        }
    }

    private static Shape unreadable(Json data) {
        return new Shape(Change.UNREADABLE, 1, data);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Upcasters that && steps.equals(that.steps);
    }

    @Override
    public int hashCode() {
        return steps.hashCode();
    }

    /**
     * Returns the types and versions, without the functions.
     *
     * @return for example {@code Upcasters[note v 1 -> system_message v 1, order_placed v 1 -> order_placed v 2]}
     */
    @Override
    public String toString() {
        return steps.entrySet().stream()
                .sorted(Comparator.comparing(
                                (Map.Entry<Key, Step> it) -> it.getKey().type())
                        .thenComparing(it -> it.getKey().v()))
                .map(it -> it.getKey() + " -> "
                        + new Key(it.getValue().newType(), it.getValue().newV()))
                .collect(Collectors.joining(", ", "Upcasters[", "]"));
    }
}
