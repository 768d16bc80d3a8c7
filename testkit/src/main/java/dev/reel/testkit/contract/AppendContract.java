package dev.reel.testkit.contract;

import static dev.reel.ExpectedVersion.any;
import static dev.reel.ExpectedVersion.emptyLog;
import static dev.reel.ExpectedVersion.exactly;
import static dev.reel.ExpectedVersion.nonEmptyLog;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.reel.Anchor;
import dev.reel.Commit;
import dev.reel.EventDraft;
import dev.reel.ExpectedVersion;
import dev.reel.Fork;
import dev.reel.ForkRequest;
import dev.reel.InvalidInputException;
import dev.reel.Json;
import dev.reel.LogPlace;
import dev.reel.MalformedEventException;
import dev.reel.Message;
import dev.reel.Range;
import dev.reel.SessionClosedException;
import dev.reel.SessionEvent;
import dev.reel.SessionNotFoundException;
import dev.reel.SessionStore;
import dev.reel.SnapshotIdTakenException;
import dev.reel.StoreOptions;
import dev.reel.VersionConflictException;
import dev.reel.WriteOptions;
import dev.reel.spi.Events;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * R1 to R4: one write path, versions and positions, batches, expected versions. The tests of durable stores verify that
 * a batch is atomic across a crash and that no position is used twice after one.
 */
abstract class AppendContract extends ContractGroup {

    AppendContract(Function<StoreOptions, SessionStore> opener) {
        super(opener);
    }

    @ParameterizedTest(name = "R1: {0} is an append")
    @EnumSource(value = Write.class, mode = EnumSource.Mode.EXCLUDE, names = "PURGE")
    void everyWriteIsAnAppend(Write write) {
        Commit ground = Write.ground(store(), "s");
        Optional<Object> answer = answer(write.call(store(), "s", WriteOptions.none()));
        String target = answer.isPresent() && answer.get() instanceof Fork fork ? fork.sessionId() : "s";
        List<SessionEvent> log = log(target);
        assertEquals(write.types(), typesOf(log.subList((int) ground.version(), log.size())));
        assertEquals(log.size(), get(store().state(target)).version());
    }

    @Test
    @DisplayName("R1: a purge leaves a session_purged in the feed, and no log")
    void purgeIsTheException() {
        Write.ground(store(), "s");
        append("other", custom("note", 1));
        long before = get(store().position()).position();
        maybe(store().purge("s"));
        assertEquals(List.of("other"), all(store().sessionIds()));
        assertEquals(List.of(), log("s"));
        List<SessionEvent> feed = feed();
        assertEquals(List.of("note", "session_purged"), typesOf(feed));
        SessionEvent purged = feed.get(1);
        assertEquals("s", purged.sessionId());
        assertEquals(0, purged.version());
        assertEquals(Json.EMPTY_OBJECT, purged.data());
        assertTrue(purged.position() > before, "its position " + purged.position() + " is above " + before);
    }

    @Test
    @DisplayName("R2: versions count from 1 without gaps, in append order")
    void versionsAreContiguous() {
        Commit first = append("s", custom("a", 1));
        Commit second = append("s", custom("b", 2), custom("c", 3), custom("d", 4));
        Commit other = append("other", custom("e", 5));
        Message message = user("s", "m1", "hi");
        assertEquals(List.of(1L, 2L, 3L, 4L, 5L), versions("s"));
        assertEquals(List.of("a", "b", "c", "d", "user_message"), types("s"));
        assertEquals(5, message.seq());
        assertEquals(1, first.firstVersion());
        assertEquals(1, first.version());
        assertEquals(2, second.firstVersion());
        assertEquals(4, second.version());
        assertEquals(1, other.version());
        SessionEvent last = log("s").get(3);
        assertEquals(new Commit("s", 2, 4, last.id(), last.position(), last.at(), false), second);
        assertEquals(LogPlace.of(4, last.id(), last.position()), second.place());
    }

    @Test
    @DisplayName("R2: positions increase with every event and are never reused, not even after a purge")
    void positionsRise() {
        List<SessionEvent> seen = new ArrayList<>();
        for (int round = 0; round < 3; round++) {
            append("purged", custom("a", round), custom("b", round));
            append("kept", custom("c", round));
            seen.addAll(log("purged"));
            maybe(store().purge("purged"));
            seen.addAll(since(seen));
        }
        List<Long> positions = seen.stream().map(SessionEvent::position).toList();
        assertEquals(4 * 3, positions.size());
        assertEquals(new TreeSet<>(positions).size(), positions.size(), "positions used twice: " + positions);
        long before = 0;
        for (SessionEvent event : feed()) {
            assertTrue(event.position() > before, event + " at " + event.position() + ", after " + before);
            before = event.position();
        }
        assertTrue(append("purged", custom("a", 9)).position() > before);
    }

    @Test
    @DisplayName("R2: inherited events keep version, id, instant and position")
    void inheritedEventsKeepTheirPlaces() {
        Write.ground(store(), "s");
        Fork fork = get(store().fork("s", ForkRequest.at(Anchor.version(3)).withId("f")));
        assertEquals(3, fork.parentVersion());
        List<SessionEvent> parent = log("s").subList(0, 3);
        List<SessionEvent> inherited = all(store().replay("f", Range.between(0, 3)));
        assertEquals(parent.stream().map(event -> Events.under(event, "f")).toList(), inherited);
        assertEquals(
                parent.stream().map(SessionEvent::position).toList(),
                inherited.stream().map(SessionEvent::position).toList());
        assertEquals(List.of(1L, 2L, 3L, 4L), versions("f"));
    }

    @Test
    @DisplayName("R3: a batch with one event that cannot be written writes nothing")
    void batchesAreWholeOrNotThere() {
        Write.ground(store(), "s");
        append("t", custom("note", 1));
        List<SessionEvent> before = feed();
        EventDraft good = custom("good", 1);
        EventDraft noRow = EventDraft.of("session_update", Json.object("title", "x"));
        EventDraft taken = EventDraft.of("checkpoint", Json.object("id", "snapshot of s", "state", 1));
        EventDraft malformed = EventDraft.of("message_delta", Json.object("id", "m", "n", -1, "text", "x"));
        error(SessionNotFoundException.class, store().append("t", List.of(good, noRow)));
        error(SnapshotIdTakenException.class, store().append("t", List.of(good, taken, good)));
        error(MalformedEventException.class, store().append("t", List.of(good, good, malformed)));
        assertEquals(before, feed());
        assertEquals(2, append("t", good, good).firstVersion());
    }

    @Test
    @DisplayName("R3: no reader ever sees a part of a batch")
    void batchesAreSeenWhole() {
        Mono<Long> writer = Mono.defer(
                        () -> store().append("s", List.of(custom("a", 1), custom("b", 2), custom("c", 3))))
                .repeat(199)
                .count()
                .subscribeOn(Schedulers.boundedElastic());
        Mono<List<Long>> reader = Mono.defer(
                        () -> store().replay("s", Range.all()).count())
                .repeat(199)
                .collectList()
                .subscribeOn(Schedulers.boundedElastic());
        List<Long> counts = get(writer.zipWith(reader)).getT2();
        assertEquals(List.of(), counts.stream().filter(count -> count % 3 != 0).toList());
        assertEquals(600, log("s").size());
    }

    static Stream<Arguments> expectations() {
        return Stream.of(
                arguments(any(), 0, true),
                arguments(any(), 2, true),
                arguments(emptyLog(), 0, true),
                arguments(emptyLog(), 2, false),
                arguments(nonEmptyLog(), 0, false),
                arguments(nonEmptyLog(), 2, true),
                arguments(exactly(0), 0, true),
                arguments(exactly(0), 2, false),
                arguments(exactly(2), 0, false),
                arguments(exactly(2), 2, true),
                arguments(exactly(2), 3, false),
                arguments(exactly(3), 2, false),
                arguments(exactly(2, "x2"), 2, true),
                arguments(exactly(2, "x1"), 2, false),
                arguments(exactly(2, "x2"), 3, false),
                arguments(exactly(2, "x2"), 0, false));
    }

    @ParameterizedTest(name = "R4: {0} on a log of {1} events: {2}")
    @MethodSource("expectations")
    void expectedVersions(ExpectedVersion expected, int size, boolean holds) {
        for (int i = 1; i <= size; i++) {
            append("s", custom("note", i).withId("x" + i));
        }
        append("other", custom("note", 1), custom("note", 2));
        List<SessionEvent> before = feed();
        List<EventDraft> batch = List.of(custom("late", 1), custom("late", 2));
        Mono<Commit> write = store().append("s", batch, WriteOptions.expecting(expected));
        if (holds) {
            assertEquals(size + 2, get(write).version());
            assertEquals(List.of("late", "late"), typesOf(since(before)));
        } else {
            VersionConflictException conflict = error(VersionConflictException.class, write);
            assertEquals("s", conflict.sessionId());
            assertEquals(expected, conflict.expected());
            assertEquals(size, conflict.actual());
            assertFalse(conflict.isRetryable());
            assertEquals(before, feed());
        }
        assertEquals(holds ? size + 3 : size + 1, append("s", custom("last", 1)).version());
    }

    @ParameterizedTest(name = "R4: {0} checks its expected version")
    @EnumSource(Write.class)
    void everyWriteHoldsToItsExpectedVersion(Write write) {
        Commit ground = Write.ground(store(), "s");
        List<SessionEvent> before = feed();
        for (ExpectedVersion wrong : List.of(emptyLog(), exactly(6), exactly(8), exactly(7, "no-such-event"))) {
            VersionConflictException conflict =
                    error(VersionConflictException.class, write.call(store(), "s", WriteOptions.expecting(wrong)));
            assertEquals("s", conflict.sessionId());
            assertEquals(wrong, conflict.expected());
            assertEquals(7, conflict.actual());
        }
        assertEquals(before, feed());
        WriteOptions right = WriteOptions.expecting(exactly(ground.place()));
        answer(write.call(store(), "s", right));
        assertEquals(write.types(), typesOf(since(before)));
    }

    @Test
    @DisplayName("R4: expectations refer to the log, not to rows")
    void expectationsSpeakOfTheLog() {
        Write.ground(store(), "s");
        Commit deleted = get(store().deleteSession("s"));
        assertEquals(List.of(), messageIds("s"));
        EventDraft note = custom("note", 1);
        error(VersionConflictException.class, store().append("s", List.of(note), WriteOptions.expecting(emptyLog())));
        WriteOptions there = WriteOptions.expecting(exactly(deleted.place()));
        assertEquals(
                deleted.version() + 1,
                get(store().append("s", List.of(note), there)).version());

        maybe(store().purge("s"));
        error(
                VersionConflictException.class,
                store().append("s", List.of(note), WriteOptions.expecting(nonEmptyLog())));
        assertEquals(
                1,
                get(store().append("s", List.of(note), WriteOptions.expecting(emptyLog())))
                        .version());
    }

    @Test
    @DisplayName("R4: a fork's target log must be empty")
    void forksNeedAnEmptyLog() {
        Write.ground(store(), "s");
        append("taken", custom("note", 1));
        List<SessionEvent> before = feed();
        VersionConflictException conflict = error(
                VersionConflictException.class,
                store().fork("s", ForkRequest.whole().withId("taken")));
        assertEquals("taken", conflict.sessionId());
        assertEquals(1, conflict.actual());
        assertEquals(before, feed());
        maybe(store().purge("taken"));
        assertEquals(
                "taken",
                get(store().fork("s", ForkRequest.whole().withId("taken"))).sessionId());
    }

    @Test
    @DisplayName("R4: of many concurrent forks to one id, one is created")
    void forksRaceForAnId() {
        Write.ground(store(), "s");
        List<Fork> made = atOnce(IntStream.range(0, 16)
                .mapToObj(i -> store().fork("s", ForkRequest.whole().withId("f"))
                        .onErrorComplete(VersionConflictException.class))
                .toList());
        assertEquals(List.of(new Fork("f", "s", 7, 2)), made);
        assertEquals(8, log("f").size());
        assertEquals(7, log("s").size());
    }

    @Test
    @DisplayName("R5: an append of no events checks its options, writes nothing, and returns the version")
    void emptyBatches() {
        Commit none = get(store().append("s", List.of()));
        assertEquals(new Commit("s", 1, 0, null, 0, null, false), none);
        assertEquals(LogPlace.start(), none.place());
        append("s", custom("note", 1).withId("x1"), custom("note", 2));
        SessionEvent last = log("s").get(1);
        List<SessionEvent> before = feed();
        for (ExpectedVersion right : List.of(any(), nonEmptyLog(), exactly(2))) {
            Commit same = get(store().append("s", List.of(), WriteOptions.expecting(right)));
            assertEquals(new Commit("s", 3, 2, last.id(), last.position(), last.at(), false), same);
            assertEquals(last.place(), same.place());
        }
        error(VersionConflictException.class, store().append("s", List.of(), WriteOptions.expecting(exactly(1))));
        error(VersionConflictException.class, store().append("t", List.of(), WriteOptions.expecting(nonEmptyLog())));
        get(store().closeSession("s", Json.NULL));
        error(SessionClosedException.class, store().append("s", List.of()));
        assertEquals(before.size() + 1, feed().size());
    }

    @Test
    @DisplayName("R5: a batch with a repeated id is malformed, and writes nothing")
    void malformedBatches() {
        append("s", custom("note", 1).withId("x1"));
        List<SessionEvent> before = feed();
        EventDraft twice = custom("note", 2).withId("x2");
        error(InvalidInputException.class, store().append("s", List.of(twice, custom("note", 3), twice)));
        assertEquals(before, feed());
        assertEquals(2, append("s", twice).version());
    }
}
