package dev.reel.internal.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.reel.EventDraft;
import dev.reel.Json;
import dev.reel.MalformedEventException;
import dev.reel.SessionStore;
import dev.reel.StoreOptions;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The error of an append of event types that only other methods of the store write. */
class RefusedTypesTest {

    @ParameterizedTest
    @CsvSource({
        "session_fork, fork()",
        "session_purged, purge()",
        "session_turn, takeTurn()",
        "session_close, closeSession()"
    })
    @DisplayName("an append of a type that only a method writes fails with a message that names the method")
    void namesTheMethod(String type, String method) {
        try (SessionStore store = Engine.inMemory(StoreOptions.standard())) {
            MalformedEventException refused = assertThrows(
                    MalformedEventException.class,
                    () -> store.append("s", EventDraft.of(type, Json.EMPTY_OBJECT))
                            .block(Duration.ofSeconds(20)));
            assertEquals(
                    "session 's': event of type '" + type + "' cannot be appended; use " + method
                            + "; nothing was written",
                    refused.getMessage());
        }
    }
}
