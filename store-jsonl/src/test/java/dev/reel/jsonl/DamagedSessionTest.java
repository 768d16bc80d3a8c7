package dev.reel.jsonl;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.reel.From;
import dev.reel.MessageDraft;
import dev.reel.Range;
import dev.reel.SessionDamagedException;
import dev.reel.SessionEvent;
import dev.reel.SessionStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;

@DisplayName("A session whose file is damaged")
class DamagedSessionTest {

    private static final String FOREIGN = "{\"ts\":\"2026-04-26T12:00:00Z\",\"event\":\"late\"}\n";

    @TempDir
    Path root;

    @BeforeEach
    void damage() throws IOException {
        try (SessionStore store = JsonlSessionStore.open(root)) {
            store.putMessage("good", MessageDraft.user("hi")).block();
            store.putMessage("bad", MessageDraft.user("hi")).block();
        }
        Files.writeString(root.resolve("bad.jsonl"), FOREIGN, StandardOpenOption.APPEND);
    }

    @Test
    @DisplayName("cannot be replayed or followed, with an error that has the place; other sessions can")
    void refuses() {
        try (SessionStore store = JsonlSessionStore.open(root)) {
            for (Flux<SessionEvent> reading : List.of(
                    store.replay("bad", Range.all()),
                    store.replay("bad", Range.last(1)),
                    store.tail("bad", From.start()),
                    store.tail("bad", From.now()))) {
                StepVerifier.create(reading)
                        .expectError(SessionDamagedException.class)
                        .verify(Duration.ofSeconds(20));
            }
            assertEquals(1, store.replay("good", Range.all()).count().block());
        }
    }
}
