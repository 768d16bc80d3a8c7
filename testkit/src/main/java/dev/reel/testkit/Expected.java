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
 * What a test expects next: of a replay, a tail, the signals of a tail, or the rows of the message table.
 *
 * <p>It is a {@link Consumer} that fails with what was expected and what came, for {@code assertNext} and {@code
 * consumeNextWith}; and a {@link Predicate}, for {@code expectNextMatches} and {@code filter}.
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
 * <p>An event of a tail's signals ({@link TailSignal.Recorded}) is matched as the event that it carries. It never looks
 * further than at one element, but for {@link #log}.
 */
public final class Expected implements Predicate<Object>, Consumer<Object> {

    private static final int LONGEST = 200;

    private final String description;
    private final int times;
    private final Check check;

    /** What is wrong with an element, or null. */
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
     * Any message of a user.
     *
     * @return the expectation
     */
    public static Expected userMessage() {
        return message(Role.USER, null);
    }

    /**
     * A message of a user.
     *
     * @param text its text ({@link Message#text}), all of it
     * @return the expectation
     */
    public static Expected userMessage(String text) {
        return message(Role.USER, text);
    }

    /**
     * Any whole message of the assistant; of a streamed one, what completes it.
     *
     * @return the expectation
     */
    public static Expected assistantMessage() {
        return message(Role.ASSISTANT, null);
    }

    /**
     * A whole message of the assistant; of a streamed one, what completes it.
     *
     * @param text its text ({@link Message#text}), all of it
     * @return the expectation
     */
    public static Expected assistantMessage(String text) {
        return message(Role.ASSISTANT, text);
    }

    /**
     * A message of the system.
     *
     * @param text its text ({@link Message#text}), all of it
     * @return the expectation
     */
    public static Expected systemMessage(String text) {
        return message(Role.SYSTEM, text);
    }

    /**
     * Any result of a tool.
     *
     * @return the expectation
     */
    public static Expected toolResult() {
        return message(Role.TOOL, null);
    }

    /**
     * A result of a tool.
     *
     * @param text the message's text, or the {@code content} of one of its {@code tool_results}; all of it
     * @return the expectation
     */
    public static Expected toolResult(String text) {
        return message(Role.TOOL, text);
    }

    /**
     * A part of a message that is being streamed.
     *
     * @param text what the part adds
     * @return the expectation
     */
    public static Expected messageDelta(String text) {
        return oneEvent(
                "part of a message " + quoted(text),
                event -> event.change() instanceof Change.DeltaMessage delta && text.equals(delta.text()));
    }

    /**
     * A checkpoint, a snapshot that carries a label.
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
     * An event of a type of your own.
     *
     * @param type a type that the fold does not know
     * @return the expectation
     * @throws IllegalArgumentException when the fold knows it: then {@link #event} is meant
     */
    public static Expected custom(String type) {
        if (Change.Kind.of(type) != Change.Kind.CUSTOM) {
            throw new IllegalArgumentException(
                    "\"" + type + "\" is no custom event; event(\"" + type + "\") matches it");
        }
        return event(type);
    }

    /**
     * An event of a type of your own, with its data.
     *
     * @param type a type that the fold does not know
     * @param data what it must be equal to
     * @return the expectation
     */
    public static Expected custom(String type, Json data) {
        return custom(type).where("with data " + data, event -> event.data().equals(data));
    }

    /**
     * An event of a type.
     *
     * @param type any event type, for example {@code messages_truncate}
     * @return the expectation
     */
    public static Expected event(String type) {
        return oneEvent(type + " event", event -> event.type().equals(type));
    }

    /**
     * An event, whatever it is.
     *
     * @return the expectation
     */
    public static Expected anyEvent() {
        return oneEvent("event", event -> true);
    }

    /**
     * Some events, whatever they are. It stands for several elements, so it is for {@link #inOrder} and {@link #log}.
     *
     * @param n how many, 1 or more
     * @return the expectation
     */
    public static Expected anyEvents(int n) {
        return anyEvent().times(n);
    }

    /**
     * The first signal of a tail.
     *
     * @return the expectation
     */
    public static Expected started() {
        return signal(TailSignal.Started.class);
    }

    /**
     * The signal that all that was there is delivered.
     *
     * @return the expectation
     */
    public static Expected caughtUp() {
        return signal(TailSignal.CaughtUp.class);
    }

    /**
     * The signal that all that was there is delivered.
     *
     * @param version the version that was reached
     * @return the expectation
     */
    public static Expected caughtUp(long version) {
        return signal(TailSignal.CaughtUp.class).atVersion(version);
    }

    /**
     * The signal that a tail finds much waiting.
     *
     * @return the expectation
     */
    public static Expected fellBehind() {
        return signal(TailSignal.FellBehind.class);
    }

    /**
     * The signal that nothing came for an interval.
     *
     * @return the expectation
     */
    public static Expected idle() {
        return signal(TailSignal.Idle.class);
    }

    /**
     * A whole list of events, signals or rows, and nothing behind them: of {@code collectList()}, or of what {@code
     * recordWith} kept.
     *
     * <pre>{@code
     * StepVerifier.create(store.replay(id, Range.all()).collectList())
     *         .assertNext(Expected.log(Expected.userMessage("hi"), Expected.anyEvents(3)))
     *         .verifyComplete();
     * }</pre>
     *
     * @param expected element by element
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
     * Expects one after the other.
     *
     * @param step where the verification stands
     * @param expected element by element
     * @param <T> what the publisher gives
     * @return where it stands then
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
     * The same several times, one after the other, for {@link #inOrder} and {@link #log}.
     *
     * @param n how often, 1 or more
     * @return the expectation
     * @throws IllegalArgumentException when n is below 1
     */
    public Expected times(int n) {
        if (n < 1) {
            throw new IllegalArgumentException("an element is expected 1 time or more: " + n);
        }
        return new Expected(description, n, check);
    }

    /**
     * And at a version: that of the event, the signal's place, or a row's seq.
     *
     * @param version the version
     * @return a narrower expectation
     */
    public Expected atVersion(long version) {
        return and("at version " + version, it -> versionOf(it) == version);
    }

    /**
     * And of a message's id.
     *
     * @param id the message id
     * @return a narrower expectation
     */
    public Expected withMessageId(String id) {
        return and("with message id " + id, it -> id.equals(messageIdOf(it)));
    }

    /**
     * And whatever else an event must be.
     *
     * @param condition the condition in words, for the failure
     * @param holds whether the event is that
     * @return a narrower expectation, of events only
     */
    public Expected where(String condition, Predicate<SessionEvent> holds) {
        return and(condition, it -> {
            SessionEvent event = eventOf(it);
            return event != null && holds.test(event);
        });
    }

    /**
     * Whether it is what was expected.
     *
     * @param actual what came
     * @return whether it is
     */
    @Override
    public boolean test(@Nullable Object actual) {
        checkSingle();
        return check.faultOf(actual) == null;
    }

    /**
     * Fails when it is not what was expected.
     *
     * @param actual what came
     * @throws AssertionError with what was expected and what came
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

    /** Else a step of one element would pass for what stands for several. */
    private void checkSingle() {
        if (times != 1) {
            throw new IllegalStateException(
                    this + " stands for several elements: give it to Expected.inOrder or Expected.log");
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
                    ? "expected " + singles.get(i) + ", got no more"
                    : i >= singles.size()
                            ? "expected no more, got " + described(came.get(i))
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
        StringBuilder text = new StringBuilder("\nall that came:");
        for (int i = 0; i < came.size(); i++) {
            text.append("\n  ").append(i + 1).append(". ").append(described(came.get(i)));
        }
        return text.toString();
    }

    /** What came, in the words of the expectations. */
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
