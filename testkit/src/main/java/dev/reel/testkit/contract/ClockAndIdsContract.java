package dev.reel.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.Anchor;
import dev.reel.CheckpointRequest;
import dev.reel.Commit;
import dev.reel.EventDraft;
import dev.reel.FeedFilter;
import dev.reel.FeedPlace;
import dev.reel.ForkRequest;
import dev.reel.IdGenerator;
import dev.reel.Json;
import dev.reel.Message;
import dev.reel.MessageDelta;
import dev.reel.MessageDraft;
import dev.reel.Range;
import dev.reel.Session;
import dev.reel.SessionDraft;
import dev.reel.SessionEvent;
import dev.reel.SessionStore;
import dev.reel.Snapshot;
import dev.reel.SnapshotDraft;
import dev.reel.StoreOptions;
import dev.reel.WriteOptions;
import dev.reel.testkit.ManualClock;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** R22: clock and ids are injected. */
abstract class ClockAndIdsContract extends ContractGroup {

    private static final Pattern ULID = Pattern.compile("[0-7][0-9a-hjkmnp-tv-z]{25}");
    private static final Pattern EVENT_ID = Pattern.compile("[A-Za-z0-9_-]{11}");

    /** The form of an id that is derived from an idempotency key. */
    private static final Pattern DERIVED_ID = Pattern.compile("[A-Za-z0-9_-]{22}");

    private final boolean isRemote;

    ClockAndIdsContract(Function<StoreOptions, SessionStore> opener, boolean isRemote) {
        super(opener);
        this.isRemote = isRemote;
    }

    private List<Instant> instants(String session) {
        return log(session).stream().map(SessionEvent::at).toList();
    }

    @Test
    @DisplayName("R22: instants are the clock's, truncated to microseconds")
    void instantsAreCut() {
        clock.set(Instant.parse("2026-01-02T03:04:05.678901999Z"));
        Instant cut = Instant.parse("2026-01-02T03:04:05.678901Z");
        Commit commit = append("s", custom("note", 1));
        Message message = user("s", "m1", "hi");
        assertEquals(List.of(cut, cut), instants("s"));
        assertEquals(cut, commit.at());
        assertEquals(cut, message.at());
        assertEquals(cut, get(store().getSession("s")).createdAt());
    }

    @Test
    @DisplayName("R22: when the clock goes back, instants stay the same")
    void instantsNeverGoBack() {
        append("s", custom("note", 1));
        clock.advance(Duration.ofSeconds(-10));
        append("s", custom("note", 2), custom("note", 3));
        user("s", "m1", "hi");
        get(store().takeTurn("s", "worker"));
        append("other", custom("note", 1));
        assertEquals(List.of(START, START, START, START, START), instants("s"));
        assertEquals(List.of(START.minusSeconds(10)), instants("other"));
        clock.advance(Duration.ofSeconds(11));
        append("s", custom("note", 4));
        assertEquals(START.plusSeconds(1), instants("s").get(5));
    }

    @Test
    @DisplayName("R22: a given instant is kept, and the next event is not before it")
    void givenInstantsAreKept() {
        Instant early = START.minusSeconds(3600);
        Instant late = START.plusSeconds(3600);
        append(
                "s",
                custom("note", 1),
                custom("note", 2).withAt(early.plusNanos(999)),
                custom("note", 3),
                custom("note", 4).withAt(late));
        Message message = get(store().putMessage("s", MessageDraft.user("hi").withAt(early)));
        append("s", custom("note", 5));
        List<Instant> instants = instants("s");
        assertEquals(List.of(START, early), instants.subList(0, 2));
        assertTrue(!instants.get(2).isBefore(instants.get(1)), instants::toString);
        assertEquals(List.of(late, early), instants.subList(3, 5));
        assertEquals(early, message.at());
        assertTrue(!instants.get(5).isBefore(early), instants::toString);

        append("late", custom("note", 1).withAt(late));
        append("late", custom("note", 2));
        assertEquals(List.of(late, late), instants("late"));
        get(store().fork("late", ForkRequest.whole().withId("fork")));
        assertEquals(List.of(late, late, late), instants("fork"));
    }

    @Test
    @DisplayName("R22: with a fixed clock and ids, the same calls produce the same bytes")
    void sameCallsSameBytes() {
        List<String> lines = script();
        List<String> again = script();
        assertTrue(lines.size() > 20, lines::toString);
        assertEquals(lines, again);
    }

    /** Calls every write on a new store, and returns the lines of all logs and of the feed. */
    private List<String> script() {
        ManualClock time = ManualClock.at(START);
        IdGenerator seeded = IdGenerator.seeded(time, 42);
        SessionStore store = open(StoreOptions.standard().withClock(time).withIds(seeded));
        String session =
                get(store.createSession(SessionDraft.empty().withTitle("t"))).id();
        for (Write write : Write.values()) {
            time.advance(Duration.ofNanos(123_456_789));
            Write.ground(store, "on " + write);
            answer(write.call(store, "on " + write, WriteOptions.none()));
            answer(write.call(store, "on " + write, WriteOptions.none().withIdempotencyKey("w1"))
                    .cast(Object.class)
                    .onErrorComplete());
        }
        get(store.putMessage(session, MessageDraft.user("hi").withId("m1")));
        get(store.appendToMessage(session, MessageDelta.of("m2", 0, "hello")));
        get(store.checkpoint(session, CheckpointRequest.at("m1").withLabel("l")));
        get(store.undo(session));
        get(store.redo(session));
        get(store.fork(session, ForkRequest.at(Anchor.message("m1")).withSnapshots()));
        List<String> lines = new ArrayList<>();
        for (String id : all(store.sessionIds())) {
            all(store.replay(id, Range.all())).forEach(event -> lines.add(id + " " + line(event)));
        }
        all(store.replayAll(FeedPlace.start(), FeedFilter.all())).forEach(event -> lines.add(line(event)));
        return lines;
    }

    private static String line(SessionEvent event) {
        return StandardCharsets.UTF_8.decode(event.line()).toString();
    }

    @Test
    @DisplayName("R22: default ids are lower-case ULIDs, and 64 bits in base64url for events")
    void defaultIds() {
        SessionStore store = open(StoreOptions.standard().withClock(clock));
        Session session = get(store.createSession(SessionDraft.empty()));
        Message message = get(store.putMessage(session.id(), MessageDraft.user("hi")));
        Snapshot snapshot = get(store.putSnapshot(session.id(), SnapshotDraft.of(Json.NULL)));
        Snapshot checkpoint = get(store.checkpoint(session.id(), CheckpointRequest.atLastMessage()))
                .snapshot();
        String fork = get(store.fork(session.id(), ForkRequest.whole())).sessionId();
        get(store.append(session.id(), EventDraft.of("note", Json.EMPTY_OBJECT)));
        List<String> ulids = List.of(session.id(), message.id(), snapshot.id(), checkpoint.id(), fork);
        assertEquals(5, ulids.stream().distinct().count());
        for (String ulid : ulids) {
            assertTrue(ULID.matcher(ulid).matches(), ulid);
            assertEquals(START.toEpochMilli(), millis(ulid), ulid);
        }
        List<String> eventIds = idsOf(all(store.replay(session.id(), Range.all())));
        assertEquals(5, eventIds.stream().distinct().count());
        for (String id : eventIds) {
            assertTrue(
                    EVENT_ID.matcher(id).matches()
                            || isRemote && DERIVED_ID.matcher(id).matches(),
                    id);
        }
    }

    /** Returns the time in a ULID: its first ten characters, in Crockford's base 32. */
    private static long millis(String ulid) {
        long millis = 0;
        for (char c : ulid.substring(0, 10).toCharArray()) {
            millis = millis << 5 | "0123456789abcdefghjkmnpqrstvwxyz".indexOf(c);
        }
        return millis;
    }

    @Test
    @DisplayName("R22: two stores with standard options generate different ids")
    void standardIdsDiffer() {
        SessionStore one = open(StoreOptions.standard());
        SessionStore other = open(StoreOptions.standard());
        Session first = get(one.createSession(SessionDraft.empty().withTitle("one")));
        Session second = get(other.createSession(SessionDraft.empty().withTitle("other")));
        assertNotEquals(first.id(), second.id());
        assertEquals("one", get(one.getSession(first.id())).title());
        assertEquals("other", get(other.getSession(second.id())).title());
        Duration age = Duration.between(first.createdAt(), Instant.now());
        assertTrue(age.abs().compareTo(patience()) < 0, "the system's time: " + first.createdAt());
    }
}
