package dev.reel.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.reel.SessionStore;
import dev.reel.memory.MemorySessionStore;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class LiveTailTest {

    @Test
    void eachSeesItsPartInOrder() {
        try (SessionStore store = MemorySessionStore.create()) {
            List<String> told = LiveTail.run(store, "trip", Duration.ofMillis(5))
                    .collectList()
                    .block(Duration.ofSeconds(10));
            assertEquals(
                    List.of(
                            "console Started",
                            "console 1 user_message",
                            "console caught up at 1",
                            "console 2 message_delta",
                            "console 3 message_delta",
                            "console 4 message_delta",
                            "console 5 assistant_message",
                            "console 6 session_close"),
                    by("console", told));
            assertEquals(
                    List.of(
                            "phone Started",
                            "phone caught up at 1",
                            "phone 2 message_delta",
                            "phone 3 message_delta",
                            "phone 4 message_delta",
                            "phone 5 assistant_message",
                            "phone 6 session_close"),
                    by("phone", told));
        }
    }

    @Test
    void runs() {
        LiveTail.main(new String[0]);
    }

    private static List<String> by(String name, List<String> told) {
        return told.stream().filter(it -> it.startsWith(name + " ")).toList();
    }
}
