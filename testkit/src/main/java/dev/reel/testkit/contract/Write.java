package dev.reel.testkit.contract;

import dev.reel.Anchor;
import dev.reel.Change;
import dev.reel.CheckpointRequest;
import dev.reel.Commit;
import dev.reel.EventDraft;
import dev.reel.ForkRequest;
import dev.reel.Json;
import dev.reel.MessageDelta;
import dev.reel.MessageDraft;
import dev.reel.Role;
import dev.reel.SessionDraft;
import dev.reel.SessionPatch;
import dev.reel.SessionStore;
import dev.reel.SnapshotDraft;
import dev.reel.WriteOptions;
import dev.reel.spi.DerivedIds;
import java.util.Collections;
import java.util.List;
import reactor.core.publisher.Mono;

/**
 * Every write method of a store, as a call that changes something in the {@link #ground}. A rule for all writes is one
 * test over these constants.
 */
enum Write {
    APPEND("append", "note", 2) {
        @Override
        Mono<?> call(SessionStore store, String session, WriteOptions options, String text) {
            return store.append(session, List.of(note(text), note(text + "!")), options);
        }
    },
    PUT_SESSION("putSession", "session_start") {
        @Override
        Mono<?> call(SessionStore store, String session, WriteOptions options, String text) {
            return store.putSession(session, SessionDraft.empty().withTitle(text), options);
        }
    },
    UPDATE_SESSION("updateSession", "session_update") {
        @Override
        Mono<?> call(SessionStore store, String session, WriteOptions options, String text) {
            return store.updateSession(session, SessionPatch.empty().withModel(text), options);
        }
    },
    PUT_MESSAGE("putMessage", "tool_result") {
        @Override
        Mono<?> call(SessionStore store, String session, WriteOptions options, String text) {
            return store.putMessage(session, MessageDraft.of(Role.TOOL, text), options);
        }
    },
    APPEND_TO_MESSAGE("appendToMessage", "message_delta") {
        @Override
        Mono<?> call(SessionStore store, String session, WriteOptions options, String text) {
            return store.appendToMessage(session, MessageDelta.of("d1", 0, text), options);
        }
    },
    PUT_SNAPSHOT("putSnapshot", "checkpoint") {
        @Override
        Mono<?> call(SessionStore store, String session, WriteOptions options, String text) {
            return store.putSnapshot(session, SnapshotDraft.of(Json.of(text)), options);
        }
    },
    DELETE_SESSION("deleteSession", "session_delete") {
        @Override
        Mono<?> call(SessionStore store, String session, WriteOptions options, String text) {
            return store.deleteSession(session, options);
        }
    },
    DELETE_MESSAGES_AFTER("deleteMessagesAfter", "messages_truncate") {
        @Override
        Mono<?> call(SessionStore store, String session, WriteOptions options, String text) {
            return store.deleteMessagesAfter(session, "m1", options);
        }
    },
    DELETE_MESSAGES("deleteMessages", "messages_clear") {
        @Override
        Mono<?> call(SessionStore store, String session, WriteOptions options, String text) {
            return store.deleteMessages(session, options);
        }
    },
    DELETE_SNAPSHOTS("deleteSnapshots", "snapshots_clear") {
        @Override
        Mono<?> call(SessionStore store, String session, WriteOptions options, String text) {
            return store.deleteSnapshots(session, options);
        }
    },
    CHECKPOINT("checkpoint", "checkpoint") {
        @Override
        Mono<?> call(SessionStore store, String session, WriteOptions options, String text) {
            return store.checkpoint(session, CheckpointRequest.atLastMessage().withMetadata(Json.of(text)), options);
        }
    },
    REWIND("rewind", "messages_truncate") {
        @Override
        Mono<?> call(SessionStore store, String session, WriteOptions options, String text) {
            return store.rewind(session, Anchor.message("m1"), options);
        }
    },
    UNDO("undo", "messages_truncate") {
        @Override
        Mono<?> call(SessionStore store, String session, WriteOptions options, String text) {
            return store.undo(session, options);
        }
    },
    REDO("redo", "messages_restore") {
        @Override
        Mono<?> call(SessionStore store, String session, WriteOptions options, String text) {
            return store.redo(session, options);
        }
    },
    FORK("fork", "session_fork") {
        @Override
        Mono<?> call(SessionStore store, String session, WriteOptions options, String text) {
            return store.fork(session, ForkRequest.whole().withTitle(text), options);
        }
    },
    TAKE_TURN("takeTurn", "session_turn") {
        @Override
        Mono<?> call(SessionStore store, String session, WriteOptions options, String text) {
            return store.takeTurn(session, text, options);
        }
    },
    CLOSE_SESSION("closeSession", "session_close") {
        @Override
        Mono<?> call(SessionStore store, String session, WriteOptions options, String text) {
            return store.closeSession(session, Json.of(text), options);
        }
    },
    PURGE("purge", "session_purged") {
        @Override
        Mono<?> call(SessionStore store, String session, WriteOptions options, String text) {
            return store.purge(session, options);
        }
    };

    private final String method;
    private final String type;
    private final int events;

    Write(String method, String type) {
        this(method, type, 1);
    }

    Write(String method, String type, int events) {
        this.method = method;
        this.type = type;
        this.events = events;
    }

    /** The types of the events that the call records. */
    List<String> types() {
        return Collections.nCopies(events, type);
    }

    /**
     * Calls the write method.
     *
     * @param text the caller's content; ignored by the deletes, rewind, undo, redo and purge
     */
    abstract Mono<?> call(SessionStore store, String session, WriteOptions options, String text);

    Mono<?> call(SessionStore store, String session, WriteOptions options) {
        return call(store, session, options, "one");
    }

    /** The session to whose log this write appends if it has the given idempotency key. */
    String target(String session, String key) {
        return this == FORK ? DerivedIds.ofFork(session, key) : session;
    }

    /**
     * Writes a session in which every write changes something: a row, four messages of which a truncation has left m1
     * (of the user) and m2, and a snapshot. One batch of seven events.
     */
    static Commit ground(SessionStore store, String session) {
        return ContractGroup.get(store.append(
                session,
                List.of(
                        EventDraft.of(
                                new Change.SessionStart(SessionPatch.empty().withTitle("ground"), null, null)),
                        message(Role.USER, "m1"),
                        message(Role.ASSISTANT, "m2"),
                        message(Role.USER, "m3"),
                        message(Role.ASSISTANT, "m4"),
                        EventDraft.of(new Change.PutSnapshot("snapshot of " + session, "m1", Json.of("kept"))),
                        EventDraft.of(Change.truncateMessages("m2")))));
    }

    private static EventDraft message(Role role, String id) {
        return EventDraft.of(Change.putMessage(role, id, Json.object("role", role.text(), "content", "this is " + id)));
    }

    private static EventDraft note(String text) {
        return EventDraft.of("note", Json.object("text", text));
    }

    /** The name of the method. */
    @Override
    public String toString() {
        return method;
    }
}
