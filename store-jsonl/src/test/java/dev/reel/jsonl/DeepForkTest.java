package dev.reel.jsonl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.Commit;
import dev.reel.EventDraft;
import dev.reel.ForkRequest;
import dev.reel.Json;
import dev.reel.Range;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A fork of a fork, many levels deep, knows the ids that it inherited from each of its ancestors, and no others. */
class DeepForkTest {

    private static final int DEPTH = 12;
    private static final int EVENTS = 3;

    private final MemoryDisk memory = new MemoryDisk();
    /** The events of each session, in the order of its log, without its forks. */
    private final List<List<String>> ids = new ArrayList<>();

    @Test
    @DisplayName("events that a chain of forks inherited are not written twice, in this store and in later ones")
    void foldedEachTime() throws Exception {
        OpenRoot root = OpenRoot.on(memory);
        chain(root, 1);
        retries(root, "live");
        root.close();
        reopened();
    }

    @Test
    @DisplayName("events that a chain of forks inherited are not written twice, if the files are created at the end")
    void foldedAtTheEnd() throws Exception {
        OpenRoot root = OpenRoot.on(memory);
        chain(root, Integer.MAX_VALUE);
        retries(root, "not in files");
        root.fold();
        retries(root, "in files");
        root.close();
        reopened();
    }

    @Test
    @DisplayName("events that a chain of forks inherited are not written twice, if files are created in between")
    void foldedNowAndThen() throws Exception {
        OpenRoot root = OpenRoot.on(memory);
        chain(root, 3);
        root.fold();
        retries(root, "in files");
        others(root);
        root.close();
        reopened();
    }

    @Test
    @DisplayName("a fork does not know an event that its ancestor got after the fork")
    void notInherited() throws Exception {
        OpenRoot root = OpenRoot.on(memory);
        chain(root, 1);
        others(root);
        root.close();
    }

    private void reopened() throws Exception {
        OpenRoot root = OpenRoot.on(memory);
        retries(root, "opened again");
        // Forks sessions that were read from files.
        String last = session(DEPTH);
        for (int i = 0; i < DEPTH; i++) {
            String fork = last + "+";
            root.store.fork(last, ForkRequest.whole().withId(fork)).block(OpenRoot.PATIENCE);
            root.fold();
            last = fork;
            for (String id : ids.get(DEPTH)) {
                assertRepeated(root, last, id, "a fork of what was opened again");
            }
        }
        root.close();
    }

    private static String session(int depth) {
        return "s" + depth;
    }

    /** A chain of forks, each with events of its own. */
    private void chain(OpenRoot root, int foldEvery) throws Exception {
        List<String> inherited = List.of();
        for (int depth = 0; depth <= DEPTH; depth++) {
            String session = session(depth);
            if (depth > 0) {
                root.store
                        .fork(session(depth - 1), ForkRequest.whole().withId(session))
                        .block(OpenRoot.PATIENCE);
            }
            List<String> its = new ArrayList<>(inherited);
            for (int i = 0; i < EVENTS; i++) {
                String id = session + "-" + i;
                append(root, session, id);
                its.add(id);
            }
            ids.add(its);
            inherited = its;
            if ((depth + 1) % foldEvery == 0) {
                root.fold();
            }
        }
    }

    /** Each session knows all its ids. */
    private void retries(OpenRoot root, String where) {
        for (int depth = 0; depth <= DEPTH; depth++) {
            String session = session(depth);
            long before = count(root, session);
            for (String id : ids.get(depth)) {
                assertRepeated(root, session, id, where);
            }
            assertEquals(before, count(root, session), where + ": nothing is written in " + session);
        }
    }

    /** Writes more events to each session, then the same ones to the last one, which has not inherited them. */
    private void others(OpenRoot root) throws Exception {
        for (int depth = 0; depth < DEPTH; depth++) {
            append(root, session(depth), "later-" + depth);
        }
        root.fold();
        for (int depth = 0; depth < DEPTH; depth++) {
            Commit commit = append(root, session(DEPTH), "later-" + depth);
            assertFalse(commit.repeated(), "the fork has not inherited what " + session(depth) + " got later");
            ids.get(DEPTH).add("later-" + depth);
        }
        for (String id : ids.get(DEPTH)) {
            assertRepeated(root, session(DEPTH), id, "written to ancestors later");
        }
    }

    private static void assertRepeated(OpenRoot root, String session, String id, String where) {
        Commit commit = append(root, session, id);
        assertTrue(commit.repeated(), where + ": " + id + " is written twice in " + session);
        assertEquals(id, commit.eventId(), where);
    }

    private static Commit append(OpenRoot root, String session, String id) {
        EventDraft event = EventDraft.of("n", Json.object("id", id)).withId(id);
        return Objects.requireNonNull(root.store.append(session, event).block(OpenRoot.PATIENCE));
    }

    private static long count(OpenRoot root, String session) {
        return Objects.requireNonNull(
                root.store.replay(session, Range.all()).count().block(OpenRoot.PATIENCE));
    }
}
