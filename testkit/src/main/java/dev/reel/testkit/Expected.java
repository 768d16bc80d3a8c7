package dev.reel.testkit;

import dev.reel.Change;
import dev.reel.Json;
import dev.reel.LogPlace;
import dev.reel.Message;
import dev.reel.Role;
import dev.reel.SessionEvent;
import dev.reel.TailSignal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import reactor.test.StepVerifier;

/**
 * An expectation for the next element of a replay, a tail, a tail with signals, or a list of message rows.
 *
 * <p>As a {@link Consumer} it fails with the expected and the actual element, for {@code assertNext} and {@code
 * consumeNextWith}. As a {@link Predicate} it serves {@code expectNextMatches} and {@code filter}.
 *
 * <pre>{@code
 * StepVerifier.create(store.replay(id, Range.all()))
 *         .assertNext(Expected.userMessage("hi"))
 *         .assertNext(Expected.assistantMessage("hello"))
 *         .verifyComplete();
 *
 * Expected.inOrder(
 *                 StepVerifier.create(store.tailSignals(id, From.start(), TailOptions.standard())),
 *                 Expected.started(),
 *                 Expected.anyEvents(2),
 *                 Expected.caughtUp(2))
 *         .thenCancel()
 *         .verify(Duration.ofSeconds(5));
 * }</pre>
 *
 * <p>A {@link TailSignal.Recorded} is matched by the event that it carries. Each expectation except {@link #log}
 * matches a single element.
 */
public final class Expected implements Predicate<Object>, Consumer<Object> {

    private static final int LONGEST = 200;

    private final String description;
    private final int times;
    private final Check check;

    /** Returns what is wrong with an element, or null. */
    private interface Check {
        @Nullable
        String faultOf(@Nullable Object actual);
    }

    private Expected(String description, int times, Check check) {
        this.description = description;
        this.times = times;
        this.check = check;
    }

    /**
     * Expects any message of a user.
     *
     * @return the expectation
     */
    public static Expected userMessage() {
        return message(Role.USER, null);
    }

    /**
     * Expects a message of a user.
     *
     * @param text its whole text ({@link Message#text})
     * @return the expectation
     */
    public static Expected userMessage(String text) {
        return message(Role.USER, text);
    }

    /**
     * Expects any complete message of the assistant; if it is streamed, the event that completes it.
     *
     * @return the expectation
     */
    public static Expected assistantMessage() {
        return message(Role.ASSISTANT, null);
    }

    /**
     * Expects a complete message of the assistant; if it is streamed, the event that completes it.
     *
     * @param text its whole text ({@link Message#text})
     * @return the expectation
     */
    public static Expected assistantMessage(String text) {
        return message(Role.ASSISTANT, text);
    }

    /**
     * Expects a message of the system.
     *
     * @param text its whole text ({@link Message#text})
     * @return the expectation
     */
    public static Expected systemMessage(String text) {
        return message(Role.SYSTEM, text);
    }

    /**
     * Expects any result of a tool.
     *
     * @return the expectation
     */
    public static Expected toolResult() {
        return message(Role.TOOL, null);
    }

    /**
     * Expects a result of a tool.
     *
     * @param text the message's whole text, or the whole {@code content} of one of its {@code tool_results}
     * @return the expectation
     */
    public static Expected toolResult(String text) {
        return message(Role.TOOL, text);
    }

    /**
     * Expects a part of a streamed message.
     *
     * @param text the text that the part adds
     * @return the expectation
     */
    public static Expected messageDelta(String text) {
        return oneEvent(
                "part of a message " + quoted(text),
                event -> event.change() instanceof Change.DeltaMessage delta && text.equals(delta.text()));
    }

    /**
     * Expects a checkpoint: a snapshot with a label.
     *
     * @param label the label in its state
     * @return the expectation
     */
    public static Expected checkpoint(String label) {
        return oneEvent(
                "checkpoint " + quoted(label),
                event -> event.change() instanceof Change.PutSnapshot snapshot
                        && snapshot.state().isObject()
                        && label.equals(snapshot.state().textOf("label")));
    }

    /**
     * Expects a custom event.
     *
     * @param type a type that is not one of Reel's event types
     * @return the expectation
     * @throws IllegalArgumentException if it is one of Reel's event types; use {@link #event} for these
     */
    public static Expected custom(String type) {
        if (Change.Kind.of(type) != Change.Kind.CUSTOM) {
            throw new IllegalArgumentException("\"" + type + "\" is not a custom event; use event(\"" + type + "\")");
        }
        return event(type);
    }

    /**
     * Expects a custom event with given data.
     *
     * @param type a type that is not one of Reel's event types
     * @param data the data to which its data must be equal
     * @return the expectation
     */
    public static Expected custom(String type, Json data) {
        return custom(type).where("with data " + data, event -> event.data().equals(data));
    }

    /**
     * Expects an event of a type.
     *
     * @param type any event type, for example {@code messages_truncate}
     * @return the expectation
     */
    public static Expected event(String type) {
        return oneEvent(type + " event", event -> event.type().equals(type));
    }

    /**
     * Expects any event.
     *
     * @return the expectation
     */
    public static Expected anyEvent() {
        return oneEvent("event", event -> true);
    }

    /**
     * Expects n arbitrary events. Use it only in {@link #inOrder} and {@link #log}, since it matches several elements.
     *
     * @param n how many, 1 or more
     * @return the expectation
     */
    public static Expected anyEvents(int n) {
        return anyEvent().times(n);
    }

    /**
     * Expects the {@code Started} signal, the first signal of a tail.
     *
     * @return the expectation
     */
    public static Expected started() {
        return signal(TailSignal.Started.class);
    }

    /**
     * Expects the {@code CaughtUp} signal: the events that existed at subscription are delivered.
     *
     * @return the expectation
     */
    public static Expected caughtUp() {
        return signal(TailSignal.CaughtUp.class);
    }

    /**
     * Expects the {@code CaughtUp} signal at a version.
     *
     * @param version the version that was reached
     * @return the expectation
     */
    public static Expected caughtUp(long version) {
        return signal(TailSignal.CaughtUp.class).atVersion(version);
    }

    /**
     * Expects the {@code FellBehind} signal: more events than the lag bound are waiting.
     *
     * @return the expectation
     */
    public static Expected fellBehind() {
        return signal(TailSignal.FellBehind.class);
    }

    /**
     * Expects the {@code Idle} signal: no event was published for the interval.
     *
     * @return the expectation
     */
    public static Expected idle() {
        return signal(TailSignal.Idle.class);
    }

    /**
     * Expects a complete list of events, signals or rows, for example from {@code collectList()} or {@code recordWith}.
     *
     * <pre>{@code
     * StepVerifier.create(store.replay(id, Range.all()).collectList())
     *         .assertNext(Expected.log(Expected.userMessage("hi"), Expected.anyEvents(3)))
     *         .verifyComplete();
     * }</pre>
     *
     * @param expected one expectation per element
     * @return the expectation
     */
    public static Expected log(Expected... expected) {
        List<Expected> each = List.of(expected);
        return new Expected(
                "the list " + each,
                1,
                it -> it instanceof Iterable<?> actual
                        ? faultOfList(each, actual)
                        : "expected the list " + each + ", got " + described(it));
    }

    /**
     * Expects several elements, one after the other.
     *
     * @param step the current step of the verification
     * @param expected one expectation per element
     * @param <T> the type of the publisher's items
     * @return the step after the elements
     */
    public static <T> StepVerifier.Step<T> inOrder(StepVerifier.Step<T> step, Expected... expected) {
        StepVerifier.Step<T> at = step;
        for (Expected each : expected) {
            for (int i = 0; i < each.times; i++) {
                at = at.assertNext(each.single());
            }
        }
        return at;
    }

    /**
     * Repeats the expectation n times, for {@link #inOrder} and {@link #log}.
     *
     * @param n how many times, 1 or more
     * @return the expectation
     * @throws IllegalArgumentException if n is below 1
     */
    public Expected times(int n) {
        if (n < 1) {
            throw new IllegalArgumentException("times must be 1 or more: " + n);
        }
        return new Expected(description, n, check);
    }

    /**
     * Also expects a version: that of the event, of the signal's place, or the seq of a row.
     *
     * @param version the version
     * @return a narrower expectation
     */
    public Expected atVersion(long version) {
        return and("at version " + version, it -> versionOf(it) == version);
    }

    /**
     * Also expects a message id.
     *
     * @param id the message id
     * @return a narrower expectation
     */
    public Expected withMessageId(String id) {
        return and("with message id " + id, it -> id.equals(messageIdOf(it)));
    }

    /**
     * Also expects that a condition holds for an event.
     *
     * @param condition the condition in words, for failure messages
     * @param holds returns whether the condition holds
     * @return a narrower expectation, which matches only events
     */
    public Expected where(String condition, Predicate<SessionEvent> holds) {
        return and(condition, it -> {
            SessionEvent event = eventOf(it);
            return event != null && holds.test(event);
        });
    }

    /**
     * Whether an element matches.
     *
     * @param actual the element
     * @return true if it matches
     */
    @Override
    public boolean test(@Nullable Object actual) {
        checkSingle();
        return check.faultOf(actual) == null;
    }

    /**
     * Fails if an element does not match.
     *
     * @param actual the element
     * @throws AssertionError with the expected and the actual element
     */
    @Override
    public void accept(@Nullable Object actual) {
        checkSingle();
        String fault = check.faultOf(actual);
        if (fault != null) {
            throw new AssertionError(fault);
        }
    }

    @Override
    public String toString() {
        return times == 1 ? description : times + " × " + description;
    }

    /** Rejects an expectation of several elements where a single element is checked. */
    private void checkSingle() {
        if (times != 1) {
            throw new IllegalStateException(
                    this + " matches several elements: use it in Expected.inOrder or Expected.log");
        }
    }

    private Expected single() {
        return new Expected(description, 1, check);
    }

    private Expected and(String condition, Predicate<@Nullable Object> holds) {
        String both = description + " " + condition;
        return new Expected(
                both,
                times,
                it -> check.faultOf(it) == null && holds.test(it)
                        ? null
                        : "expected " + both + ", got " + described(it));
    }

    private static Expected one(String description, Predicate<@Nullable Object> test) {
        return new Expected(
                description, 1, it -> test.test(it) ? null : "expected " + description + ", got " + described(it));
    }

    private static Expected oneEvent(String description, Predicate<SessionEvent> test) {
        return one(description, it -> {
            SessionEvent event = eventOf(it);
            return event != null && test.test(event);
        });
    }

    private static Expected signal(Class<? extends TailSignal> type) {
        return one("signal " + type.getSimpleName(), type::isInstance);
    }

    private static Expected message(Role role, @Nullable String text) {
        String what = role == Role.TOOL ? "tool result" : role.text() + " message";
        return one(text == null ? what : what + " " + quoted(text), it -> {
            Said said = Said.of(it);
            return said != null && said.role == role && (text == null || said.says(text));
        });
    }

    private static @Nullable String faultOfList(List<Expected> expected, Iterable<?> actual) {
        List<Expected> singles = new ArrayList<>();
        for (Expected each : expected) {
            singles.addAll(Collections.nCopies(each.times, each.single()));
        }
        List<Object> came = new ArrayList<>();
        actual.forEach(came::add);
        for (int i = 0; i < Math.max(singles.size(), came.size()); i++) {
            String fault = i >= came.size()
                    ? "expected " + singles.get(i) + ", got the end"
                    : i >= singles.size()
                            ? "expected the end, got " + described(came.get(i))
                            : singles.get(i).check.faultOf(came.get(i));
            if (fault != null) {
                return "element " + (i + 1) + ": " + fault + listed(came);
            }
        }
        return null;
    }

    private static String listed(List<?> came) {
        if (came.isEmpty()) {
            return "\nnothing came";
        }
        StringBuilder text = new StringBuilder("\nall elements:");
        for (int i = 0; i < came.size(); i++) {
            text.append("\n  ").append(i + 1).append(". ").append(described(came.get(i)));
        }
        return text.toString();
    }

    /** Describes an element in the words of the expectations. */
    static String described(@Nullable Object it) {
        if (it == null) {
            return "nothing";
        }
        Said said = Said.of(it);
        String text = said == null ? null : said.text();
        SessionEvent event = eventOf(it);
        if (event != null) {
            return event.type() + " " + (text == null ? shortened(event.data().toString()) : quoted(text))
                    + " (version " + event.version() + ", event id " + event.id() + ")";
        }
        if (it instanceof Message row) {
            return row.role().text() + " message "
                    + (text == null ? shortened(row.content().toString()) : quoted(text)) + " (row " + row.id()
                    + ", seq " + row.seq() + ")";
        }
        return it instanceof TailSignal signal
                ? "signal " + signal.getClass().getSimpleName() + " at " + signal.place()
                : shortened(it.toString());
    }

    private static @Nullable SessionEvent eventOf(@Nullable Object it) {
        return it instanceof SessionEvent event
                ? event
                : it instanceof TailSignal.Recorded recorded ? recorded.event() : null;
    }

    private static long versionOf(@Nullable Object it) {
        SessionEvent event = eventOf(it);
        if (event != null) {
            return event.version();
        }
        return it instanceof TailSignal signal && signal.place() instanceof LogPlace place
                ? place.version()
                : it instanceof Message row ? row.seq() : -1;
    }

    private static @Nullable String messageIdOf(@Nullable Object it) {
        if (it instanceof Message message) {
            return message.id();
        }
        SessionEvent event = eventOf(it);
        if (event == null) {
            return null;
        }
        Change change = event.change();
        if (change instanceof Change.PutMessage put) {
            return put.id() == null ? event.id() : put.id();
        }
        if (change instanceof Change.DeltaMessage delta) {
            return delta.id() == null ? event.id() : delta.id();
        }
        return null;
    }

    private static String quoted(String text) {
        return '"' + shortened(text.replace("\n", "\\n")) + '"';
    }

    private static String shortened(String text) {
        return text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "…";
    }

    /** A message, in an event or a row. */
    private record Said(Role role, Json content) {

        static @Nullable Said of(@Nullable Object it) {
            if (it instanceof Message row) {
                return new Said(row.role(), row.content());
            }
            SessionEvent event = eventOf(it);
            return event != null && event.change() instanceof Change.PutMessage put
                    ? new Said(put.role(), put.message())
                    : null;
        }

        @Nullable
        String text() {
            return textOf(content);
        }

        boolean says(String text) {
            return text.equals(text())
                    || (role == Role.TOOL && results().stream().anyMatch(result -> text.equals(textOf(result))));
        }

        private List<Json> results() {
            Json results = content.isObject() ? content.get("tool_results") : null;
            return results != null && results.kind() == Json.Kind.ARRAY ? results.elements() : List.of();
        }

        private static @Nullable String textOf(Json message) {
            return switch (message.kind()) {
                case STRING -> message.text();
                case OBJECT -> message.textOf("content");
                default -> null;
            };
        }
    }
}
