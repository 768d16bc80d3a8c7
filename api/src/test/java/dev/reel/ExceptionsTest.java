package dev.reel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.ReelException.Category;
import dev.reel.ReelException.Outcome;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("R23: each exception states what happened, to which session, and what to do")
class ExceptionsTest {

    private static final Throwable CAUSE = new IllegalStateException("the cause");

    static Stream<Arguments> messages() {
        return Stream.of(
                Arguments.of(
                        new VersionConflictException("s", ExpectedVersion.exactly(3, "e"), 4),
                        "session 's' is at version 4, expected version 3 with event 'e'; nothing was"
                                + " written; re-read the session and retry"),
                Arguments.of(
                        new VersionConflictException("s", ExpectedVersion.emptyLog(), 4),
                        "session 's' is at version 4, expected an empty log; nothing was written;"
                                + " re-read the session and retry"),
                Arguments.of(
                        new VersionConflictException("s", ExpectedVersion.nonEmptyLog(), 0),
                        "session 's' is at version 0, expected a log with events; nothing was written;"
                                + " re-read the session and retry"),
                Arguments.of(
                        new IdempotencyConflictException("s", "e", 7, null),
                        "session 's' has event 'e' at version 7 with other content; nothing was written;"
                                + " use a new event id for new content"),
                Arguments.of(
                        new IdempotencyConflictException("s", "e", 7, "k"),
                        "session 's' has a write with idempotency key 'k' at version 7 with other"
                                + " content; nothing was written; use a new key for a new write"),
                Arguments.of(
                        new DuplicateEventException("s", "e", 7),
                        "session 's' already has event 'e' at version 7, but not the whole batch;"
                                + " nothing was written; repeat the batch unchanged, or append only the new events"),
                Arguments.of(
                        new FencedException("s", 1, new Turn("s", "worker", 2, "e")),
                        "session 's': the turn of epoch 1 has ended; 'worker' holds the turn of epoch 2;"
                                + " nothing was written; stop writing, or take a turn"),
                Arguments.of(
                        new FencedException("s", 1, null),
                        "session 's': the turn of epoch 1 has ended; no turn is held; nothing was"
                                + " written; stop writing, or take a turn"),
                Arguments.of(
                        new SessionClosedException("s"),
                        "session 's' is closed; nothing was written; fork it to continue"),
                Arguments.of(
                        new SessionNotFoundException("s"),
                        "session 's' does not exist; put a session or append an event first"),
                Arguments.of(
                        new AnchorNotFoundException("s", Anchor.message("m")),
                        "session 's' has no message 'm'; nothing was written; use a place that the session has"),
                Arguments.of(
                        new AnchorNotFoundException("s", Anchor.snapshot("c")),
                        "session 's' has no snapshot 'c', or that snapshot has no message; nothing was"
                                + " written; use a place that the session has"),
                Arguments.of(
                        new AnchorNotFoundException("s", Anchor.version(9)),
                        "session 's' has no version 9; nothing was written; use a place that the session has"),
                Arguments.of(
                        new AnchorNotFoundException("s", Anchor.event("e")),
                        "session 's' has no event 'e'; nothing was written; use a place that the session has"),
                Arguments.of(
                        new AnchorNotFoundException("s", Anchor.lastUserMessage()),
                        "session 's' has no user message; nothing was written; use a place that the session has"),
                Arguments.of(
                        new SnapshotIdTakenException("s", "c", "t"),
                        "session 's' can't put snapshot 'c': session 't' has a snapshot with that id;"
                                + " nothing was written; use another id"),
                Arguments.of(
                        new VersionAheadException("s", 9, 7),
                        "session 's' is at version 7; version 9 does not exist yet; read up to version"
                                + " 7, or retry after more events are appended"),
                Arguments.of(
                        new LogChangedException("s", LogPlace.of(3, "e", 7), 2),
                        "session 's' does not have the place 0000000000000000003.7.e (it is at version"
                                + " 2): it was recreated or restored since you read it; read it from the start"),
                Arguments.of(
                        new LogChangedException(null, FeedPlace.of(30), 20),
                        "the feed does not have the place 0000000000000000030 (it is at position 20):"
                                + " the store was restored since you read it; read it from the start"),
                Arguments.of(
                        new SessionPurgedException("s"),
                        "session 's' was purged while it was being read; discard what you read of it; if"
                                + " the session is created again, read it from the start"),
                Arguments.of(
                        new SessionDamagedException("s", "s.jsonl", 12, 340, "the checksum does not hold"),
                        "session 's' is damaged: s.jsonl, line 12, offset 340: the checksum does not"
                                + " hold; reel verify lists the damage, reel repair repairs it and keeps the"
                                + " original"),
                Arguments.of(
                        new StoreDamagedException("ledger.jsonl", 12, 340, "the checksum does not hold"),
                        "the store is damaged: ledger.jsonl, line 12, offset 340: the checksum does not"
                                + " hold; reel verify lists the damage, reel repair repairs it and keeps the"
                                + " original"),
                Arguments.of(
                        new StoreDamagedException("journal/1", 0, 340, "the checksum does not hold"),
                        "the store is damaged: journal/1, offset 340: the checksum does not hold; reel"
                                + " verify lists the damage, reel repair repairs it and keeps the original"),
                Arguments.of(
                        new MalformedEventException("s", "t", "has no data"),
                        "session 's': event of type 't' has no data; nothing was written"),
                Arguments.of(
                        new TooLargeException("s", "bytes of an event", 20, 10),
                        "session 's': bytes of an event: 20, at most 10; nothing was written; write less"
                                + " at once, or raise the store's bound"),
                Arguments.of(
                        new StoreBusyException("s", "too many writes wait"),
                        "session 's': too many writes wait; nothing was written; retry later"),
                Arguments.of(
                        new StoreFullException("s", CAUSE),
                        "session 's': no disk space is left; nothing was written; free space and retry"),
                Arguments.of(
                        new StoreFailedException("s", Outcome.UNKNOWN, CAUSE),
                        "session 's': the store stopped writing after a failed flush; the outcome is"
                                + " unknown; close the store, check the disk, open it again"),
                Arguments.of(
                        new StoreFailedException(null, Outcome.NOT_WRITTEN, CAUSE),
                        "the store stopped writing after a failed flush; nothing was written; close the"
                                + " store, check the disk, open it again"),
                Arguments.of(
                        new AppendUnknownException("s", CAUSE),
                        "session 's': the result of a write was lost, its outcome is unknown; subscribe"
                                + " again: it is not written twice"),
                Arguments.of(
                        new StoreLockedException("/data", "process 7"),
                        "/data is open for writing by process 7; close it there first"),
                Arguments.of(new StoreClosedException(), "the store is closed; open it again to continue"),
                Arguments.of(
                        new StoreReadOnlyException(),
                        "this store is read-only: it follows a store that another one writes; nothing"
                                + " was written; write with the store that is open for writing"));
    }

    private static final Map<Category, String> CATEGORIES = Map.of(
            Category.NOT_FOUND, "SessionNotFound AnchorNotFound VersionAhead",
            Category.CONFLICT,
                    "VersionConflict IdempotencyConflict DuplicateEvent Fenced SessionClosed SnapshotIdTaken",
            Category.GONE, "LogChanged SessionPurged",
            Category.INVALID, "MalformedEvent",
            Category.TOO_LARGE, "TooLarge",
            Category.UNAVAILABLE, "StoreBusy StoreFull AppendUnknown StoreLocked StoreClosed StoreReadOnly",
            Category.FAILED, "SessionDamaged StoreDamaged StoreFailed");

    @ParameterizedTest
    @MethodSource("messages")
    @DisplayName("each exception has its category")
    void category(ReelException exception, String message) {
        String name = exception.getClass().getSimpleName().replace("Exception", "");
        assertTrue(
                List.of(CATEGORIES.get(exception.category()).split(" ")).contains(name),
                () -> name + " is " + exception.category());
        assertSame(exception.category(), Category.of(exception));
    }

    @Test
    @DisplayName("each category has an HTTP status; errors of other libraries are FAILED, malformed input is INVALID")
    void statuses() {
        assertEquals(
                List.of(404, 409, 410, 400, 413, 503, 500),
                Stream.of(Category.values()).map(Category::httpStatus).toList());
        assertEquals(Category.FAILED, Category.of(new IllegalArgumentException("a bug of the caller")));
        for (Executable parse : List.<Executable>of(
                () -> LogPlace.parse("x"),
                () -> Json.parse("{"),
                () -> Ids.check("session id", ""),
                () -> Range.last(0),
                () -> EventDraft.of("", Json.NULL),
                () -> WriteOptions.none().withIdempotencyKey(""))) {
            assertEquals(Category.INVALID, Category.of(assertThrows(InvalidInputException.class, parse)));
        }
    }

    @ParameterizedTest
    @MethodSource("messages")
    @DisplayName("each exception has its message")
    void message(ReelException exception, String message) {
        assertEquals(message, exception.getMessage());
        assertEquals(message.startsWith("session 's'") ? "s" : null, exception.sessionId());
    }

    @ParameterizedTest
    @MethodSource("messages")
    @DisplayName("each exception states whether a retry may succeed, and the outcome of the write")
    void whatToDo(ReelException exception, String message) {
        boolean passesByItself = exception instanceof StoreBusyException
                || exception instanceof StoreFullException
                || exception instanceof AppendUnknownException;
        assertEquals(passesByItself, exception.isRetryable());
        assertEquals(
                message.contains("outcome is unknown") ? Outcome.UNKNOWN : Outcome.NOT_WRITTEN, exception.outcome());
    }

    @Test
    @DisplayName("each exception carries its details")
    void carried() {
        VersionConflictException conflict = new VersionConflictException("s", ExpectedVersion.exactly(3), 4);
        assertEquals(ExpectedVersion.exactly(3), conflict.expected());
        assertEquals(4, conflict.actual());
        FencedException fenced = new FencedException("s", 1, new Turn("s", "w", 2, "e"));
        assertEquals(1, fenced.epoch());
        assertEquals(new Turn("s", "w", 2, "e"), fenced.current());
        assertNull(new FencedException("s", 1, null).current());
        assertEquals("e", new IdempotencyConflictException("s", "e", 7, null).eventId());
        assertEquals(7, new IdempotencyConflictException("s", "e", 7, null).version());
        assertEquals("k", new IdempotencyConflictException("s", "e", 7, "k").idempotencyKey());
        assertEquals("e", new DuplicateEventException("s", "e", 7).eventId());
        assertEquals(7, new DuplicateEventException("s", "e", 7).version());
        assertEquals(Anchor.version(9), new AnchorNotFoundException("s", Anchor.version(9)).anchor());
        assertEquals("c", new SnapshotIdTakenException("s", "c", "t").snapshotId());
        assertEquals("t", new SnapshotIdTakenException("s", "c", "t").holder());
        assertEquals(9, new VersionAheadException("s", 9, 7).version());
        assertEquals(7, new VersionAheadException("s", 9, 7).published());
        assertEquals(FeedPlace.of(30), new LogChangedException(null, FeedPlace.of(30), 20).place());
        assertEquals(20, new LogChangedException(null, FeedPlace.of(30), 20).head());
        SessionDamagedException damaged = new SessionDamagedException("s", "f", 12, 340, "x");
        assertEquals("f:12:340", damaged.file() + ":" + damaged.line() + ":" + damaged.offset());
        StoreDamagedException damagedStore = new StoreDamagedException("f", 12, 340, "x");
        assertEquals("f:12:340", damagedStore.file() + ":" + damagedStore.line() + ":" + damagedStore.offset());
        assertEquals(20, new TooLargeException("s", "x", 20, 10).size());
        assertEquals(10, new TooLargeException("s", "x", 20, 10).bound());
        assertEquals("process 7", new StoreLockedException("/data", "process 7").holder());
        assertSame(CAUSE, new StoreFailedException("s", Outcome.UNKNOWN, CAUSE).getCause());
    }

    @Test
    @DisplayName("no id can forge a line of a log")
    void noForgery() {
        assertEquals(
                "session 'a\\u000aERROR b\\u2028' does not exist; put a session or append an event first",
                new SessionNotFoundException("a\nERROR b\u2028").getMessage());
    }
}
