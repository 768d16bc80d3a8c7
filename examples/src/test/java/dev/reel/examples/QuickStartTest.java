package dev.reel.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.reel.SessionStore;
import dev.reel.memory.MemorySessionStore;
import java.util.List;
import org.junit.jupiter.api.Test;

class QuickStartTest {

    @Test
    void tellsItsStory() {
        try (SessionStore store = MemorySessionStore.create()) {
            assertEquals(
                    List.of(
                            "recorded up to version 5",
                            "  USER: Is there a night train?",
                            "  ASSISTANT: There is one at 21:25.",
                            "undo: 2 messages cut",
                            "redo: 2 messages back",
                            "at version 2 there was 1 message",
                            "fork \"By plane\" has 2 messages",
                            "the log, which still has every event:",
                            "  1 session_start",
                            "  2 user_message",
                            "  3 tool_call",
                            "  4 assistant_message",
                            "  5 checkpoint",
                            "  6 messages_truncate",
                            "  7 messages_restore"),
                    QuickStart.run(store, "trip").collectList().block());
        }
    }

    @Test
    void runs() {
        QuickStart.main(new String[0]);
    }
}
