package dev.reel.benchmarks.http;

import dev.reel.Range;
import dev.reel.SessionEvent;
import dev.reel.SessionStore;
import dev.reel.memory.MemorySessionStore;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/** What is posted, and what an event is on the wire. */
final class Bodies {

    /** 100 bytes. */
    static final String TEXT = "a line of a conversation, ".repeat(4).substring(0, 99) + Answering.MARK;

    private Bodies() {}

    static byte[] posted() {
        return ("{\"event\":\"note\",\"data\":{\"text\":\"" + TEXT + "\"}}").getBytes(StandardCharsets.UTF_8);
    }

    /** The bytes that Reel's server sends for one event. The bare server sends the same. */
    static byte[] frame() {
        try (SessionStore store = MemorySessionStore.create()) {
            store.append("read", ReelAnswering.EVENT).block();
            SessionEvent event =
                    Objects.requireNonNull(store.replay("read", Range.all()).blockFirst());
            return ("id: " + event.place() + "\nevent: " + event.type() + "\ndata: " + event.toJson() + "\n\n")
                    .getBytes(StandardCharsets.UTF_8);
        }
    }
}
