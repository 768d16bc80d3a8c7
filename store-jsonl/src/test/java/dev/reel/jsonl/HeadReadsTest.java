package dev.reel.jsonl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.reel.Anchor;
import dev.reel.EventDraft;
import dev.reel.ForkRequest;
import dev.reel.Json;
import dev.reel.LogPlace;
import dev.reel.MessageDraft;
import dev.reel.Range;
import dev.reel.SessionDamagedException;
import dev.reel.SessionEvent;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The place of a session's last event is known without its file. */
class HeadReadsTest {

    @Test
    @DisplayName("head of a session that is not in memory reads no file, and is the place of the last event")
    void noReads() throws Exception {
        MemoryDisk memory = RootScript.disk();
        OpenRoot before = OpenRoot.on(memory);
        before.store.putMessage("talk", MessageDraft.user("one").withId("m1")).block(OpenRoot.PATIENCE);
        before.store.putMessage("talk", MessageDraft.user("two")).block(OpenRoot.PATIENCE);
        before.store.rewind("talk", Anchor.message("m1")).block(OpenRoot.PATIENCE);
        before.store.fork("old", ForkRequest.whole().withId("fork")).block(OpenRoot.PATIENCE);
        before.store.fork("talk", ForkRequest.whole().withId("fork-2")).block(OpenRoot.PATIENCE);
        before.store.append("gone", note()).block(OpenRoot.PATIENCE);
        before.store.purge("gone").block(OpenRoot.PATIENCE);
        before.store.append("typed", note()).block(OpenRoot.PATIENCE);
        before.close();
        for (boolean listed : new boolean[] {true, false}) {
            MemoryDisk left = memory.copy();
            if (!listed) {
                left.delete(OpenRoot.PATH.resolve(".reel/catalogue"));
            }
            FaultyDisk disk = new FaultyDisk(left);
            OpenRoot root = OpenRoot.on(disk);
            for (String id : List.of("talk", "old", "fork", "fork-2", "typed")) {
                int opened = disk.calls(FaultyDisk.Call.OPEN);
                LogPlace head = root.store.head(id).block(OpenRoot.PATIENCE);
                assertEquals(opened, disk.calls(FaultyDisk.Call.OPEN), id);
                SessionEvent last = root.store
                        .replay(id, Range.all())
                        .last()
                        .blockOptional()
                        .orElseThrow();
                assertEquals(last.place(), head, id);
                assertEquals(head, root.store.head(id).block(OpenRoot.PATIENCE), id + " in memory");
            }
            assertNull(root.store.head("gone").block(OpenRoot.PATIENCE));
            assertNull(root.store.head("never").block(OpenRoot.PATIENCE));
            root.store.append("typed", note()).block(OpenRoot.PATIENCE);
            assertEquals(2, place(root, "typed").version());
            root.close();
        }
    }

    @Test
    @DisplayName("head of a damaged session is an error")
    void damaged() throws Exception {
        MemoryDisk memory = new MemoryDisk();
        OpenRoot before = OpenRoot.on(memory);
        before.store.append("s", List.of(note(), note())).block(OpenRoot.PATIENCE);
        before.store.append("t", note()).block(OpenRoot.PATIENCE);
        before.close();
        memory.delete(OpenRoot.PATH.resolve("s.jsonl"));
        OpenRoot root = OpenRoot.on(memory);
        assertThrows(SessionDamagedException.class, () -> root.store.head("s").block(OpenRoot.PATIENCE));
        assertEquals(1, place(root, "t").version());
        root.close();
    }

    private static LogPlace place(OpenRoot root, String id) {
        LogPlace place = root.store.head(id).block(OpenRoot.PATIENCE);
        assertNotNull(place);
        return place;
    }

    private static EventDraft note() {
        return EventDraft.of("note", Json.object("text", "x"));
    }
}
