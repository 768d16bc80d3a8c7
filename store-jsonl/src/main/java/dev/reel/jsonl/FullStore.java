package dev.reel.jsonl;

import dev.reel.Anchor;
import dev.reel.Checkpoint;
import dev.reel.CheckpointRequest;
import dev.reel.Commit;
import dev.reel.EventDraft;
import dev.reel.Fork;
import dev.reel.ForkRequest;
import dev.reel.ForwardingSessionStore;
import dev.reel.Json;
import dev.reel.Message;
import dev.reel.MessageDelta;
import dev.reel.MessageDraft;
import dev.reel.ReelException;
import dev.reel.Rewind;
import dev.reel.Session;
import dev.reel.SessionDraft;
import dev.reel.SessionPatch;
import dev.reel.SessionStore;
import dev.reel.Snapshot;
import dev.reel.SnapshotDraft;
import dev.reel.StoreStatus;
import dev.reel.Turn;
import dev.reel.WriteOptions;
import dev.reel.internal.Call;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * A store whose root is {@linkplain FullRoot full}. It reads and purges. Other writes fail with {@link
 * dev.reel.StoreFullException} until there is room to open the root. After that, all calls go to the writing store.
 * Tails that began before continue on the reader.
 */
final class FullStore extends ForwardingSessionStore {

    private final FullRoot root;

    FullStore(FullRoot root) {
        super(root.reader());
        this.root = root;
    }

    @Override
    protected SessionStore delegate() {
        SessionStore writer = root.writer();
        return writer == null ? super.delegate() : writer;
    }

    Path fileOf(String sessionId) {
        return root.fileOf(sessionId);
    }

    /** Returns one write, which runs once for all subscriptions: the result of the writing store is cached. */
    private <T> Mono<T> write(String name, @Nullable String sessionId, Function<SessionStore, Mono<T>> write) {
        Mono<T> now = write.apply(delegate()); // invalid arguments are reported here
        return root.writer() != null
                ? now
                : Call.mono(name, sessionId, later(() -> root.refusal(sessionId), () -> root.open(sessionId), write));
    }

    private <T> Mono<T> later(
            Supplier<@Nullable ReelException> refusal,
            Callable<? extends SessionStore> opening,
            Function<SessionStore, Mono<T>> write) {
        AtomicReference<@Nullable Mono<T>> first = new AtomicReference<>();
        Function<SessionStore, Mono<T>> once = store ->
                Objects.requireNonNull(first.updateAndGet(known -> known == null ? write.apply(store) : known));
        return Mono.defer(() -> {
            SessionStore writer = root.writer();
            if (writer != null) {
                return once.apply(writer);
            }
            ReelException why = refusal.get();
            if (why != null) {
                return Mono.error(why);
            }
            return Mono.<SessionStore>create(sink -> FileThreads.thread("reel-open", () -> {
                                try {
                                    sink.success(opening.call());
                                } catch (Throwable t) {
                                    sink.error(t);
                                }
                            })
                            .start())
                    .publishOn(Schedulers.parallel()) // no subscriber's code runs on a thread that has files open
                    .flatMap(once);
        });
    }

    @Override
    public Mono<Commit> append(String sessionId, List<EventDraft> events, WriteOptions options) {
        return write("append", sessionId, store -> store.append(sessionId, events, options));
    }

    @Override
    public Mono<Session> putSession(String sessionId, SessionDraft session, WriteOptions options) {
        return write("putSession", sessionId, store -> store.putSession(sessionId, session, options));
    }

    @Override
    public Mono<Session> createSession(SessionDraft session, WriteOptions options) {
        return write("createSession", null, store -> store.createSession(session, options));
    }

    @Override
    public Mono<Session> updateSession(String sessionId, SessionPatch patch, WriteOptions options) {
        return write("updateSession", sessionId, store -> store.updateSession(sessionId, patch, options));
    }

    @Override
    public Mono<Message> putMessage(String sessionId, MessageDraft message, WriteOptions options) {
        return write("putMessage", sessionId, store -> store.putMessage(sessionId, message, options));
    }

    @Override
    public Mono<Commit> appendToMessage(String sessionId, MessageDelta delta, WriteOptions options) {
        return write("appendToMessage", sessionId, store -> store.appendToMessage(sessionId, delta, options));
    }

    @Override
    public Mono<Snapshot> putSnapshot(String sessionId, SnapshotDraft snapshot, WriteOptions options) {
        return write("putSnapshot", sessionId, store -> store.putSnapshot(sessionId, snapshot, options));
    }

    @Override
    public Mono<Commit> deleteSession(String sessionId, WriteOptions options) {
        return write("deleteSession", sessionId, store -> store.deleteSession(sessionId, options));
    }

    @Override
    public Mono<Commit> deleteMessagesAfter(String sessionId, String messageId, WriteOptions options) {
        return write(
                "deleteMessagesAfter", sessionId, store -> store.deleteMessagesAfter(sessionId, messageId, options));
    }

    @Override
    public Mono<Commit> deleteMessages(String sessionId, WriteOptions options) {
        return write("deleteMessages", sessionId, store -> store.deleteMessages(sessionId, options));
    }

    @Override
    public Mono<Commit> deleteSnapshots(String sessionId, WriteOptions options) {
        return write("deleteSnapshots", sessionId, store -> store.deleteSnapshots(sessionId, options));
    }

    @Override
    public Mono<Checkpoint> checkpoint(String sessionId, CheckpointRequest request, WriteOptions options) {
        return write("checkpoint", sessionId, store -> store.checkpoint(sessionId, request, options));
    }

    @Override
    public Mono<Rewind> rewind(String sessionId, Anchor to, WriteOptions options) {
        return write("rewind", sessionId, store -> store.rewind(sessionId, to, options));
    }

    @Override
    public Mono<Rewind> undo(String sessionId, WriteOptions options) {
        return write("undo", sessionId, store -> store.undo(sessionId, options));
    }

    @Override
    public Mono<Rewind> redo(String sessionId, WriteOptions options) {
        return write("redo", sessionId, store -> store.redo(sessionId, options));
    }

    @Override
    public Mono<Fork> fork(String sessionId, ForkRequest request, WriteOptions options) {
        return write("fork", sessionId, store -> store.fork(sessionId, request, options));
    }

    @Override
    public Mono<Turn> takeTurn(String sessionId, String holder, WriteOptions options) {
        return write("takeTurn", sessionId, store -> store.takeTurn(sessionId, holder, options));
    }

    @Override
    public Mono<Commit> closeSession(String sessionId, Json reason, WriteOptions options) {
        return write("closeSession", sessionId, store -> store.closeSession(sessionId, reason, options));
    }

    @Override
    public Mono<Void> purge(String sessionId, WriteOptions options) {
        WriteOptions named = options.idempotencyKey() == null ? options.withIdempotencyKey(root.newId()) : options;
        Mono<Void> now = delegate().purge(sessionId, named);
        return root.writer() != null
                ? now
                : Call.mono(
                        "purge",
                        sessionId,
                        later(
                                root::closed,
                                () -> root.purge(sessionId, named),
                                store -> store.purge(sessionId, named)));
    }

    @Override
    public Mono<StoreStatus> status() {
        return Call.mono("status", null, Mono.defer(() -> {
            SessionStore writer = root.writer();
            return writer == null
                    ? super.delegate().status().map(root::status)
                    : Mono.zip(writer.status(), super.delegate().status(), FullStore::together);
        }));
    }

    /** Returns the writer's status, combined with what is still read through the reader. */
    private static StoreStatus together(StoreStatus writer, StoreStatus reader) {
        return new StoreStatus(
                writer.state(),
                writer.reason(),
                writer.openTails() + reader.openTails(),
                Math.max(writer.slowestTailLag(), reader.slowestTailLag()),
                writer.heldThreads() + reader.heldThreads(),
                writer.loadedSessions() + reader.loadedSessions(),
                writer.loadedBytes() + reader.loadedBytes(),
                writer.unfoldedBytes(),
                writer.refusedSessions());
    }

    @Override
    public Mono<Void> completeTails() {
        return Call.mono("completeTails", null, root.completeTails());
    }

    @Override
    public Mono<Void> closeAsync() {
        return Call.mono("closeAsync", null, Mono.defer(() -> {
            SessionStore writer = root.close();
            Mono<Void> reader = super.delegate().closeAsync();
            return writer == null ? reader : Mono.whenDelayError(writer.closeAsync(), reader);
        }));
    }

    @Override
    public void close() {
        closeAsync().block();
    }
}
