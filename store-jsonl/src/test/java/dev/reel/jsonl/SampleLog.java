package dev.reel.jsonl;

import dev.reel.EventDraft;
import dev.reel.Json;
import dev.reel.SessionEvent;
import dev.reel.Upcasters;
import dev.reel.spi.Events;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;

/** A log that is generated from a seed: its events in batches, and its file. */
final class SampleLog {

    private static final Instant AT = Instant.parse("2026-04-26T12:34:56.789Z");

    final List<SessionEvent> events = new ArrayList<>();

    /** The offset at which each batch ends in the file, by the version of its last event; and 0. */
    final TreeMap<Integer, Integer> ends = new TreeMap<>();

    private final ByteArrayOutputStream file = new ByteArrayOutputStream();
    private final Random random;

    SampleLog(long seed) {
        random = new Random(seed);
        ends.put(0, 0);
    }

    /** Extends the log to that many events. */
    SampleLog to(int size) {
        while (events.size() < size) {
            int batch = Math.min(size - events.size(), random.nextInt(3) == 0 ? 2 + random.nextInt(4) : 1);
            for (int i = 0; i < batch; i++) {
                add(i == 0 ? batch : 1);
            }
            ends.put(file.size(), events.size());
        }
        return this;
    }

    byte[] bytes() {
        return file.toByteArray();
    }

    private void add(int batch) {
        int version = events.size() + 1;
        String text = "x".repeat(random.nextInt(20)) + (random.nextInt(5) == 0 ? "é\n\"\\" : "");
        EventDraft draft = EventDraft.of("note", Json.object("text", text, "n", version));
        if (random.nextInt(6) == 0) {
            draft = draft.withMeta(Json.object("trace", "t" + version));
        }
        SessionEvent event =
                Events.of("s", version, 1000 + 2 * version, "e" + version, AT, batch, draft, Upcasters.none());
        events.add(event);
        file.writeBytes((StandardCharsets.UTF_8.decode(event.line()) + "\n").getBytes(StandardCharsets.UTF_8));
    }
}
