package dev.reel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.IntFunction;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("R18: the fold accepts any sequence of events")
class FoldOfAnythingTest {

    private static final List<String> NAMES = List.of(
            "id",
            "message",
            "message_id",
            "title",
            "model",
            "metadata",
            "parent_id",
            "parent_version",
            "created_at",
            "holder",
            "epoch",
            "n",
            "text",
            "role",
            "after",
            "state",
            "snapshots",
            "reason");

    private final Random random = new Random();

    static LongStream seeds() {
        Long given = Long.getLong("reel.seed");
        return given != null ? LongStream.of(given) : LongStream.range(0, 15);
    }

    @Tag("proof")
    @Test
    @DisplayName("many more random logs")
    void muchMore() {
        LongStream.range(100, Boolean.getBoolean("reel.full") ? 50_000 : 350).forEach(this::anything);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    @DisplayName(
            "random events, including malformed ones: none throws, old states stay valid, branches stay independent")
    void anything(long seed) {
        random.setSeed(seed);
        HandLog log = new HandLog();
        for (int i = 0; i < 300; i++) {
            log.add(EventDraft.of(type(), data()));
            if (random.nextInt(4) == 0) {
                branch(log.at(random.nextInt(log.events().size() + 1)));
            }
        }
        SessionState again = SessionState.empty(HandLog.SESSION);
        SessionState fork = SessionState.empty("fork");
        SessionState lean = SessionState.lean(HandLog.SESSION);
        for (SessionEvent event : log.events()) {
            int version = (int) event.version();
            assertEquals(again, log.at(version - 1), () -> "seed " + seed + ", version " + (version - 1));
            assertEquals(fork, again.under("fork"), () -> "seed " + seed + ", version " + (version - 1));
            assertEquals(again.hashCode(), log.at(version - 1).hashCode());
            again = again.apply(event);
            fork = fork.apply(event.under("fork"));
            lean = lean.apply(event);
            assertEquals(
                    again,
                    lean.reading(v -> log.events().get((int) v - 1)),
                    "a lean state, whose contents are read on demand");
            assertEquals(version, again.version());
            String text = again.toString();
            assertTrue(text.startsWith("s@" + version + ": "), text);
        }
        assertEquals(again, log.state());
    }

    /** Another branch of a state, which must not be visible in the original one. */
    private void branch(SessionState state) {
        SessionState other = state;
        for (int i = random.nextInt(40); i >= 0; i--) {
            long version = other.version() + 1;
            EventDraft draft = EventDraft.of(type(), data());
            other = other.apply(SessionEvent.of(
                    HandLog.SESSION,
                    version,
                    version,
                    "b" + version,
                    HandLog.instant(version),
                    1,
                    draft,
                    Upcasters.none()));
        }
    }

    private String type() {
        Change.Kind[] kinds = Change.Kind.values();
        // Many messages, so that some can be cut, extended and restored.
        int pick = random.nextInt(kinds.length + 12);
        return switch (pick < kinds.length ? kinds[pick] : kinds[6 + pick % 8]) {
            case CUSTOM -> "custom";
            case SESSION_DELETE -> random.nextInt(4) == 0 ? "session_delete" : "message_delta";
            default -> kinds[pick < kinds.length ? pick : 6 + pick % 8].type();
        };
    }

    private Json data() {
        Json data = Json.EMPTY_OBJECT;
        for (String name : NAMES) {
            if (random.nextInt(3) > 0) {
                data = data.with(name, value(name));
            }
        }
        return data;
    }

    private @Nullable Object value(String name) {
        if (random.nextInt(6) == 0) {
            return junk();
        }
        return switch (name) {
            case "id", "after", "message_id" -> "m" + random.nextInt(6);
            case "n" -> random.nextInt(3);
            case "epoch", "parent_version" -> random.nextInt(300);
            case "metadata" -> Json.object("k", random.nextInt(3));
            case "snapshots" -> Json.object("m1", "m2", "m2", "m" + random.nextInt(6), "m9", "m9");
            case "role" -> Role.values()[random.nextInt(4)].text();
            case "created_at" -> HandLog.instant(-random.nextInt(100)).toString();
            default -> "text " + random.nextInt(10);
        };
    }

    private @Nullable Object junk() {
        return switch (random.nextInt(10)) {
            case 0 -> null;
            case 1 -> true;
            case 2 -> Json.parse("-1e400");
            case 3 -> Json.parse("[[], {\"a\": [null]}]");
            case 4 -> Json.parse("{\"\": \"\", \"id\": 1}");
            case 5 -> "";
            case 6 -> "\u0000\ud83d";
            case 7 -> Long.MIN_VALUE;
            case 8 -> Json.parse("9223372036854775808");
            default -> "+999999999-12-31T23:59:59.999999999-18:00";
        };
    }

    static Stream<IntFunction<EventDraft>> logs() {
        return Stream.of(
                i -> message("m" + i),
                i -> message("m" + i % 1_000),
                i -> EventDraft.of(new Change.DeltaMessage("m", Role.ASSISTANT, i, "t")),
                i -> i % 10 == 9 ? EventDraft.of(Change.truncateMessages("m" + (i - 4))) : message("m" + i),
                i -> EventDraft.of(new Change.PutSnapshot("c" + i, null, Json.EMPTY_OBJECT)),
                i -> EventDraft.of("note", Json.EMPTY_OBJECT));
    }

    private static EventDraft message(String id) {
        return EventDraft.of(Change.putMessage(Role.USER, id, Json.EMPTY_OBJECT));
    }

    @ParameterizedTest
    @MethodSource("logs")
    @DisplayName("apply costs O(log n): ten times the events take about ten times the memory traffic")
    void cost(IntFunction<EventDraft> log) {
        assertLinear(log, 2_000);
    }

    @Tag("proof")
    @ParameterizedTest
    @MethodSource("logs")
    @DisplayName("apply costs O(log n): 100,000 events take about ten times the memory traffic of 10,000")
    void costAtSize(IntFunction<EventDraft> log) {
        assertLinear(log, 10_000);
    }

    private static void assertLinear(IntFunction<EventDraft> log, int count) {
        List<SessionEvent> few = events(log, count);
        List<SessionEvent> many = events(log, 10 * count);
        fold(few); // loads the classes
        long costOfFew = allocatedBy(() -> fold(few));
        long costOfMany = allocatedBy(() -> fold(many));
        assertTrue(
                costOfMany < 16 * costOfFew,
                () -> costOfFew + " bytes for " + count + ", " + costOfMany + " for ten times as many");
    }

    @Test
    @DisplayName("a cut, a redo and a read of one message cost the same in a long session as in a short one")
    void costOfOne() {
        SessionState few = fold(events(i -> message("m" + i), 1_000));
        SessionState many = fold(events(i -> message("m" + i), 20_000));
        assertTrue(allocatedBy(() -> undoAndRedo(many)) < 3 * allocatedBy(() -> undoAndRedo(few)) + 1_000);
    }

    private static void undoAndRedo(SessionState state) {
        SessionState next = state;
        for (EventDraft draft :
                List.of(EventDraft.of(Change.truncateMessages("m500")), EventDraft.of(new Change.RestoreMessages()))) {
            next = next.apply(event(draft, next.version() + 1));
        }
        assertEquals(few(state), few(next));
    }

    private static @Nullable Message few(SessionState state) {
        return state.message("m700");
    }

    private static List<SessionEvent> events(IntFunction<EventDraft> log, int count) {
        List<SessionEvent> events = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            SessionEvent event = event(log.apply(i), i + 1L);
            event.change();
            events.add(event);
        }
        return events;
    }

    private static SessionEvent event(EventDraft draft, long version) {
        return SessionEvent.of(
                HandLog.SESSION, version, version, "e" + version, HandLog.instant(version), 1, draft, Upcasters.none());
    }

    private static SessionState fold(List<SessionEvent> events) {
        SessionState state = SessionState.empty(HandLog.SESSION);
        for (SessionEvent event : events) {
            state = state.apply(event);
        }
        return state;
    }

    private static long allocatedBy(Runnable work) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        work.run();
        return threads.getCurrentThreadAllocatedBytes() - before;
    }
}
