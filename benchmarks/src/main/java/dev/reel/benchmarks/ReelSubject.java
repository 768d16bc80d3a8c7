package dev.reel.benchmarks;

import dev.reel.EventDraft;
import dev.reel.Json;
import dev.reel.Range;
import dev.reel.SessionStore;
import dev.reel.jsonl.JsonlSessionStore;
import dev.reel.memory.MemorySessionStore;
import java.nio.file.Path;
import java.util.Objects;

/** The JSONL store with its standard options: durability SYNC. */
final class ReelSubject implements Subject {

    private final SessionStore store;
    private final String[] sessions;
    private final EventDraft event;

    ReelSubject(Path directory, int sessions, int dataBytes) {
        this.store = JsonlSessionStore.open(directory);
        this.sessions = Events.sessionIds(sessions);
        this.event = event(dataBytes);
    }

    static EventDraft event(int dataBytes) {
        return EventDraft.of("note", Json.object("text", Events.text(dataBytes)));
    }

    /** The line that an event is in the store's files: the others write the same bytes. */
    static byte[] line(int dataBytes) {
        try (SessionStore memory = MemorySessionStore.create()) {
            memory.append("session-0", event(dataBytes)).block();
            var line = Objects.requireNonNull(
                            memory.replay("session-0", Range.all()).blockFirst())
                    .line();
            byte[] bytes = new byte[line.remaining() + 1];
            line.get(bytes, 0, bytes.length - 1);
            bytes[bytes.length - 1] = '\n';
            return bytes;
        }
    }

    @Override
    public void append(int session, Answer answer) {
        store.append(sessions[session], event).subscribe(commit -> answer.durable(), answer::failed);
    }

    @Override
    public void close() {
        store.close();
    }
}
