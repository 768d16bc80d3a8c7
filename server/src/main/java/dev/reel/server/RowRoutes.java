package dev.reel.server;

import dev.reel.FeedPlace;
import dev.reel.Ids;
import dev.reel.Json;
import dev.reel.ListCursor;
import dev.reel.Message;
import dev.reel.MessageDelta;
import dev.reel.MessageDraft;
import dev.reel.MessageQuery;
import dev.reel.Role;
import dev.reel.Session;
import dev.reel.SessionDraft;
import dev.reel.SessionNotFoundException;
import dev.reel.SessionPatch;
import dev.reel.SessionQuery;
import dev.reel.SessionState;
import dev.reel.SessionStore;
import dev.reel.Snapshot;
import dev.reel.SnapshotDraft;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The row tables: sessions, messages, snapshots. A request for a row that does not exist is answered with 404; a list
 * for a session that does not exist is empty.
 */
final class RowRoutes {

    static final String SESSIONS = "/v1/sessions";
    static final String SESSION = SESSIONS + "/{session id}";
    static final String MESSAGES = SESSION + "/messages";
    static final String MESSAGE = MESSAGES + "/{message id}";
    static final String SNAPSHOTS = SESSION + "/snapshots";
    static final String SNAPSHOT = "/v1/snapshots/{snapshot id}";

    /** The header with the cursor of the next page; only with {@code limit}. */
    private static final String NEXT_CURSOR = "Reel-Next-Cursor";

    private final SessionStore store;

    RowRoutes(SessionStore store) {
        this.store = store;
    }

    void addTo(Router router) {
        router.add(
                "GET",
                SESSIONS,
                Set.of("parent", "title", "closed", "changed_after", "limit", "cursor", "metadata"),
                this::list);
        router.add("POST", SESSIONS, this::create);
        router.add("GET", SESSION, Set.of(RowsAsOf.VERSION), this::session);
        router.add("PUT", SESSION, this::putSession);
        router.add("PATCH", SESSION, this::updateSession);
        router.add("DELETE", SESSION, Set.of("purge"), this::deleteSession);

        router.add(
                "GET",
                MESSAGES,
                Set.of("after", "before", "last", RowsAsOf.VERSION, RowsAsOf.DIFFERS_FROM),
                this::messages);
        router.add("POST", MESSAGES, exchange -> putMessage(exchange, null));
        router.add("DELETE", MESSAGES, Set.of("after"), this::deleteMessages);
        router.add("GET", MESSAGE, Set.of(RowsAsOf.VERSION), this::message);
        router.add("PUT", MESSAGE, exchange -> putMessage(exchange, exchange.variable(1)));
        router.add("PATCH", MESSAGE, this::appendToMessage);

        router.add("GET", SNAPSHOTS, Set.of(RowsAsOf.VERSION), this::snapshots);
        router.add("POST", SNAPSHOTS, exchange -> putSnapshot(exchange, null));
        router.add("PUT", SNAPSHOTS + "/{snapshot id}", exchange -> putSnapshot(exchange, exchange.variable(1)));
        router.add(
                "DELETE",
                SNAPSHOTS,
                exchange -> exchange.replyCommit(store.deleteSnapshots(exchange.variable(0), exchange.writeOptions())));
        router.add("GET", SNAPSHOT, this::snapshot);
        router.add(
                "GET",
                "/v1/session-ids",
                exchange -> exchange.replyArray(store.sessionIds().map(Json::of)));
    }

    // ---- Sessions

    private Mono<Void> list(Exchange exchange) {
        SessionQuery asked = query(exchange.query());
        Flux<Session> rows = store.listSessions(asked);
        if (asked.limit() == Integer.MAX_VALUE) {
            return exchange.replyArray(rows.map(Session::toJson));
        }
        // Bounded, so that the header can have the cursor of the next page.
        return rows.collectList().flatMap(page -> {
            if (page.size() == asked.limit()) {
                ListCursor next = ListCursor.after(page.get(page.size() - 1));
                exchange.header(NEXT_CURSOR, next.toString());
            }
            return exchange.replyArray(Flux.fromIterable(page).map(Session::toJson));
        });
    }

    private static SessionQuery query(Query in) {
        SessionQuery query = SessionQuery.all();
        String parent = in.text("parent");
        query = parent == null ? query : query.withParent(parent);
        String title = in.text("title");
        query = title == null ? query : query.withTitleContaining(title);
        query = in.has("closed") ? query.withClosed(in.flag("closed")) : query;
        for (String changed : in.list("changed_after")) {
            // An instant contains a 'T', and a place in the feed does not.
            boolean isInstant = changed.indexOf('T') >= 0;
            if (isInstant ? query.changedAfter() != null : query.changedAfterPosition() >= 0) {
                throw HttpProblem.malformed("parameter 'changed_after' must have at most one instant and one place");
            }
            query = isInstant
                    ? query.withChangedAfter(instant("changed_after", changed))
                    : query.withChangedAfter(FeedPlace.parse(changed));
        }
        String metadata = in.text("metadata");
        if (metadata != null) {
            for (var one : new Members(Json.parse(metadata)).all().entrySet()) {
                query = query.withMetadata(one.getKey(), one.getValue());
            }
        }
        if (in.has("limit")) {
            query = query.withLimit((int) in.number("limit", 1, 10_000, 0));
        }
        String cursor = in.text("cursor");
        return cursor == null ? query : query.withCursor(ListCursor.parse(cursor));
    }

    private static Instant instant(String name, String text) {
        try {
            return Instant.parse(text);
        } catch (DateTimeParseException e) {
            throw HttpProblem.malformed("parameter '" + name + "' must be an instant such as 2026-04-26T12:34:56Z");
        }
    }

    private Mono<Void> session(Exchange exchange) {
        String id = exchange.variable(0);
        // Read from the state, which also has the place of the row's last change.
        return RowsAsOf.state(store, exchange)
                .filter(state -> state.session() != null)
                .switchIfEmpty(Mono.error(() -> new SessionNotFoundException(id)))
                .flatMap(state -> exchange.replyAt(
                        state.place(),
                        () -> Objects.requireNonNull(state.session()).toJson()));
    }

    private Mono<Void> create(Exchange exchange) {
        if (exchange.header("Idempotency-Key") != null) {
            throw HttpProblem.malformed("an Idempotency-Key cannot be used if the store generates the session's id;"
                    + " PUT the session under your own id");
        }
        return exchange.body()
                .flatMap(body -> store.createSession(draft(body), exchange.writeOptions()))
                .flatMap(row -> {
                    exchange.header("Location", SESSIONS + "/" + Percent.encode(row.id()));
                    return exchange.reply(201, Exchange.JSON, row.toJson().toBytes());
                });
    }

    private Mono<Void> putSession(Exchange exchange) {
        return exchange.body()
                .flatMap(body -> store.putSession(exchange.variable(0), draft(body), exchange.writeOptions()))
                .flatMap(row -> exchange.reply(row.toJson()));
    }

    private static SessionDraft draft(Json body) {
        Members in = new Members(body);
        SessionDraft draft = SessionDraft.empty()
                .withTitle(in.text("title"))
                .withModel(in.text("model"))
                .withMetadata(in.object("metadata"));
        String parent = in.text("parent_id");
        draft = parent == null ? draft : draft.withParent(parent);
        Instant created = in.instant("created_at");
        draft = created == null ? draft : draft.withCreatedAt(created);
        in.end();
        return draft;
    }

    /** A null member clears the value; a missing member leaves it unchanged. */
    private Mono<Void> updateSession(Exchange exchange) {
        return exchange.body()
                .map(body -> {
                    Members in = new Members(body);
                    SessionPatch patch = SessionPatch.empty();
                    patch = in.has("title") ? patch.withTitle(in.text("title")) : patch;
                    patch = in.has("model") ? patch.withModel(in.text("model")) : patch;
                    patch = in.has("metadata") ? patch.withMetadata(in.object("metadata")) : patch;
                    in.end();
                    return patch;
                })
                .flatMap(patch -> store.updateSession(exchange.variable(0), patch, exchange.writeOptions()))
                .flatMap(row -> exchange.reply(row.toJson()));
    }

    private Mono<Void> deleteSession(Exchange exchange) {
        String id = exchange.variable(0);
        return exchange.query().flag("purge")
                ? store.purge(id, exchange.writeOptions()).then(Mono.defer(() -> exchange.reply(204)))
                : exchange.replyCommit(store.deleteSession(id, exchange.writeOptions()));
    }

    // ---- Messages

    private Mono<Void> messages(Exchange exchange) {
        Query in = exchange.query();
        MessageQuery query = MessageQuery.all();
        query = in.has("after") ? query.withAfter(in.number("after", 0, Long.MAX_VALUE, 0)) : query;
        query = in.has("before") ? query.withBefore(in.number("before", 0, Long.MAX_VALUE, 0)) : query;
        query = in.has("last") ? query.withLast((int) in.number("last", 0, Integer.MAX_VALUE, 0)) : query;
        Flux<Message> rows = in.has(RowsAsOf.VERSION) || in.has(RowsAsOf.DIFFERS_FROM)
                ? RowsAsOf.messages(store, exchange, query)
                : store.listMessages(exchange.variable(0), query);
        return exchange.replyArray(rows.map(Message::toJson));
    }

    private Mono<Void> message(Exchange exchange) {
        String messageId = Ids.check("message id", exchange.variable(1));
        Mono<Message> row = exchange.query().has(RowsAsOf.VERSION)
                ? RowsAsOf.state(store, exchange).mapNotNull(state -> state.message(messageId))
                : store.getMessage(exchange.variable(0), messageId);
        return row.switchIfEmpty(Mono.error(
                        () -> new HttpProblem(404, "message-not-found", "the session has no message with this id")))
                .flatMap(found -> exchange.reply(found.toJson()));
    }

    private Mono<Void> putMessage(Exchange exchange, @Nullable String messageId) {
        return exchange.body()
                .map(body -> {
                    Members in = new Members(body);
                    Role role = role(in);
                    String text = in.text("text");
                    if (in.has("message") == (text != null)) {
                        throw HttpProblem.malformed("the body must have either 'message', any JSON, or 'text'");
                    }
                    MessageDraft draft =
                            text != null ? MessageDraft.of(role, text) : MessageDraft.of(role, in.value("message"));
                    draft = messageId == null ? draft : draft.withId(messageId);
                    Instant at = in.instant("ts");
                    in.end();
                    return at == null ? draft : draft.withAt(at);
                })
                .flatMap(draft -> store.putMessage(exchange.variable(0), draft, exchange.writeOptions()))
                .flatMap(row -> exchange.reply(row.toJson()));
    }

    private static Role role(Members in) {
        Role role = Role.of(in.textOf("role"));
        if (role == null) {
            throw Members.expected("role", "one of user, assistant, system, tool");
        }
        return role;
    }

    private Mono<Void> appendToMessage(Exchange exchange) {
        return exchange.body()
                .map(body -> {
                    Members in = new Members(body);
                    Role role = in.has("role") ? role(in) : Role.ASSISTANT;
                    MessageDelta delta =
                            new MessageDelta(exchange.variable(1), role, in.number("n"), in.textOf("text"));
                    in.end();
                    return delta;
                })
                .flatMap(delta -> exchange.replyCommit(
                        store.appendToMessage(exchange.variable(0), delta, exchange.writeOptions())));
    }

    private Mono<Void> deleteMessages(Exchange exchange) {
        String id = exchange.variable(0);
        String after = exchange.query().text("after");
        return exchange.replyCommit(
                after == null
                        ? store.deleteMessages(id, exchange.writeOptions())
                        : store.deleteMessagesAfter(id, after, exchange.writeOptions()));
    }

    // ---- Snapshots

    private Mono<Void> snapshots(Exchange exchange) {
        Flux<Snapshot> rows = exchange.query().has(RowsAsOf.VERSION)
                ? RowsAsOf.state(store, exchange).flatMapIterable(SessionState::snapshots)
                : store.listSnapshots(exchange.variable(0));
        return exchange.replyArray(rows.map(Snapshot::toJson));
    }

    private Mono<Void> putSnapshot(Exchange exchange, @Nullable String snapshotId) {
        return exchange.body()
                .map(body -> {
                    Members in = new Members(body);
                    if (!in.has("state")) {
                        throw Members.expected("state", "any JSON");
                    }
                    SnapshotDraft draft = SnapshotDraft.of(in.value("state"));
                    draft = snapshotId == null ? draft : draft.withId(snapshotId);
                    String message = in.text("message_id");
                    in.end();
                    return message == null ? draft : draft.withMessage(message);
                })
                .flatMap(draft -> store.putSnapshot(exchange.variable(0), draft, exchange.writeOptions()))
                .flatMap(row -> exchange.reply(row.toJson()));
    }

    private Mono<Void> snapshot(Exchange exchange) {
        return store.getSnapshot(exchange.variable(0))
                .switchIfEmpty(Mono.error(
                        () -> new HttpProblem(404, "snapshot-not-found", "no session has a snapshot with this id")))
                .flatMap(row -> exchange.reply(row.toJson()));
    }
}
