package dev.reel;

import java.util.List;
import java.util.Objects;
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
 *     public Mono<Commit> append(String sessionId, List<EventDraft> events, WriteOptions options) {
 *         return Mono.error(new UnsupportedOperationException("read only"));
 *     }
 *     // … and the other writes
 * }
 * }</pre>
 *
 * <p>Only the full form of each method is forwarded. The short forms of the interfaces ({@code append(id, event)},
 * {@code undo(id)}, …) call the full form <em>of the wrapper</em>, so overriding one method is enough. A row write
 * appends an event inside the store, but does not call {@link #append}: to intercept every write, override all write
 * methods.
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

    @Override
    public Mono<Commit> append(String sessionId, List<EventDraft> events, WriteOptions options) {
        return delegate().append(sessionId, events, options);
    }

    @Override
    public Flux<SessionEvent> replay(String sessionId, Range range) {
        return delegate().replay(sessionId, range);
    }

    @Override
    public Flux<SessionEvent> tail(String sessionId, From from) {
        return delegate().tail(sessionId, from);
    }

    @Override
    public Flux<TailSignal> tailSignals(String sessionId, From from, TailOptions options) {
        return delegate().tailSignals(sessionId, from, options);
    }

    @Override
    public Mono<LogPlace> head(String sessionId) {
        return delegate().head(sessionId);
    }

    @Override
    public Flux<String> sessionIds() {
        return delegate().sessionIds();
    }

    @Override
    public Mono<FeedPlace> position() {
        return delegate().position();
    }

    @Override
    public Flux<SessionEvent> replayAll(FeedPlace after, FeedFilter filter) {
        return delegate().replayAll(after, filter);
    }

    @Override
    public Flux<SessionEvent> tailAll(FeedPlace after, FeedFilter filter) {
        return delegate().tailAll(after, filter);
    }

    @Override
    public Flux<TailSignal> tailAllSignals(FeedPlace after, FeedFilter filter, TailOptions options) {
        return delegate().tailAllSignals(after, filter, options);
    }

    @Override
    public Mono<Session> getSession(String sessionId) {
        return delegate().getSession(sessionId);
    }

    @Override
    public Flux<Session> listSessions(SessionQuery query) {
        return delegate().listSessions(query);
    }

    @Override
    public Mono<Message> getMessage(String sessionId, String messageId) {
        return delegate().getMessage(sessionId, messageId);
    }

    @Override
    public Flux<Message> listMessages(String sessionId, MessageQuery query) {
        return delegate().listMessages(sessionId, query);
    }

    @Override
    public Mono<Snapshot> getSnapshot(String snapshotId) {
        return delegate().getSnapshot(snapshotId);
    }

    @Override
    public Flux<Snapshot> listSnapshots(String sessionId) {
        return delegate().listSnapshots(sessionId);
    }

    @Override
    public Mono<Session> putSession(String sessionId, SessionDraft session, WriteOptions options) {
        return delegate().putSession(sessionId, session, options);
    }

    @Override
    public Mono<Session> createSession(SessionDraft session, WriteOptions options) {
        return delegate().createSession(session, options);
    }

    @Override
    public Mono<Session> updateSession(String sessionId, SessionPatch patch, WriteOptions options) {
        return delegate().updateSession(sessionId, patch, options);
    }

    @Override
    public Mono<Message> putMessage(String sessionId, MessageDraft message, WriteOptions options) {
        return delegate().putMessage(sessionId, message, options);
    }

    @Override
    public Mono<Commit> appendToMessage(String sessionId, MessageDelta delta, WriteOptions options) {
        return delegate().appendToMessage(sessionId, delta, options);
    }

    @Override
    public Mono<Snapshot> putSnapshot(String sessionId, SnapshotDraft snapshot, WriteOptions options) {
        return delegate().putSnapshot(sessionId, snapshot, options);
    }

    @Override
    public Mono<Commit> deleteSession(String sessionId, WriteOptions options) {
        return delegate().deleteSession(sessionId, options);
    }

    @Override
    public Mono<Commit> deleteMessagesAfter(String sessionId, String messageId, WriteOptions options) {
        return delegate().deleteMessagesAfter(sessionId, messageId, options);
    }

    @Override
    public Mono<Commit> deleteMessages(String sessionId, WriteOptions options) {
        return delegate().deleteMessages(sessionId, options);
    }

    @Override
    public Mono<Commit> deleteSnapshots(String sessionId, WriteOptions options) {
        return delegate().deleteSnapshots(sessionId, options);
    }

    @Override
    public Mono<SessionState> state(String sessionId) {
        return delegate().state(sessionId);
    }

    @Override
    public Mono<SessionState> asOf(String sessionId, long version) {
        return delegate().asOf(sessionId, version);
    }

    @Override
    public Flux<SessionState> states(String sessionId) {
        return delegate().states(sessionId);
    }

    @Override
    public Mono<ResumedSession> resume(String sessionId, ResumeRequest request) {
        return delegate().resume(sessionId, request);
    }

    @Override
    public Mono<Checkpoint> checkpoint(String sessionId, CheckpointRequest request, WriteOptions options) {
        return delegate().checkpoint(sessionId, request, options);
    }

    @Override
    public Mono<Rewind> rewind(String sessionId, Anchor to, WriteOptions options) {
        return delegate().rewind(sessionId, to, options);
    }

    @Override
    public Mono<Rewind> undo(String sessionId, WriteOptions options) {
        return delegate().undo(sessionId, options);
    }

    @Override
    public Mono<Rewind> redo(String sessionId, WriteOptions options) {
        return delegate().redo(sessionId, options);
    }

    @Override
    public Mono<Fork> fork(String sessionId, ForkRequest request, WriteOptions options) {
        return delegate().fork(sessionId, request, options);
    }

    @Override
    public Mono<Turn> takeTurn(String sessionId, String holder, WriteOptions options) {
        return delegate().takeTurn(sessionId, holder, options);
    }

    @Override
    public Mono<Commit> closeSession(String sessionId, Json reason, WriteOptions options) {
        return delegate().closeSession(sessionId, reason, options);
    }

    @Override
    public Mono<Void> purge(String sessionId, WriteOptions options) {
        return delegate().purge(sessionId, options);
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
