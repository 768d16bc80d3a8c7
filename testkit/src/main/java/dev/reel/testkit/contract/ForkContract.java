package dev.reel.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.Anchor;
import dev.reel.AnchorNotFoundException;
import dev.reel.Change;
import dev.reel.CheckpointRequest;
import dev.reel.EventDraft;
import dev.reel.ExpectedVersion;
import dev.reel.Fork;
import dev.reel.ForkRequest;
import dev.reel.Json;
import dev.reel.MessageDelta;
import dev.reel.Range;
import dev.reel.Role;
import dev.reel.Session;
import dev.reel.SessionDraft;
import dev.reel.SessionEvent;
import dev.reel.SessionNotFoundException;
import dev.reel.SessionPatch;
import dev.reel.SessionState;
import dev.reel.SessionStore;
import dev.reel.Snapshot;
import dev.reel.SnapshotDraft;
import dev.reel.StoreOptions;
import dev.reel.VersionConflictException;
import dev.reel.spi.DerivedIds;
import dev.reel.spi.Events;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Forks: at every kind of anchor, what they inherit, and that they are independent of their parents. */
@DisplayName("Forks")
class ForkContract extends ContractGroup {

    private static final Json RED = Json.object("team", "red");

    ForkContract(Function<StoreOptions, SessionStore> opener) {
        super(opener);
    }

    /** Writes a row, then m1 to m4: versions 1 to 5. */
    private void parent() {
        get(store().putSession(
                        "p", SessionDraft.empty().withTitle("T").withModel("M").withMetadata(RED)));
        user("p", "m1", "one");
        assistant("p", "m2", "two");
        user("p", "m3", "three");
        assistant("p", "m4", "four");
        clock.advance(Duration.ofMinutes(1));
    }

    private Fork fork(Anchor at) {
        return get(store().fork("p", ForkRequest.at(at).withId("f")));
    }

    private Session row(String session) {
        return get(store().getSession(session));
    }

    /**
     * Asserts that the fork has its parent's events up to a version, with the same versions, ids, instants, positions
     * and content.
     */
    private void assertSamePrefix(String parent, String fork, long version) {
        List<SessionEvent> ofParent = all(store().replay(parent, Range.between(0, version)));
        List<SessionEvent> ofFork = all(store().replay(fork, Range.between(0, version)));
        assertEquals(version, ofParent.size());
        assertEquals(ofParent.stream().map(event -> Events.under(event, fork)).toList(), ofFork);
        assertEquals(
                ofParent.stream().map(SessionEvent::position).toList(),
                ofFork.stream().map(SessionEvent::position).toList());
        assertEquals(fork, ofFork.get(0).sessionId());
    }

    /** Extends a log to a version. Each event replaces one of 20 messages, so the rows differ at each version. */
    private void extend(String session, long version) {
        long from = log(session).size();
        List<EventDraft> drafts = new ArrayList<>();
        for (long n = from + 1; n <= version; n++) {
            Json message = Json.object("role", "user", "content", session + n);
            drafts.add(EventDraft.of(Change.putMessage(Role.USER, "m" + n % 20, message)));
        }
        for (int done = 0; done < drafts.size(); done += 1_000) {
            get(store().append(session, drafts.subList(done, Math.min(drafts.size(), done + 1_000))));
        }
    }

    private void assertRowsAt(String session, List<Integer> versions) {
        SessionState folded = SessionState.empty(session);
        for (SessionEvent event : log(session)) {
            folded = folded.apply(event);
            if (versions.contains((int) event.version())) {
                assertEquals(folded, get(store().asOf(session, event.version())), "as of " + event.version());
            }
        }
        assertEquals(folded, get(store().state(session)));
    }

    @Test
    @DisplayName(
            "R17: as of versions around 1,024 and 2,048 a log, its forks and their forks have the rows of the prefix")
    void longLogs() {
        List<Integer> versions = List.of(1, 1_022, 1_023, 1_024, 1_025, 1_026, 2_047, 2_048, 2_049, 2_050);
        extend("p", 2_060);
        assertRowsAt("p", versions);
        for (int at : List.of(1_023, 1_024, 1_025, 2_048)) {
            String fork = "f" + at;
            get(store().fork("p", ForkRequest.at(Anchor.version(at)).withId(fork)));
            assertRowsAt(fork, versions);
            extend(fork, 2_060);
            assertRowsAt(fork, versions);
            for (int again : List.of(1_023, 1_024, 1_025, 2_048)) {
                String forkOfFork = fork + "-" + again;
                get(store().fork(fork, ForkRequest.at(Anchor.version(again)).withId(forkOfFork)));
                assertRowsAt(forkOfFork, versions);
            }
            String last = fork + "-1024";
            extend(last, 2_060);
            assertRowsAt(last, versions);
        }
        assertRowsAt("p", versions);
    }

    @Test
    @DisplayName("R2: a fork of the whole log has the same events, then session_fork")
    void whole() {
        parent();
        List<SessionEvent> before = log("p");
        Fork fork = get(store().fork("p", ForkRequest.whole().withId("f")));
        assertEquals(new Fork("f", "p", 5, 4), fork);
        assertSamePrefix("p", "f", 5);
        SessionEvent last = log("f").get(5);
        assertEquals("session_fork", last.type());
        assertEquals(6, last.version());
        assertEquals("p", last.data().textOf("parent_id"));
        assertEquals(5, last.data().longOf("parent_version"));
        assertEquals("T (fork)", last.data().textOf("title"));
        assertEquals(before, log("p"));
        assertEquals(List.of("m1", "m2", "m3", "m4"), messageIds("f"));
    }

    @Test
    @DisplayName(
            "R18: a fork's row has the parent's title and (fork), its model and metadata, its own creation time, and is open")
    void row() {
        parent();
        get(store().closeSession("p", Json.NULL));
        get(store().fork("p", ForkRequest.whole().withId("f")));
        Instant now = clock.instant();
        assertEquals(new Session("f", "p", 6L, "T (fork)", "M", now, now, RED, false, 0), row("f"));
        assertTrue(row("p").closed());
        user("f", "m9", "the fork is open");
        assertEquals(8, log("f").size());
    }

    @Test
    @DisplayName("R18: the title is the caller's, or the parent's with (fork), or the parent's id with (fork)")
    void titles() {
        user("p", "m1", "one");
        get(store().fork("p", ForkRequest.whole().withId("a")));
        assertEquals("p (fork)", row("a").title());
        get(store().fork("p", ForkRequest.whole().withId("b").withTitle("Mine")));
        assertEquals("Mine", row("b").title());
        get(store().fork("a", ForkRequest.whole().withId("c")));
        assertEquals("p (fork) (fork)", row("c").title());
        get(store().updateSession("p", SessionPatch.empty().withTitle("Later")));
        get(store().fork("p", ForkRequest.at(Anchor.version(1)).withId("d")));
        assertEquals("p (fork)", row("d").title());
        assertEquals("p (fork)", log("d").get(1).data().textOf("title"));
    }

    @Test
    @DisplayName("R18: a fork without an id gets a generated one")
    void idByDefault() {
        parent();
        Fork fork = get(store().fork("p", ForkRequest.whole()));
        assertEquals("s1", fork.sessionId());
        assertEquals(4, messageIds("s1").size());
    }

    @Test
    @DisplayName("R18: a fork at a message has the prefix up to its last put")
    void atMessage() {
        parent();
        assertEquals(new Fork("f", "p", 3, 2), fork(Anchor.message("m2")));
        assertSamePrefix("p", "f", 3);
        assertEquals(List.of("session_start", "user_message", "assistant_message", "session_fork"), types("f"));
        assertEquals(List.of("m1", "m2"), messageIds("f"));
        assertFalse(get(store().redo("f")).changed());
    }

    @Test
    @DisplayName("R3: a fork at an edited message truncates the messages after it, in one batch with session_fork")
    void atEditedMessage() {
        parent();
        assistant("p", "m2", "two, edited");
        user("p", "m5", "five");
        assertEquals(new Fork("f", "p", 6, 2), fork(Anchor.message("m2")));
        assertSamePrefix("p", "f", 6);
        assertEquals(List.of("session_fork", "messages_truncate"), types("f").subList(6, 8));
        assertEquals(List.of("m1", "m2"), messageIds("f"));
        assertEquals("two, edited", get(store().getMessage("f", "m2")).text());
        assertEquals(2, get(store().redo("f")).restored());
        assertEquals(List.of("m1", "m2", "m3", "m4"), messageIds("f"));
    }

    @Test
    @DisplayName("R18: a fork at a streamed message has the prefix up to its last part with an effect")
    void atStreamedMessage() {
        user("p", "m1", "question");
        get(store().appendToMessage("p", MessageDelta.of("m2", 0, "an")));
        get(store().appendToMessage("p", MessageDelta.of("m2", 1, "swer")));
        get(store().appendToMessage("p", MessageDelta.of("m2", 7, "of no effect")));
        assertEquals(new Fork("f", "p", 3, 2), fork(Anchor.message("m2")));
        assertEquals("answer", get(store().getMessage("f", "m2")).text());
        get(store().appendToMessage("f", MessageDelta.of("m2", 2, "!")));
        assertEquals("answer!", get(store().getMessage("f", "m2")).text());
        assertEquals("answer", get(store().getMessage("p", "m2")).text());
    }

    @Test
    @DisplayName("R18: a fork at the last user message")
    void atLastUserMessage() {
        parent();
        assertEquals(new Fork("f", "p", 4, 3), fork(Anchor.lastUserMessage()));
        assertEquals(List.of("m1", "m2", "m3"), messageIds("f"));
    }

    @Test
    @DisplayName("R18: a fork at a version or an event has exactly that prefix, edits undone, version 0 too")
    void atVersion() {
        parent();
        assistant("p", "m2", "edited");
        String third = log("p").get(2).id();
        assertEquals(new Fork("f", "p", 5, 4), fork(Anchor.version(5)));
        assertEquals("two", get(store().getMessage("f", "m2")).text());
        assertEquals(
                new Fork("g", "p", 3, 2),
                get(store().fork("p", ForkRequest.at(Anchor.event(third)).withId("g"))));
        assertSamePrefix("p", "g", 3);
        Fork empty = get(store().fork("p", ForkRequest.at(Anchor.version(0)).withId("h")));
        assertEquals(new Fork("h", "p", 0, 0), empty);
        assertEquals(List.of("session_fork"), types("h"));
        Instant now = clock.instant();
        assertEquals(new Session("h", "p", 0L, "p (fork)", null, now, now, Json.EMPTY_OBJECT, false, 0), row("h"));
    }

    @Test
    @DisplayName("R18: a fork at a checkpoint is a fork at its message")
    void atCheckpoint() {
        parent();
        String snapshot = checkpoint("m2");
        assertEquals(new Fork("f", "p", 3, 2), fork(Anchor.snapshot(snapshot)));
        assertEquals(List.of("m1", "m2"), messageIds("f"));
    }

    private String checkpoint(String message) {
        return get(store().checkpoint("p", CheckpointRequest.at(message)))
                .snapshot()
                .id();
    }

    @Test
    @DisplayName("R18: a fork at a checkpoint whose message was truncated since, redoable or not")
    void atCheckpointOfACutMessage() {
        parent();
        String snapshot = checkpoint("m4");
        get(store().rewind("p", Anchor.message("m1")));
        assertEquals(new Fork("f", "p", 5, 4), fork(Anchor.snapshot(snapshot)));
        assertEquals(List.of("m1", "m2", "m3", "m4"), messageIds("f"));
        user("p", "m9", "ends redo");
        Fork again =
                get(store().fork("p", ForkRequest.at(Anchor.snapshot(snapshot)).withId("g")));
        assertEquals(new Fork("g", "p", 5, 4), again);
        assertEquals(List.of("m1", "m9"), messageIds("p"));
    }

    @Test
    @DisplayName("R18: the parent's truncations cannot be redone in a fork")
    void noRedoOfTheParents() {
        parent();
        get(store().undo("p"));
        get(store().fork("p", ForkRequest.whole().withId("f")));
        assertEquals(List.of("m1", "m2"), messageIds("f"));
        assertFalse(get(store().redo("f")).changed());
        assertEquals(2, get(store().redo("p")).restored());
    }

    @Test
    @DisplayName("R18: a missing anchor is an AnchorNotFoundException of the parent; no fork is created")
    void anchorsNotThere() {
        parent();
        get(store().rewind("p", Anchor.message("m3")));
        get(store().putSnapshot("p", SnapshotDraft.of(Json.NULL).withId("no message")));
        get(store().putSnapshot(
                        "p", SnapshotDraft.of(Json.NULL).withId("nowhere").withMessage("nowhere")));
        get(store().putSnapshot("q", SnapshotDraft.of(Json.NULL).withId("of q").withMessage("m1")));
        var feed = feed();
        assertEquals(9, feed.size());
        for (Anchor anchor : List.of(
                Anchor.message("m4"),
                Anchor.message("nowhere"),
                Anchor.version(9),
                Anchor.event("nothing"),
                Anchor.snapshot("nothing"),
                Anchor.snapshot("no message"),
                Anchor.snapshot("nowhere"),
                Anchor.snapshot("of q"))) {
            AnchorNotFoundException missing = error(
                    AnchorNotFoundException.class,
                    store().fork("p", ForkRequest.at(anchor).withId("f")));
            assertEquals("p", missing.sessionId());
            assertEquals(anchor, missing.anchor());
        }
        error(
                AnchorNotFoundException.class,
                store().fork("q", ForkRequest.at(Anchor.lastUserMessage()).withId("f")));
        for (ForkRequest request : List.of(ForkRequest.whole(), ForkRequest.at(Anchor.version(0)))) {
            assertEquals(
                    "never",
                    error(SessionNotFoundException.class, store().fork("never", request.withId("f")))
                            .sessionId());
        }
        assertEquals(feed, feed());
        assertNull(maybe(store().getSession("f")));
    }

    @Test
    @DisplayName(
            "R6: a fork target that is not empty is a VersionConflictException of the target, even if it is the parent")
    void targetNotEmpty() {
        parent();
        append("taken", custom("note", 1));
        for (String target : List.of("taken", "p")) {
            var conflict = error(
                    VersionConflictException.class,
                    store().fork("p", ForkRequest.whole().withId(target)));
            assertEquals(target, conflict.sessionId());
            assertEquals(ExpectedVersion.emptyLog(), conflict.expected());
            assertEquals(target.equals("p") ? 5 : 1, conflict.actual());
        }
        assertEquals(List.of("note"), types("taken"));
        assertEquals(5, log("p").size());
    }

    @Test
    @DisplayName("R6: of two concurrent forks to one id, one is created")
    void targetRaced() {
        parent();
        for (int round = 0; round < 20; round++) {
            String target = "f" + round;
            List<String> made = atOnce(List.of(1, 2, 3, 4).stream()
                    .map(version -> store().fork(
                                    "p", ForkRequest.at(Anchor.version(version)).withId(target))
                            .map(fork -> "version " + fork.parentVersion())
                            .onErrorReturn(VersionConflictException.class, "refused"))
                    .toList());
            List<String> won =
                    made.stream().filter(answer -> !answer.equals("refused")).toList();
            assertEquals(List.of("version " + row(target).parentVersion()), won);
        }
    }

    @Test
    @DisplayName("R20: a fork carries the snapshots whose message it has, under derived ids, in their order")
    void carriedSnapshots() {
        parent();
        String late = checkpoint("m4");
        String early = checkpoint("m1");
        String same = checkpoint("m2");
        get(store().putSnapshot("p", SnapshotDraft.of(RED).withId("no message")));
        get(store().putSnapshot("p", SnapshotDraft.of(RED).withId("nowhere").withMessage("nowhere")));
        assistant("p", "m2", "edited, so that all snapshots are in the prefix");
        get(store().fork("p", ForkRequest.at(Anchor.message("m2")).withId("f").withSnapshots()));
        List<Snapshot> carried = all(store().listSnapshots("f"));
        assertEquals(
                List.of(DerivedIds.ofCarriedSnapshot("f", early), DerivedIds.ofCarriedSnapshot("f", same)),
                carried.stream().map(Snapshot::id).toList());
        assertEquals(
                List.of("m1", "m2"), carried.stream().map(Snapshot::messageId).toList());
        for (Snapshot snapshot : carried) {
            assertEquals("f", snapshot.sessionId());
            assertEquals(clock.instant(), snapshot.createdAt());
        }
        assertEquals(get(store().getSnapshot(early)).state(), carried.get(0).state());
        assertEquals(
                Json.object(early, carried.get(0).id(), same, carried.get(1).id()),
                log("f").get(log("p").size()).data().get("snapshots"));
        get(store().fork("p", ForkRequest.whole().withId("g").withSnapshots()));
        assertEquals(
                List.of(late, early, same).stream()
                        .map(id -> DerivedIds.ofCarriedSnapshot("g", id))
                        .toList(),
                all(store().listSnapshots("g")).stream().map(Snapshot::id).toList());
    }

    @Test
    @DisplayName("R18: a fork of a fork, at inherited and at own versions")
    void forkOfFork() {
        parent();
        get(store().fork("p", ForkRequest.at(Anchor.message("m2")).withId("f")));
        user("f", "x1", "own");
        get(store().fork("f", ForkRequest.whole().withId("g")));
        assertSamePrefix("f", "g", 5);
        assertEquals(List.of("m1", "m2", "x1"), messageIds("g"));
        assertEquals("f", row("g").parentId());
        assertEquals(5, row("g").parentVersion());
        get(store().fork("g", ForkRequest.at(Anchor.version(2)).withId("h")));
        assertSamePrefix("p", "h", 2);
        assertEquals(List.of("m1"), messageIds("h"));
        assertEquals("g", row("h").parentId());
        assertEquals("T (fork)", row("h").title());
    }

    @Test
    @DisplayName("R17: rows of parent and fork change independently")
    void ownWays() {
        parent();
        get(store().fork("p", ForkRequest.whole().withId("f")));
        user("p", "x", "of the parent");
        user("f", "x", "of the fork");
        assistant("f", "m2", "edited in the fork");
        get(store().rewind("p", Anchor.message("m3")));
        assertEquals(List.of("m1", "m2", "m3"), messageIds("p"));
        assertEquals(List.of("m1", "m2", "m3", "m4", "x"), messageIds("f"));
        assertEquals("two", get(store().getMessage("p", "m2")).text());
        assertEquals("of the fork", get(store().getMessage("f", "x")).text());
        assertEquals("f", get(store().getMessage("f", "m1")).sessionId());
        get(store().deleteSession("p"));
        assertEquals(5, messageIds("f").size());
        assertEquals(
                get(store().asOf("p", 5)).messages().size(),
                get(store().asOf("f", 5)).messages().size());
    }

    @Test
    @DisplayName("R18: a restart of a fork, a session_start without these, keeps parent, title and creation time")
    void restart() {
        parent();
        get(store().fork("p", ForkRequest.whole().withId("f")));
        Session before = row("f");
        clock.advance(Duration.ofHours(1));
        append("f", EventDraft.of(new Change.SessionStart(SessionPatch.empty().withModel("N"), null, null)));
        assertEquals(
                new Session("f", "p", 5L, "T (fork)", "N", before.createdAt(), clock.instant(), RED, false, 0),
                row("f"));
        append("f", EventDraft.of("session_start", Json.object("parent_id", "other", "created_at", START.toString())));
        assertEquals("p", row("f").parentId());
        assertEquals(5, row("f").parentVersion());
        assertEquals(before.createdAt(), row("f").createdAt());
    }

    @Test
    @DisplayName("R25: a fork is independent: if its parent is purged, nothing changes in the fork")
    void parentPurged() {
        parent();
        get(store().fork("p", ForkRequest.at(Anchor.message("m2")).withId("f")));
        get(store().fork("f", ForkRequest.whole().withId("g")));
        List<SessionEvent> before = log("f");
        SessionState state = get(store().state("f"));
        maybe(store().purge("p"));
        assertEquals(List.of(), log("p"));
        assertEquals(before, log("f"));
        assertEquals(state, get(store().state("f")));
        assertEquals(2, get(store().asOf("f", 3)).messages().size());
        maybe(store().purge("f"));
        assertEquals(List.of("m1", "m2"), messageIds("g"));
        user("p", "new", "the parent's id is free");
        get(store().fork("g", ForkRequest.whole().withId("f")));
        assertEquals("g", Objects.requireNonNull(row("f").parentId()));
        assertEquals(List.of("m1", "m2"), messageIds("f"));
    }

    @Test
    @DisplayName("R8: a fork starts without a turn, and its epochs go on from those of the inherited events")
    void turns() {
        parent();
        get(store().takeTurn("p", "a"));
        get(store().takeTurn("p", "b"));
        get(store().fork("p", ForkRequest.whole().withId("f")));
        assertNull(get(store().state("f")).turn());
        assertEquals(3, get(store().takeTurn("f", "c")).epoch());
        assertEquals(2, get(store().state("p")).epoch());
    }

    @Test
    @DisplayName("R18: a session with 20,000 redoable truncations can be forked; nothing can be redone in the fork")
    void manyCuts() {
        int cuts = 20_000;
        appendInBatches(cuts + 1, i -> Change.putMessage(Role.USER, "m" + i, Json.EMPTY_OBJECT));
        appendInBatches(cuts, i -> Change.truncateMessages("m" + (cuts - 1 - i)));
        assertEquals(cuts, get(store().state("p")).redoable());
        long version = 2L * cuts + 1;
        assertEquals(
                new Fork("f", "p", version, 1),
                get(store().fork("p", ForkRequest.whole().withId("f"))));
        assertEquals(0, get(store().state("f")).redoable());
        assertEquals(cuts, get(store().asOf("f", version)).redoable());
        assertEquals(0, get(store().redo("f")).restored());
        assertEquals(List.of("m0"), messageIds("f"));
        assertEquals(1, get(store().redo("p")).restored());
        assertEquals(List.of("m0", "m1"), messageIds("p"));
        assertEquals(new Fork("g", "p", version - 1, 2), forkAt(version - 1, "g"));
    }

    private Fork forkAt(long version, String id) {
        return get(store().fork("p", ForkRequest.at(Anchor.version(version)).withId(id)));
    }

    private void appendInBatches(int count, IntFunction<Change> changes) {
        for (int done = 0; done < count; done += 1_000) {
            append(
                    "p",
                    IntStream.range(done, Math.min(count, done + 1_000))
                            .mapToObj(i -> EventDraft.of(changes.apply(i)))
                            .toArray(EventDraft[]::new));
        }
    }

    @Test
    @DisplayName("R17: forks of forks, 400 deep, have the rows, the log and the event ids of all before them")
    void deepForks() {
        user("d0", "m0", "first");
        for (int i = 1; i <= 400; i++) {
            get(store().fork("d" + (i - 1), ForkRequest.whole().withId("d" + i)));
        }
        assertEquals(range(1, 401), versions("d400"));
        assertEquals("d400", get(store().getMessage("d400", "m0")).sessionId());
        String first = log("d0").get(0).id();
        assertEquals(
                new Fork("e", "d400", 1L, 1),
                get(store().fork("d400", ForkRequest.at(Anchor.event(first)).withId("e"))));
        assertEquals("d399", row("d400").parentId());
    }

    @Test
    @DisplayName("R17: the rows of a fork as of an inherited version name the fork, snapshots too")
    void inheritedRows() {
        parent();
        get(store().checkpoint("p", CheckpointRequest.at("m2").withId("c")));
        get(store().fork("p", ForkRequest.whole().withId("f")));
        SessionState rows = get(store().asOf("f", 6));
        rows.messages().forEach(message -> assertEquals("f", message.sessionId()));
        assertEquals(
                List.of("f"), rows.snapshots().stream().map(Snapshot::sessionId).toList());
        assertEquals("f", Objects.requireNonNull(rows.snapshot("c")).sessionId());
        assertEquals("f", Objects.requireNonNull(rows.session()).id());
        assertEquals("p", get(store().getSnapshot("c")).sessionId());
    }
}
