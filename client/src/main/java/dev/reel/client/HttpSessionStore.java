package dev.reel.client;

import dev.reel.Anchor;
import dev.reel.Checkpoint;
import dev.reel.CheckpointRequest;
import dev.reel.Commit;
import dev.reel.EventDraft;
import dev.reel.ExpectedVersion;
import dev.reel.FeedFilter;
import dev.reel.FeedPlace;
import dev.reel.Fork;
import dev.reel.ForkRequest;
import dev.reel.From;
import dev.reel.IdGenerator;
import dev.reel.Ids;
import dev.reel.InvalidInputException;
import dev.reel.Json;
import dev.reel.JsonLimits;
import dev.reel.LogPlace;
import dev.reel.Message;
import dev.reel.MessageDelta;
import dev.reel.MessageDraft;
import dev.reel.MessageQuery;
import dev.reel.Range;
import dev.reel.ResumeRequest;
import dev.reel.ResumedSession;
import dev.reel.Rewind;
import dev.reel.Session;
import dev.reel.SessionDraft;
import dev.reel.SessionEvent;
import dev.reel.SessionNotFoundException;
import dev.reel.SessionPatch;
import dev.reel.SessionPurgedException;
import dev.reel.SessionQuery;
import dev.reel.SessionState;
import dev.reel.SessionStore;
import dev.reel.Snapshot;
import dev.reel.SnapshotDraft;
import dev.reel.StoreStatus;
import dev.reel.TailOptions;
import dev.reel.TailSignal;
import dev.reel.Turn;
import dev.reel.VersionAheadException;
import dev.reel.WriteOptions;
import dev.reel.spi.LineCodec;
import io.netty.handler.codec.http.HttpMethod;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/**
 * A {@link SessionStore} over the HTTP API of a Reel server.
 *
 * <pre>{@code
 * try (SessionStore store = HttpSessionStore.connect(
 *         URI.create("http://127.0.0.1:7070"), ClientOptions.standard())) {
 *     store.tail("trip", From.start()).subscribe(event -> show(event));
 * }
 * }</pre>
 *
 * <p><b>Writes</b> whose connection fails are repeated, and done once: an append has an id for each of its events, any other
 * write an idempotency key. They are made when the method is called, so that each subscription to a {@code Mono} is the same
 * write. Where no answer comes in the end, {@link dev.reel.AppendUnknownException} says that nobody knows.
 *
 * <p><b>Tails</b> have a connection each. A tail whose connection fails, or on which nothing was received for two heartbeats,
 * connects anew, and goes on after the last event that was delivered, as long as it is subscribed to. {@link
 * TailSignal.Started} comes once.
 *
 * <p><b>States</b> ({@link #state}, {@link #asOf}, {@link #states}) are folded here, from the events of the log.
 *
 * <p>Nothing happens before a subscription. Signals come on the client's event loops, which must not be blocked. {@link #close}
 * closes the connections, and leaves the server's store as it is.
 */
public final class HttpSessionStore implements SessionStore {

    /** How many purges in a row a read of the state survives. */
    private static final int MOST_PURGES = 100;

    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);
    private static final HttpMethod PATCH = HttpMethod.PATCH;

    private static final StoreStatus CLOSED = new StoreStatus(StoreStatus.State.CLOSED, null, 0, 0, 0, 0, 0, 0, 0);

    private final Transport transport;
    private final LineCodec codec;
    private final IdGenerator ids;
    private final RemoteTails tails;

    private HttpSessionStore(Transport transport) {
        this.transport = transport;
        this.ids = transport.options().ids();
        this.codec = LineCodec.of(JsonLimits.DEFAULT, transport.options().upcasters());
        this.tails = new RemoteTails(transport, codec);
    }

    /**
     * A store over a server. No connection is made before the first call.
     *
     * @param server its address: {@code http://host:port}, or {@code https://host:port}
     * @param options how to talk to it
     * @return the store
     * @throws InvalidInputException if the address is not of that form
     */
    public static HttpSessionStore connect(URI server, ClientOptions options) {
        boolean isHttp = "http".equals(server.getScheme()) || "https".equals(server.getScheme());
        if (!isHttp
                || server.getHost() == null
                || server.getUserInfo() != null
                || server.getQuery() != null
                || server.getFragment() != null) {
            throw new InvalidInputException(
                    "the address of a server must be http://host:port or https://host:port, not " + server);
        }
        return new HttpSessionStore(
                new Transport(Objects.requireNonNull(server, "server"), Objects.requireNonNull(options, "options")));
    }

    // ---- Requests

    /** Adds a key if the caller gives none, so that the server recognises a repeated request. */
    private WriteOptions keyed(WriteOptions options) {
        return options.idempotencyKey() == null ? options.withIdempotencyKey(ids.eventId()) : options;
    }

    private static Transport.Request write(
            HttpMethod method,
            Paths path,
            @Nullable Json body,
            String sessionId,
            WriteOptions options,
            @Nullable Anchor anchor) {
        return new Transport.Request(
                method, path.toString(), RequestBodies.headers(options), body, sessionId, options.expected(), anchor);
    }

    /**
     * A write is made when its method is called, so that each subscription is the same one. What goes wrong there is a signal of
     * it all the same.
     */
    private static <T> Mono<T> write(@Nullable String sessionId, Supplier<Mono<T>> make) {
        try {
            return make.get();
        } catch (VirtualMachineError e) {
            return Mono.error(Transport.failed(sessionId, e));
        } catch (RuntimeException e) {
            return Mono.error(e);
        }
    }

    private <T> Mono<T> written(
            HttpMethod method,
            Paths path,
            @Nullable Json body,
            String sessionId,
            WriteOptions options,
            Function<Json, T> read) {
        return answered(write(method, path, body, sessionId, keyed(options), null), read);
    }

    /** Empty if the write found nothing to do. */
    private <T> Mono<T> answered(Transport.Request write, Function<Json, T> read) {
        return transport.call(write).filter(HttpSessionStore::hasBody).map(reply -> read.apply(reply.json()));
    }

    /** The answer to a write that found nothing to do has no body. */
    private static boolean hasBody(Transport.Reply reply) {
        return reply.status() != 204;
    }

    private <T> Mono<T> read(Paths path, @Nullable String sessionId, Function<Json, T> read) {
        return transport.call(Transport.Request.get(path.toString(), sessionId)).map(reply -> read.apply(reply.json()));
    }

    private <T> Flux<T> list(Paths path, @Nullable String sessionId, Function<Json, T> read) {
        return transport
                .call(Transport.Request.get(path.toString(), sessionId))
                .flatMapIterable(reply -> reply.json().elements())
                .map(read);
    }

    // ---- Events

    @Override
    public Mono<Commit> append(String sessionId, List<EventDraft> events, WriteOptions options) {
        Objects.requireNonNull(sessionId, "sessionId");
        Objects.requireNonNull(events, "events");
        Objects.requireNonNull(options, "options");
        return write(sessionId, () -> {
            List<Json> sent = new ArrayList<>(events.size());
            boolean keyed = options.idempotencyKey() != null;
            for (EventDraft draft : events) {
                sent.add(RequestBodies.of(draft, keyed || options.isRecorded() ? null : ids.eventId()));
            }
            Paths path = Paths.session(sessionId).then("/events");
            return answered(write(HttpMethod.POST, path, Json.of(sent), sessionId, options, null), Commit::fromJson);
        });
    }

    @Override
    public Flux<SessionEvent> replay(String sessionId, Range range) {
        Objects.requireNonNull(sessionId, "sessionId");
        Objects.requireNonNull(range, "range");
        return tails.replay(sessionId, range);
    }

    @Override
    public Flux<SessionEvent> tail(String sessionId, From from) {
        Objects.requireNonNull(sessionId, "sessionId");
        Objects.requireNonNull(from, "from");
        return tails.tail(sessionId, from);
    }

    @Override
    public Flux<TailSignal> tailSignals(String sessionId, From from, TailOptions options) {
        Objects.requireNonNull(sessionId, "sessionId");
        Objects.requireNonNull(from, "from");
        Objects.requireNonNull(options, "options");
        return tails.tailSignals(sessionId, from, options);
    }

    @Override
    public Mono<LogPlace> head(String sessionId) {
        Objects.requireNonNull(sessionId, "sessionId");
        return transport.logHead(sessionId).filter(place -> place.version() > 0);
    }

    @Override
    public Flux<String> sessionIds() {
        return list(Paths.of("/session-ids"), null, Json::text);
    }

    // ---- The feed

    @Override
    public Mono<FeedPlace> position() {
        return transport.feedHead();
    }

    @Override
    public Flux<SessionEvent> replayAll(FeedPlace after, FeedFilter filter) {
        Objects.requireNonNull(after, "after");
        Objects.requireNonNull(filter, "filter");
        return tails.replayAll(after, filter);
    }

    @Override
    public Flux<SessionEvent> tailAll(FeedPlace after, FeedFilter filter) {
        Objects.requireNonNull(after, "after");
        Objects.requireNonNull(filter, "filter");
        return tails.tailAll(after, filter);
    }

    @Override
    public Flux<TailSignal> tailAllSignals(FeedPlace after, FeedFilter filter, TailOptions options) {
        Objects.requireNonNull(after, "after");
        Objects.requireNonNull(filter, "filter");
        Objects.requireNonNull(options, "options");
        return tails.tailAllSignals(after, filter, options);
    }

    // ---- Rows

    @Override
    public Mono<Session> getSession(String sessionId) {
        Objects.requireNonNull(sessionId, "sessionId");
        return read(Paths.session(sessionId), sessionId, Session::fromJson)
                .onErrorComplete(SessionNotFoundException.class);
    }

    @Override
    public Flux<Session> listSessions(SessionQuery query) {
        Objects.requireNonNull(query, "query");
        List<String> changedAfter = new ArrayList<>();
        if (query.changedAfter() != null) {
            changedAfter.add(query.changedAfter().toString());
        }
        if (query.changedAfterPosition() >= 0) {
            changedAfter.add(FeedPlace.of(query.changedAfterPosition()).toString());
        }
        Paths path = Paths.of("/sessions")
                .with("parent", query.parentId())
                .with("title", query.titleContains())
                .with("metadata", query.metadata().isEmpty() ? null : Json.of(query.metadata()))
                .with("closed", query.closed())
                .withList("changed_after", changedAfter);
        if (query.limit() != Integer.MAX_VALUE) {
            path.with("limit", query.limit());
        }
        path.with("cursor", query.cursor());
        return list(path, null, Session::fromJson);
    }

    @Override
    public Mono<Message> getMessage(String sessionId, String messageId) {
        Objects.requireNonNull(sessionId, "sessionId");
        Objects.requireNonNull(messageId, "messageId");
        return Mono.defer(() -> read(
                        Paths.session(sessionId).then("/messages/").id(Ids.check("message id", messageId)),
                        sessionId,
                        Message::fromJson))
                .onErrorComplete(Problems.NothingThere.class);
    }

    @Override
    public Flux<Message> listMessages(String sessionId, MessageQuery query) {
        Objects.requireNonNull(sessionId, "sessionId");
        Objects.requireNonNull(query, "query");
        Paths path = Paths.session(sessionId).then("/messages");
        if (query.afterSeq() > 0) {
            path.with("after", query.afterSeq());
        }
        if (query.beforeSeq() != Long.MAX_VALUE) {
            path.with("before", query.beforeSeq());
        }
        if (query.last() != Integer.MAX_VALUE) {
            path.with("last", query.last());
        }
        return list(path, sessionId, Message::fromJson);
    }

    @Override
    public Mono<Snapshot> getSnapshot(String snapshotId) {
        Objects.requireNonNull(snapshotId, "snapshotId");
        return Mono.defer(() -> read(
                        Paths.of("/snapshots/").id(Ids.check("snapshot id", snapshotId)), null, Snapshot::fromJson))
                .onErrorComplete(Problems.NothingThere.class);
    }

    @Override
    public Flux<Snapshot> listSnapshots(String sessionId) {
        Objects.requireNonNull(sessionId, "sessionId");
        return list(Paths.session(sessionId).then("/snapshots"), sessionId, Snapshot::fromJson);
    }

    @Override
    public Mono<Session> putSession(String sessionId, SessionDraft session, WriteOptions options) {
        Objects.requireNonNull(sessionId, "sessionId");
        Objects.requireNonNull(session, "session");
        Objects.requireNonNull(options, "options");
        return write(
                sessionId,
                () -> written(
                        HttpMethod.PUT,
                        Paths.session(sessionId),
                        RequestBodies.of(session),
                        sessionId,
                        options,
                        Session::fromJson));
    }

    /** The id is made here, so that a repetition makes no second session. */
    @Override
    public Mono<Session> createSession(SessionDraft session, WriteOptions options) {
        Objects.requireNonNull(session, "session");
        Objects.requireNonNull(options, "options");
        return write(null, () -> {
            if (options.idempotencyKey() != null) {
                return Mono.error(
                        new InvalidInputException("createSession takes no idempotency key, since a repetition could"
                                + " not find the session; use putSession with an id of your own"));
            }
            return putSession(ids.sessionId(), session, options);
        });
    }

    @Override
    public Mono<Session> updateSession(String sessionId, SessionPatch patch, WriteOptions options) {
        Objects.requireNonNull(sessionId, "sessionId");
        Objects.requireNonNull(patch, "patch");
        Objects.requireNonNull(options, "options");
        return write(sessionId, () -> {
            return written(
                    PATCH, Paths.session(sessionId), RequestBodies.of(patch), sessionId, options, Session::fromJson);
        });
    }

    @Override
    public Mono<Message> putMessage(String sessionId, MessageDraft message, WriteOptions options) {
        Objects.requireNonNull(sessionId, "sessionId");
        Objects.requireNonNull(message, "message");
        Objects.requireNonNull(options, "options");
        return write(sessionId, () -> {
            // Made here, so that a repetition makes no second message; with a key, the server derives it from that.
            String id = message.id() == null && options.idempotencyKey() == null ? ids.messageId() : message.id();
            Paths path = Paths.session(sessionId).then("/messages");
            return written(
                    id == null ? HttpMethod.POST : HttpMethod.PUT,
                    id == null ? path : path.then("/").id(id),
                    RequestBodies.of(message),
                    sessionId,
                    options,
                    Message::fromJson);
        });
    }

    @Override
    public Mono<Commit> appendToMessage(String sessionId, MessageDelta delta, WriteOptions options) {
        Objects.requireNonNull(sessionId, "sessionId");
        Objects.requireNonNull(delta, "delta");
        Objects.requireNonNull(options, "options");
        return write(
                sessionId,
                () -> written(
                        PATCH,
                        Paths.session(sessionId).then("/messages/").id(delta.messageId()),
                        Json.object("role", delta.role().text(), "n", delta.n(), "text", delta.text()),
                        sessionId,
                        options,
                        Commit::fromJson));
    }

    @Override
    public Mono<Snapshot> putSnapshot(String sessionId, SnapshotDraft snapshot, WriteOptions options) {
        Objects.requireNonNull(sessionId, "sessionId");
        Objects.requireNonNull(snapshot, "snapshot");
        Objects.requireNonNull(options, "options");
        return write(sessionId, () -> {
            String id = snapshot.id() == null && options.idempotencyKey() == null ? ids.snapshotId() : snapshot.id();
            Paths path = Paths.session(sessionId).then("/snapshots");
            return written(
                    id == null ? HttpMethod.POST : HttpMethod.PUT,
                    id == null ? path : path.then("/").id(id),
                    RequestBodies.of(snapshot),
                    sessionId,
                    options,
                    Snapshot::fromJson);
        });
    }

    @Override
    public Mono<Commit> deleteSession(String sessionId, WriteOptions options) {
        Objects.requireNonNull(sessionId, "sessionId");
        Objects.requireNonNull(options, "options");
        return write(
                sessionId,
                () -> written(HttpMethod.DELETE, Paths.session(sessionId), null, sessionId, options, Commit::fromJson));
    }

    @Override
    public Mono<Commit> deleteMessagesAfter(String sessionId, String messageId, WriteOptions options) {
        Objects.requireNonNull(sessionId, "sessionId");
        Objects.requireNonNull(messageId, "messageId");
        Objects.requireNonNull(options, "options");
        return write(
                sessionId,
                () -> written(
                        HttpMethod.DELETE,
                        Paths.session(sessionId).then("/messages").with("after", Ids.check("message id", messageId)),
                        null,
                        sessionId,
                        options,
                        Commit::fromJson));
    }

    @Override
    public Mono<Commit> deleteMessages(String sessionId, WriteOptions options) {
        Objects.requireNonNull(sessionId, "sessionId");
        Objects.requireNonNull(options, "options");
        return write(
                sessionId,
                () -> written(
                        HttpMethod.DELETE,
                        Paths.session(sessionId).then("/messages"),
                        null,
                        sessionId,
                        options,
                        Commit::fromJson));
    }

    @Override
    public Mono<Commit> deleteSnapshots(String sessionId, WriteOptions options) {
        Objects.requireNonNull(sessionId, "sessionId");
        Objects.requireNonNull(options, "options");
        return write(
                sessionId,
                () -> written(
                        HttpMethod.DELETE,
                        Paths.session(sessionId).then("/snapshots"),
                        null,
                        sessionId,
                        options,
                        Commit::fromJson));
    }

    // ---- Timeline

    @Override
    public Mono<SessionState> state(String sessionId) {
        Objects.requireNonNull(sessionId, "sessionId");
        return fold(replay(sessionId, Range.all()), sessionId).filter(state -> state.version() > 0);
    }

    @Override
    public Mono<SessionState> asOf(String sessionId, long version) {
        Objects.requireNonNull(sessionId, "sessionId");
        return fold(Flux.defer(() -> replay(sessionId, Range.all().withUpTo(version))), sessionId)
                .flatMap(state -> {
                    if (state.version() == version) {
                        return Mono.just(state);
                    }
                    return state.version() == 0
                            ? Mono.empty()
                            : Mono.error(new VersionAheadException(sessionId, version, state.version()));
                });
    }

    /** Folds a log. If it is purged while it is read, reads what is there after the purge, as a local store would. */
    private static Mono<SessionState> fold(Flux<SessionEvent> events, String sessionId) {
        return events.reduce(SessionState.empty(sessionId), SessionState::apply)
                .retryWhen(Retry.max(MOST_PURGES)
                        .filter(SessionPurgedException.class::isInstance)
                        .onRetryExhaustedThrow((retry, last) -> last.failure()));
    }

    @Override
    public Flux<SessionState> states(String sessionId) {
        Objects.requireNonNull(sessionId, "sessionId");
        return tails.states(sessionId);
    }

    @Override
    public Mono<ResumedSession> resume(String sessionId, ResumeRequest request) {
        Objects.requireNonNull(sessionId, "sessionId");
        Objects.requireNonNull(request, "request");
        return read(
                        Paths.session(sessionId)
                                .then("/resume")
                                .with("up_to_last_user_message", request.isUpToLastUserMessage() ? true : null),
                        sessionId,
                        ResumedSession::fromJson)
                .onErrorComplete(SessionNotFoundException.class);
    }

    @Override
    public Mono<Checkpoint> checkpoint(String sessionId, CheckpointRequest request, WriteOptions options) {
        Objects.requireNonNull(sessionId, "sessionId");
        Objects.requireNonNull(request, "request");
        Objects.requireNonNull(options, "options");
        return write(sessionId, () -> {
            String id = request.id() == null && options.idempotencyKey() == null ? ids.snapshotId() : request.id();
            return post(sessionId, "/checkpoint", RequestBodies.of(request, id), options, Checkpoint::fromJson, null);
        });
    }

    private <T> Mono<T> post(
            String sessionId,
            String words,
            Json body,
            WriteOptions options,
            Function<Json, T> read,
            @Nullable Anchor anchor) {
        Paths path = Paths.session(sessionId).then(words);
        return answered(write(HttpMethod.POST, path, body, sessionId, keyed(options), anchor), read);
    }

    @Override
    public Mono<Rewind> rewind(String sessionId, Anchor to, WriteOptions options) {
        Objects.requireNonNull(sessionId, "sessionId");
        Objects.requireNonNull(to, "to");
        Objects.requireNonNull(options, "options");
        return write(sessionId, () -> post(sessionId, "/rewind", RequestBodies.of(to), options, Rewind::fromJson, to));
    }

    @Override
    public Mono<Rewind> undo(String sessionId, WriteOptions options) {
        Objects.requireNonNull(sessionId, "sessionId");
        Objects.requireNonNull(options, "options");
        return write(
                sessionId,
                () -> post(sessionId, "/undo", Json.EMPTY_OBJECT, options, Rewind::fromJson, Anchor.lastUserMessage()));
    }

    @Override
    public Mono<Rewind> redo(String sessionId, WriteOptions options) {
        Objects.requireNonNull(sessionId, "sessionId");
        Objects.requireNonNull(options, "options");
        return write(sessionId, () -> post(sessionId, "/redo", Json.EMPTY_OBJECT, options, Rewind::fromJson, null));
    }

    @Override
    public Mono<Fork> fork(String sessionId, ForkRequest request, WriteOptions options) {
        Objects.requireNonNull(sessionId, "sessionId");
        Objects.requireNonNull(request, "request");
        Objects.requireNonNull(options, "options");
        return write(sessionId, () -> {
            // Made here, so that a repetition makes no second fork.
            String id = request.id() == null && options.idempotencyKey() == null ? ids.sessionId() : request.id();
            return post(sessionId, "/fork", RequestBodies.of(request, id), options, Fork::fromJson, request.at());
        });
    }

    @Override
    public Mono<Turn> takeTurn(String sessionId, String holder, WriteOptions options) {
        Objects.requireNonNull(sessionId, "sessionId");
        Objects.requireNonNull(holder, "holder");
        Objects.requireNonNull(options, "options");
        return write(
                sessionId,
                () -> post(
                        sessionId,
                        "/turn",
                        Json.object("holder", Ids.check("holder", holder)),
                        options,
                        Turn::fromJson,
                        null));
    }

    @Override
    public Mono<Commit> closeSession(String sessionId, Json reason, WriteOptions options) {
        Objects.requireNonNull(sessionId, "sessionId");
        Objects.requireNonNull(reason, "reason");
        Objects.requireNonNull(options, "options");
        return write(
                sessionId,
                () -> post(sessionId, "/close", Json.object("reason", reason), options, Commit::fromJson, null));
    }

    @Override
    public Mono<Void> purge(String sessionId, WriteOptions options) {
        Objects.requireNonNull(sessionId, "sessionId");
        Objects.requireNonNull(options, "options");
        return write(sessionId, () -> {
            Paths path = Paths.session(sessionId).with("purge", true);
            return transport
                    .call(write(HttpMethod.DELETE, path, null, sessionId, keyed(options), null))
                    .then();
        });
    }

    // ---- The store

    @Override
    public Mono<Void> sync() {
        return transport
                .call(new Transport.Request(
                        HttpMethod.POST, "/v1/sync", List.of(), null, null, ExpectedVersion.any(), null))
                .then();
    }

    @Override
    public Mono<StoreStatus> status() {
        return Mono.defer(() -> transport.isClosed()
                ? Mono.just(CLOSED)
                : transport.health().map(reply -> StoreStatus.fromJson(reply.json())));
    }

    @Override
    public Mono<Void> completeTails() {
        return Mono.fromRunnable(tails::complete);
    }

    @Override
    public Mono<Void> closeAsync() {
        return transport.finishWrites().then(Mono.defer(tails::close)).then(Mono.defer(transport::close));
    }

    /** Blocks until the connections are closed, for a few seconds at most. */
    @Override
    public void close() {
        closeAsync().block(CLOSE_TIMEOUT);
    }
}
