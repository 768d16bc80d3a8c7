package dev.reel.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.reel.Commit;
import dev.reel.DuplicateEventException;
import dev.reel.EventDraft;
import dev.reel.ExpectedVersion;
import dev.reel.FencedException;
import dev.reel.ForwardingSessionStore;
import dev.reel.IdempotencyConflictException;
import dev.reel.InvalidInputException;
import dev.reel.Json;
import dev.reel.MalformedEventException;
import dev.reel.SessionClosedException;
import dev.reel.SessionNotFoundException;
import dev.reel.SnapshotIdTakenException;
import dev.reel.StoreBusyException;
import dev.reel.StoreOptions;
import dev.reel.TooLargeException;
import dev.reel.VersionAheadException;
import dev.reel.VersionConflictException;
import dev.reel.WriteOptions;
import dev.reel.memory.MemorySessionStore;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Mono;

/** An exception of the store reaches the caller of the client with its message, no part of it twice. */
@Timeout(60)
class ErrorMessageTest {

    static Stream<RuntimeException> errors() {
        return Stream.of(
                new DuplicateEventException("s", "e1", 3),
                new FencedException("s", 2, null),
                new IdempotencyConflictException("s", "e1", 3, "key"),
                new InvalidInputException("the id is too long"),
                new MalformedEventException("s", "user_message", "has no message"),
                new SessionClosedException("s"),
                new SessionNotFoundException("s"),
                new SnapshotIdTakenException("s", "snapshot 1", "t"),
                new StoreBusyException("s", "too many writes are waiting"),
                new TooLargeException("s", "the batch is too large", 11, 10),
                new VersionAheadException("s", 7, 3),
                new VersionConflictException("s", ExpectedVersion.any(), 4));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("errors")
    void sameMessage(RuntimeException error) {
        ForwardingSessionStore failing = new ForwardingSessionStore(MemorySessionStore.create()) {
            @Override
            public Mono<Commit> append(String sessionId, List<EventDraft> events, WriteOptions options) {
                return Mono.error(error);
            }
        };
        try (ServedStore client = ServedStore.over(failing, StoreOptions.standard())) {
            RuntimeException received = assertThrows(
                    error.getClass(),
                    () -> client.append("s", EventDraft.of("note", Json.EMPTY_OBJECT))
                            .block());
            assertEquals(error.getMessage(), received.getMessage());
        }
    }
}
