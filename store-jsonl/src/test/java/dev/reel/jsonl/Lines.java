package dev.reel.jsonl;

import dev.reel.EventDraft;
import dev.reel.Json;
import dev.reel.SessionEvent;
import dev.reel.Upcasters;
import dev.reel.spi.Events;
import dev.reel.spi.LineCodec;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;

/** Lines for tests, with their {@code \n}. */
final class Lines {

    /** The only copy of ExAthena's directory, relative to a module's directory. */
    static final Path SAMPLE = Path.of("..", "samples", "exathena-sessions");

    private static final Instant AT = Instant.parse("2026-04-26T12:34:56.789Z");

    private Lines() {}

    /** A foreign line of the user, with an id. */
    static String foreign(String id, String text) {
        return "{\"data\":{\"message\":{\"content\":\"" + text + "\",\"role\":\"user\"}},\"event\":\"user_message\","
                + "\"ts\":\"2026-04-26T12:34:56.789Z\",\"uuid\":\"" + id + "\"}\n";
    }

    /** A foreign line of the user, without an id. */
    static String anonymous(String text) {
        return foreign("", text).replace(",\"uuid\":\"\"", "");
    }

    static String nativeLine(long version, String id, String text) {
        return nativeLine(version, 1, id, text);
    }

    /** A native line that starts a batch. */
    static String nativeLine(long version, int batch, String id, String text) {
        Json message = Json.object("role", "user", "content", text);
        return nativeLine(
                version,
                batch,
                EventDraft.of("user_message", Json.object("message", message)).withId(id));
    }

    static String nativeLine(long version, int batch, EventDraft draft) {
        SessionEvent event = Events.of("s", version, 100 + version, draft.id(), AT, batch, draft, Upcasters.none());
        return new String(LineCodec.standard().encode(event), StandardCharsets.UTF_8) + "\n";
    }

    static String fork(long version, int batch) {
        Json data = Json.object("parent_id", "p", "parent_version", version - 1, "title", null);
        return nativeLine(version, batch, EventDraft.of("session_fork", data).withId("fork"));
    }
}
