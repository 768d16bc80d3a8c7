package dev.reel;

import java.util.List;
import java.util.Objects;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A store that forwards every call to another store. Extend it to wrap a store: to meter it, to guard it, or to make it
 * fail in a test.
 *
 * <pre>{@code
 * class ReadOnlyStore extends ForwardingSessionStore {
 *     ReadOnlyStore(SessionStore delegate) {
 *         super(delegate);
 *     }
 *
 *     @Override
 *     protected <T> Mono<T> write(
 *             String method, String sessionId, WriteOptions options, BiFunction<SessionStore, WriteOptions, Mono<T>> write) {
 *         return Mono.error(new UnsupportedOperationException(method + ": this store is read only"));
 *     }
 * }
 * }</pre>
 *
 * <p>Only the full form of each method is forwarded. The short forms of the interfaces ({@code append(id, event)},
 * {@code undo(id)}, …) call the full form <em>of the wrapper</em>, so overriding one method is enough. A row write
 * appends an event inside the store, but does not call {@link #append}.
 *
 * <p>To act on all writes or all reads, override a hook: {@link #write}, {@link #read} or {@link #readMany}. Every
 * method passes its call through one of them, except {@code sync}, {@code status}, {@code completeTails} and closing.
 *
 * <p>The class adds no threads, buffers or state.
 */
public abstract class ForwardingSessionStore implements SessionStore {

    private final SessionStore delegate;

    /**
     * Wraps a store.
     *
     * @param delegate the store to forward to; closing the wrapper closes it
     */
    protected ForwardingSessionStore(SessionStore delegate) {
        this.delegate = Objects.requireNonNull(delegate, "delegate");
    }

    /**
     * Returns the store to forward to; called for each call. Override it in a wrapper that switches between stores.
     *
     * @return the store that was passed to the constructor
     */
    protected SessionStore delegate() {
        return delegate;
    }

    /**
     * The hook of all writes: every call with {@link WriteOptions} passes through it. Override it to act on all writes.
     *
     * <p>It may call {@code write} with another store or with other options, later, several times, or not at all. Each
     * call returns a new write, which does nothing before it is subscribed to.
     *
     * @param <T> the type of the answer
     * @param method the name of the called method, for example {@code append}
     * @param sessionId the session, or null for {@code createSession}, where the store may choose the id
     * @param options the options that the caller passed
     * @param write calls the method on a store
     * @return the write for the caller; unless overridden, that of the {@link #delegate()}
     */
    protected <T> Mono<T> write(
            String method,
            @Nullable String sessionId,
            WriteOptions options,
            BiFunction<SessionStore, WriteOptions, Mono<T>> write) {
        return write.apply(delegate(), options);
    }

    /**
     * The hook of all reads that return a {@code Mono}, such as {@link #getSession} or {@link #state}. Override it to act on
     * all of them.
     *
     * @param <T> the type of the answer
     * @param method the name of the called method
     * @param sessionId the session, or null if the method has none
     * @param read calls the method on a store
     * @return the read for the caller; unless overridden, that of the {@link #delegate()}
     */
    protected <T> Mono<T> read(String method, @Nullable String sessionId, Function<SessionStore, Mono<T>> read) {
        return read.apply(delegate());
    }

    /**
     * The hook of all reads that return a {@code Flux}: lists, replays, tails and {@code states}. Override it to act on
     * all of them.
     *
     * @param <T> the type of the items
     * @param method the name of the called method
     * @param sessionId the session, or null if the method has none
     * @param read calls the method on a store
     * @return the read for the caller; unless overridden, that of the {@link #delegate()}
     */
    protected <T> Flux<T> readMany(String method, @Nullable String sessionId, Function<SessionStore, Flux<T>> read) {
        return read.apply(delegate());
    }

    @Override
    public Mono<Commit> append(String sessionId, List<EventDraft> events, WriteOptions options) {
        return write("append", sessionId, options, (store, with) -> store.append(sessionId, events, with));
    }

    @Override
    public Flux<SessionEvent> replay(String sessionId, Range range) {
        return readMany("replay", sessionId, store -> store.replay(sessionId, range));
    }

    @Override
    public Flux<SessionEvent> tail(String sessionId, From from) {
        return readMany("tail", sessionId, store -> store.tail(sessionId, from));
    }

    @Override
    public Flux<TailSignal> tailSignals(String sessionId, From from, TailOptions options) {
        return readMany("tailSignals", sessionId, store -> store.tailSignals(sessionId, from, options));
    }

    @Override
    public Mono<LogPlace> head(String sessionId) {
        return read("head", sessionId, store -> store.head(sessionId));
    }

    @Override
    public Flux<String> sessionIds() {
        return readMany("sessionIds", null, store -> store.sessionIds());
    }

    @Override
    public Mono<FeedPlace> position() {
        return read("position", null, store -> store.position());
    }

    @Override
    public Flux<SessionEvent> replayAll(FeedPlace after, FeedFilter filter) {
        return readMany("replayAll", null, store -> store.replayAll(after, filter));
    }

    @Override
    public Flux<SessionEvent> tailAll(FeedPlace after, FeedFilter filter) {
        return readMany("tailAll", null, store -> store.tailAll(after, filter));
    }

    @Override
    public Flux<TailSignal> tailAllSignals(FeedPlace after, FeedFilter filter, TailOptions options) {
        return readMany("tailAllSignals", null, store -> store.tailAllSignals(after, filter, options));
    }

    @Override
    public Mono<Session> getSession(String sessionId) {
        return read("getSession", sessionId, store -> store.getSession(sessionId));
    }

    @Override
    public Flux<Session> listSessions(SessionQuery query) {
        return readMany("listSessions", null, store -> store.listSessions(query));
    }

    @Override
    public Mono<Message> getMessage(String sessionId, String messageId) {
        return read("getMessage", sessionId, store -> store.getMessage(sessionId, messageId));
    }

    @Override
    public Flux<Message> listMessages(String sessionId, MessageQuery query) {
        return readMany("listMessages", sessionId, store -> store.listMessages(sessionId, query));
    }

    @Override
    public Mono<Snapshot> getSnapshot(String snapshotId) {
        return read("getSnapshot", null, store -> store.getSnapshot(snapshotId));
    }

    @Override
    public Flux<Snapshot> listSnapshots(String sessionId) {
        return readMany("listSnapshots", sessionId, store -> store.listSnapshots(sessionId));
    }

    @Override
    public Mono<Session> putSession(String sessionId, SessionDraft session, WriteOptions options) {
        return write("putSession", sessionId, options, (store, with) -> store.putSession(sessionId, session, with));
    }

    @Override
    public Mono<Session> createSession(SessionDraft session, WriteOptions options) {
        return write("createSession", null, options, (store, with) -> store.createSession(session, with));
    }

    @Override
    public Mono<Session> updateSession(String sessionId, SessionPatch patch, WriteOptions options) {
        return write("updateSession", sessionId, options, (store, with) -> store.updateSession(sessionId, patch, with));
    }

    @Override
    public Mono<Message> putMessage(String sessionId, MessageDraft message, WriteOptions options) {
        return write("putMessage", sessionId, options, (store, with) -> store.putMessage(sessionId, message, with));
    }

    @Override
    public Mono<Commit> appendToMessage(String sessionId, MessageDelta delta, WriteOptions options) {
        return write(
                "appendToMessage", sessionId, options, (store, with) -> store.appendToMessage(sessionId, delta, with));
    }

    @Override
    public Mono<Snapshot> putSnapshot(String sessionId, SnapshotDraft snapshot, WriteOptions options) {
        return write("putSnapshot", sessionId, options, (store, with) -> store.putSnapshot(sessionId, snapshot, with));
    }

    @Override
    public Mono<Commit> deleteSession(String sessionId, WriteOptions options) {
        return write("deleteSession", sessionId, options, (store, with) -> store.deleteSession(sessionId, with));
    }

    @Override
    public Mono<Commit> deleteMessagesAfter(String sessionId, String messageId, WriteOptions options) {
        return write(
                "deleteMessagesAfter",
                sessionId,
                options,
                (store, with) -> store.deleteMessagesAfter(sessionId, messageId, with));
    }

    @Override
    public Mono<Commit> deleteMessages(String sessionId, WriteOptions options) {
        return write("deleteMessages", sessionId, options, (store, with) -> store.deleteMessages(sessionId, with));
    }

    @Override
    public Mono<Commit> deleteSnapshots(String sessionId, WriteOptions options) {
        return write("deleteSnapshots", sessionId, options, (store, with) -> store.deleteSnapshots(sessionId, with));
    }

    @Override
    public Mono<SessionState> state(String sessionId) {
        return read("state", sessionId, store -> store.state(sessionId));
    }

    @Override
    public Mono<SessionState> asOf(String sessionId, long version) {
        return read("asOf", sessionId, store -> store.asOf(sessionId, version));
    }

    @Override
    public Flux<SessionState> states(String sessionId) {
        return readMany("states", sessionId, store -> store.states(sessionId));
    }

    @Override
    public Mono<ResumedSession> resume(String sessionId, ResumeRequest request) {
        return read("resume", sessionId, store -> store.resume(sessionId, request));
    }

    @Override
    public Mono<Checkpoint> checkpoint(String sessionId, CheckpointRequest request, WriteOptions options) {
        return write("checkpoint", sessionId, options, (store, with) -> store.checkpoint(sessionId, request, with));
    }

    @Override
    public Mono<Rewind> rewind(String sessionId, Anchor to, WriteOptions options) {
        return write("rewind", sessionId, options, (store, with) -> store.rewind(sessionId, to, with));
    }

    @Override
    public Mono<Rewind> undo(String sessionId, WriteOptions options) {
        return write("undo", sessionId, options, (store, with) -> store.undo(sessionId, with));
    }

    @Override
    public Mono<Rewind> redo(String sessionId, WriteOptions options) {
        return write("redo", sessionId, options, (store, with) -> store.redo(sessionId, with));
    }

    @Override
    public Mono<Fork> fork(String sessionId, ForkRequest request, WriteOptions options) {
        return write("fork", sessionId, options, (store, with) -> store.fork(sessionId, request, with));
    }

    @Override
    public Mono<Turn> takeTurn(String sessionId, String holder, WriteOptions options) {
        return write("takeTurn", sessionId, options, (store, with) -> store.takeTurn(sessionId, holder, with));
    }

    @Override
    public Mono<Commit> closeSession(String sessionId, Json reason, WriteOptions options) {
        return write("closeSession", sessionId, options, (store, with) -> store.closeSession(sessionId, reason, with));
    }

    @Override
    public Mono<Void> purge(String sessionId, WriteOptions options) {
        return write("purge", sessionId, options, (store, with) -> store.purge(sessionId, with));
    }

    @Override
    public Mono<Void> sync() {
        return delegate().sync();
    }

    @Override
    public Mono<StoreStatus> status() {
        return delegate().status();
    }

    @Override
    public Mono<Void> completeTails() {
        return delegate().completeTails();
    }

    @Override
    public Mono<Void> closeAsync() {
        return delegate().closeAsync();
    }

    @Override
    public void close() {
        delegate().close();
    }
}
