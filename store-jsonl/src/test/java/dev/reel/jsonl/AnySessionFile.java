package dev.reel.jsonl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.EventDraft;
import dev.reel.JsonLimits;
import dev.reel.SessionDamagedException;
import dev.reel.SessionEvent;
import dev.reel.Upcasters;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The rule for any bytes of a session file: all readers return the same events, or all fail with the place of the
 * damage.
 */
final class AnySessionFile {

    private AnySessionFile() {}

    /** Fails if the rule does not hold. */
    static void check(byte[] bytes) throws Exception {
        LogFile.Scan scan = scanOrNull(bytes, -1);
        if (scan == null || scan.log().version() == 0) {
            return; // it is damaged, or another program's file
        }
        long end = scan.log().end();
        assertTrue(end <= bytes.length, "it ends in the file");
        List<SessionEvent> events = eventsOf(scan.log());
        LogFile.Scan again = scanOrNull(Arrays.copyOf(bytes, (int) end), end);
        assertTrue(again != null && again.torn() == null, "without its torn end the file is whole");
        assertEquals(events, eventsOf(again.log()), "and holds the same events");
        if (scan.log().foreign().events() == scan.log().version() && scan.torn() == null) {
            assertEquals(drafts(events), imported(bytes), "the import reads the same of a foreign file");
        }
    }

    private static LogFile.@Nullable Scan scanOrNull(byte[] bytes, long flushed) throws IOException {
        EventBlocks blocks = new EventBlocks(new OneFile(bytes), JsonLimits.DEFAULT, Upcasters.none(), 1 << 20);
        try {
            return LogFile.scan(blocks, "s", OneFile.PATH, "s.jsonl", List.of(), flushed);
        } catch (SessionDamagedException e) {
            assertTrue(e.offset() <= bytes.length, "the damage is in the file");
            return null;
        }
    }

    /** Positions are assigned first, as a store does. A line whose checksum matches may still not be an event. */
    private static List<SessionEvent> eventsOf(LogFile log) throws IOException {
        if (log.foreign().unplaced() > 0) {
            log.place(1);
        }
        return FileThreads.call("fuzz", () -> {
            List<SessionEvent> events = new ArrayList<>();
            int damaged = 0;
            for (long version = 1; version <= log.version(); version++) {
                try {
                    events.add(log.event(version));
                } catch (SessionDamagedException e) {
                    damaged++; // the reader reports it
                }
            }
            assertEquals(log.version(), events.size() + damaged);
            return events;
        });
    }

    private static List<String> drafts(List<SessionEvent> events) {
        return events.stream().map(EventDraft::copyOf).map(AnySessionFile::text).toList();
    }

    private static String text(EventDraft draft) {
        return draft.at() + " " + draft + " " + draft.meta();
    }

    private static List<String> imported(byte[] bytes) throws IOException {
        Path file = Files.createTempFile("s", ".jsonl");
        try {
            Files.write(file, bytes);
            List<String> drafts = new ArrayList<>();
            try (EntryReader reader = new EntryReader(Files.newByteChannel(file), "s.jsonl", "s", JsonLimits.DEFAULT)) {
                for (List<FileEntry> piece = reader.next(); !piece.isEmpty(); piece = reader.next()) {
                    for (FileEntry entry : piece) {
                        if (entry instanceof FileEntry.Event event) {
                            drafts.add(text(event.event()));
                        }
                    }
                }
            }
            return drafts;
        } finally {
            Files.delete(file);
        }
    }
}
