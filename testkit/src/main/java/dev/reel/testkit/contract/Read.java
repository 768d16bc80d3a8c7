package dev.reel.testkit.contract;

import dev.reel.Anchor;
import dev.reel.CheckpointRequest;
import dev.reel.FeedFilter;
import dev.reel.FeedPlace;
import dev.reel.From;
import dev.reel.Json;
import dev.reel.MessageDelta;
import dev.reel.MessageDraft;
import dev.reel.MessageQuery;
import dev.reel.Range;
import dev.reel.ResumeRequest;
import dev.reel.SessionDraft;
import dev.reel.SessionQuery;
import dev.reel.SessionStore;
import dev.reel.SnapshotDraft;
import dev.reel.TailOptions;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;

/** Every read of a store, with arguments that find something in the data that {@link #fill} writes. */
enum Read {
    REPLAY(store -> store.replay("s", Range.all()), Ways.EVENTS),
    TAIL(store -> store.tail("s", From.start()), Ways.LIVE),
    TAIL_SIGNALS(store -> store.tailSignals("s", From.start(), TailOptions.standard()), Ways.LIVE),
    HEAD(store -> store.head("s"), Ways.ROWS),
    SESSION_IDS(SessionStore::sessionIds, Ways.ROWS),
    POSITION(SessionStore::position, Ways.ROWS),
    REPLAY_ALL(store -> store.replayAll(FeedPlace.start(), FeedFilter.all()), Ways.EVENTS),
    LAST_OF_ALL(store -> store.replayAll(FeedPlace.start(), FeedFilter.all().withLast(3)), Ways.EVENTS),
    TAIL_ALL(store -> store.tailAll(FeedPlace.start(), FeedFilter.all()), Ways.LIVE),
    TAIL_ALL_SIGNALS(
            store -> store.tailAllSignals(FeedPlace.start(), FeedFilter.all(), TailOptions.standard()), Ways.LIVE),
    GET_SESSION(store -> store.getSession("s"), Ways.ROWS),
    LIST_SESSIONS(store -> store.listSessions(SessionQuery.all()), Ways.ROWS),
    GET_MESSAGE(store -> store.getMessage("s", "m1"), Ways.ROWS),
    LIST_MESSAGES(store -> store.listMessages("s", MessageQuery.all()), Ways.ROWS),
    GET_SNAPSHOT(store -> store.getSnapshot("c1"), Ways.ROWS),
    LIST_SNAPSHOTS(store -> store.listSnapshots("s"), Ways.ROWS),
    STATE(store -> store.state("s"), Ways.ROWS),
    AS_OF(store -> store.asOf("s", 2), Ways.ROWS),
    STATES(store -> store.states("s"), Ways.LIVE),
    RESUME(store -> store.resume("s", ResumeRequest.whole()), Ways.ROWS);

    /** How a read emits its items. */
    private enum Ways {
        /** All at once. */
        ROWS,
        /** As a cursor, by demand, with an end. */
        EVENTS,
        /** As a cursor, by demand, without an end. */
        LIVE
    }

    @SuppressWarnings("ImmutableEnumChecker") // a lambda that holds nothing
    private final Function<SessionStore, Publisher<?>> call;

    private final Ways way;

    Read(Function<SessionStore, Publisher<?>> call, Ways way) {
        this.call = call;
        this.way = way;
    }

    Publisher<?> from(SessionStore store) {
        return call.apply(store);
    }

    /** Whether it continues until it is cancelled. */
    boolean isLive() {
        return way == Ways.LIVE;
    }

    /** Whether its publisher is one of the store's cursors and not a Reactor operator. */
    boolean isCursor() {
        return way != Ways.ROWS;
    }

    /** Writes data in which every read finds something. */
    static void fill(SessionStore store) {
        ContractGroup.get(store.putMessage("s", MessageDraft.user("hi").withId("m1")));
        ContractGroup.get(store.putMessage("s", MessageDraft.assistant("hello").withId("m2")));
        ContractGroup.get(
                store.putSnapshot("s", SnapshotDraft.of(Json.EMPTY_OBJECT).withId("c1")));
        ContractGroup.get(store.append("s", ContractGroup.customs(3)));
    }

    /** A call with an invalid argument. */
    record Misuse(String what, Function<SessionStore, Publisher<?>> call) {

        boolean isNull() {
            return what.contains("null");
        }

        @Override
        public String toString() {
            return what;
        }
    }

    /** Calls of reads with arguments that every read rejects: nulls and malformed ids. */
    static List<Misuse> misuses() {
        String longId = "x".repeat(201);
        return List.of(
                new Misuse("replay(null, …)", s -> s.replay(none(), Range.all())),
                new Misuse("replay(…, null)", s -> s.replay("s", none())),
                new Misuse("replay of an empty id", s -> s.replay("", Range.all())),
                new Misuse("tail(null, …)", s -> s.tail(none(), From.start())),
                new Misuse("tail(…, null)", s -> s.tail("s", none())),
                new Misuse("tail of an id with a control character", s -> s.tail("a\nb", From.start())),
                new Misuse("tailSignals(null, …)", s -> s.tailSignals(none(), From.now(), TailOptions.standard())),
                new Misuse("tailSignals(…, null, …)", s -> s.tailSignals("s", none(), TailOptions.standard())),
                new Misuse("tailSignals(…, null)", s -> s.tailSignals("s", From.now(), none())),
                new Misuse("tailSignals of a long id", s -> s.tailSignals(longId, From.now(), TailOptions.standard())),
                new Misuse("replayAll(null, …)", s -> s.replayAll(none(), FeedFilter.all())),
                new Misuse("head(null)", s -> s.head(none())),
                new Misuse("head of an empty id", s -> s.head("")),
                new Misuse("replayAll(…, null)", s -> s.replayAll(FeedPlace.start(), none())),
                new Misuse("tailAll(null, …)", s -> s.tailAll(none(), FeedFilter.all())),
                new Misuse("tailAll(…, null)", s -> s.tailAll(FeedPlace.start(), none())),
                new Misuse(
                        "tailAllSignals(null, …)",
                        s -> s.tailAllSignals(none(), FeedFilter.all(), TailOptions.standard())),
                new Misuse(
                        "tailAllSignals(…, null, …)",
                        s -> s.tailAllSignals(FeedPlace.start(), none(), TailOptions.standard())),
                new Misuse(
                        "tailAllSignals(…, null)", s -> s.tailAllSignals(FeedPlace.start(), FeedFilter.all(), none())),
                new Misuse("getSession(null)", s -> s.getSession(none())),
                new Misuse("getSession of an unpaired surrogate", s -> s.getSession("a\ud800")),
                new Misuse("listSessions(null)", s -> s.listSessions(none())),
                new Misuse("getMessage(null, …)", s -> s.getMessage(none(), "m")),
                new Misuse("getMessage(…, null)", s -> s.getMessage("s", none())),
                new Misuse("getMessage of an empty id", s -> s.getMessage("s", "")),
                new Misuse("listMessages(null, …)", s -> s.listMessages(none(), MessageQuery.all())),
                new Misuse("listMessages(…, null)", s -> s.listMessages("s", none())),
                new Misuse("listMessages of an empty id", s -> s.listMessages("", MessageQuery.all())),
                new Misuse("getSnapshot(null)", s -> s.getSnapshot(none())),
                new Misuse("getSnapshot of an empty id", s -> s.getSnapshot("")),
                new Misuse("listSnapshots(null)", s -> s.listSnapshots(none())),
                new Misuse("listSnapshots of a long id", s -> s.listSnapshots(longId)),
                new Misuse("state(null)", s -> s.state(none())),
                new Misuse("state of an empty id", s -> s.state("")),
                new Misuse("asOf(null, …)", s -> s.asOf(none(), 1)),
                new Misuse("asOf(…, -1)", s -> s.asOf("s", -1)),
                new Misuse("states(null)", s -> s.states(none())),
                new Misuse("states of an empty id", s -> s.states("")),
                new Misuse("resume(null, …)", s -> s.resume(none(), ResumeRequest.whole())),
                new Misuse("resume(…, null)", s -> s.resume("s", none())));
    }

    /** The same for writes. */
    static List<Misuse> misusesOfWrites() {
        return List.of(
                new Misuse("append(null, …)", s -> s.append(none(), ContractGroup.customs(1))),
                new Misuse(
                        "append of an event twice",
                        s -> s.append(
                                "s",
                                Collections.nCopies(
                                        2, ContractGroup.custom("note", 1).withId("x")))),
                new Misuse("append to an empty id", s -> s.append("", ContractGroup.customs(1))),
                new Misuse("putSession(…, null)", s -> s.putSession("s", none())),
                new Misuse("putSession of an empty id", s -> s.putSession("", SessionDraft.empty())),
                new Misuse("createSession(null)", s -> s.createSession(none())),
                new Misuse("putMessage(…, null)", s -> s.putMessage("s", none())),
                new Misuse("putMessage of an empty id", s -> s.putMessage("", MessageDraft.user("x"))),
                new Misuse("putSnapshot(…, null)", s -> s.putSnapshot("s", none())),
                new Misuse("putSnapshot of an empty id", s -> s.putSnapshot("", SnapshotDraft.of(Json.NULL))),
                new Misuse("appendToMessage(…, null)", s -> s.appendToMessage("s", none())),
                new Misuse("appendToMessage of an empty id", s -> s.appendToMessage("", MessageDelta.of("m", 0, "x"))),
                new Misuse("deleteSession(null)", s -> s.deleteSession(none())),
                new Misuse("deleteMessagesAfter(…, null)", s -> s.deleteMessagesAfter("s", none())),
                new Misuse("deleteMessages of an empty id", s -> s.deleteMessages("")),
                new Misuse("deleteSnapshots(null)", s -> s.deleteSnapshots(none())),
                new Misuse("checkpoint(null, …)", s -> s.checkpoint(none(), CheckpointRequest.atLastMessage())),
                new Misuse("checkpoint(…, null)", s -> s.checkpoint("s", none())),
                new Misuse("rewind(null, …)", s -> s.rewind(none(), Anchor.lastUserMessage())),
                new Misuse("rewind(…, null)", s -> s.rewind("s", none())),
                new Misuse("undo(null)", s -> s.undo(none())),
                new Misuse("redo of an empty id", s -> s.redo("")),
                new Misuse("fork(…, null)", s -> s.fork("s", none())),
                new Misuse("takeTurn(…, null)", s -> s.takeTurn("s", none())),
                new Misuse("takeTurn of an empty holder", s -> s.takeTurn("s", "")),
                new Misuse("closeSession(…, null)", s -> s.closeSession("s", none())),
                new Misuse("purge(null)", s -> s.purge(none())));
    }

    @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"})
    static <T> T none() {
        @Nullable T nothing = null;
        return nothing;
    }
}
