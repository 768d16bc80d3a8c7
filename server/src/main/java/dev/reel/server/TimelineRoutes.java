package dev.reel.server;

import dev.reel.Anchor;
import dev.reel.Checkpoint;
import dev.reel.CheckpointRequest;
import dev.reel.ForkRequest;
import dev.reel.Json;
import dev.reel.ResumeRequest;
import dev.reel.Rewind;
import dev.reel.SessionNotFoundException;
import dev.reel.SessionStore;
import dev.reel.Turn;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** A session and its history: reading the state, resuming, rewinding, forking, taking the turn, and closing. */
final class TimelineRoutes {

    static final String STATE = RowRoutes.SESSION + "/state";
    static final String RESUME = RowRoutes.SESSION + "/resume";
    static final String CHECKPOINT = RowRoutes.SESSION + "/checkpoint";
    static final String REWIND = RowRoutes.SESSION + "/rewind";
    static final String UNDO = RowRoutes.SESSION + "/undo";
    static final String REDO = RowRoutes.SESSION + "/redo";
    static final String FORK = RowRoutes.SESSION + "/fork";
    static final String TURN = RowRoutes.SESSION + "/turn";
    static final String CLOSE = RowRoutes.SESSION + "/close";
    static final String SYNC = "/v1/sync";

    private static final String ANCHORS = "exactly one of {\"message\": id}, {\"snapshot\": id}, {\"version\": number},"
            + " {\"event\": id} and {\"lastUserMessage\": true}";

    private final SessionStore store;

    TimelineRoutes(SessionStore store) {
        this.store = store;
    }

    void addTo(Router router) {
        router.add("GET", STATE, Set.of(RowsAsOf.VERSION), this::state);
        router.add("GET", RESUME, Set.of("up_to_last_user_message"), this::resume);
        router.add("POST", CHECKPOINT, this::checkpoint);
        router.add("POST", REWIND, this::rewind);
        router.add("POST", UNDO, this::undo);
        router.add("POST", REDO, this::redo);
        router.add("POST", FORK, this::fork);
        router.add("POST", TURN, this::turn);
        router.add("POST", CLOSE, this::closeSession);
        router.add("POST", SYNC, this::sync);
    }

    // ---- Reading

    private Mono<Void> state(Exchange exchange) {
        String id = exchange.variable(0);
        return RowsAsOf.state(store, exchange)
                .switchIfEmpty(Mono.error(() -> new SessionNotFoundException(id)))
                .flatMap(found -> exchange.replyAt(found.place(), found::toJson));
    }

    private Mono<Void> resume(Exchange exchange) {
        String id = exchange.variable(0);
        ResumeRequest request = exchange.query().flag("up_to_last_user_message")
                ? ResumeRequest.upToLastUserMessage()
                : ResumeRequest.whole();
        return store.resume(id, request)
                .switchIfEmpty(Mono.error(() -> new SessionNotFoundException(id)))
                .flatMap(found -> exchange.replyAt(found.place(), found::toJson));
    }

    // ---- Writing

    /**
     * A checkpoint that already existed has {@code existed} in its body. Another client may have made it, so it is not
     * a repeat.
     */
    private Mono<Void> checkpoint(Exchange exchange) {
        return exchange.body()
                .map(TimelineRoutes::checkpointRequest)
                .flatMap(request -> store.checkpoint(exchange.variable(0), request, exchange.writeOptions()))
                .map(Checkpoint::toJson)
                .flatMap(exchange::reply);
    }

    private static CheckpointRequest checkpointRequest(Json body) {
        Members in = new Members(body);
        String message = in.text("message");
        CheckpointRequest request = message == null ? CheckpointRequest.atLastMessage() : CheckpointRequest.at(message);
        request = request.withLabel(in.text("label"));
        request = in.has("metadata") ? request.withMetadata(in.value("metadata")) : request;
        String id = in.text("id");
        in.end();
        return id == null ? request : request.withId(id);
    }

    private Mono<Void> rewind(Exchange exchange) {
        return exchange.body()
                .map(body -> anchor("the body", body))
                .flatMap(to -> store.rewind(exchange.variable(0), to, exchange.writeOptions()))
                .map(Rewind::toJson)
                .flatMap(exchange::reply);
    }

    private static Anchor anchor(String what, Json json) {
        if (!json.isObject() || json.members().size() != 1) {
            throw HttpProblem.malformed(what + " must be " + ANCHORS);
        }
        Members in = new Members(json);
        Anchor anchor = anchor(in);
        in.end();
        if (anchor == null) {
            throw HttpProblem.malformed(what + " must be " + ANCHORS);
        }
        return anchor;
    }

    private static @Nullable Anchor anchor(Members in) {
        if (in.has("message")) {
            return Anchor.message(in.textOf("message"));
        }
        if (in.has("snapshot")) {
            return Anchor.snapshot(in.textOf("snapshot"));
        }
        if (in.has("version")) {
            return Anchor.version(in.number("version"));
        }
        if (in.has("event")) {
            return Anchor.event(in.textOf("event"));
        }
        return in.flag("lastUserMessage") ? Anchor.lastUserMessage() : null;
    }

    /** Writes an anchor in the form of a request, for a problem about it. */
    static Json json(Anchor anchor) {
        if (anchor instanceof Anchor.OfMessage message) {
            return Json.object("message", message.id());
        }
        if (anchor instanceof Anchor.OfSnapshot snapshot) {
            return Json.object("snapshot", snapshot.id());
        }
        if (anchor instanceof Anchor.OfVersion version) {
            return Json.object("version", version.version());
        }
        if (anchor instanceof Anchor.OfEvent event) {
            return Json.object("event", event.id());
        }
        return Json.object("lastUserMessage", true);
    }

    private Mono<Void> undo(Exchange exchange) {
        return noMembers(exchange)
                .flatMap(body -> store.undo(exchange.variable(0), exchange.writeOptions()))
                .map(Rewind::toJson)
                .flatMap(exchange::reply);
    }

    private Mono<Void> redo(Exchange exchange) {
        return noMembers(exchange)
                .flatMap(body -> store.redo(exchange.variable(0), exchange.writeOptions()))
                .map(Rewind::toJson)
                .flatMap(exchange::reply);
    }

    private static Mono<Json> noMembers(Exchange exchange) {
        return exchange.body().doOnNext(body -> new Members(body).end());
    }

    private Mono<Void> fork(Exchange exchange) {
        return exchange.body()
                .map(TimelineRoutes::forkRequest)
                .flatMap(request -> store.fork(exchange.variable(0), request, exchange.writeOptions()))
                .flatMap(fork -> {
                    exchange.header("Location", RowRoutes.SESSIONS + "/" + Percent.encode(fork.sessionId()));
                    return exchange.reply(201, Exchange.JSON, fork.toJson().toBytes());
                });
    }

    private static ForkRequest forkRequest(Json body) {
        Members in = new Members(body);
        Json at = in.json("at");
        ForkRequest request = at == null ? ForkRequest.whole() : ForkRequest.at(anchor("member 'at' of the body", at));
        String id = in.text("id");
        request = id == null ? request : request.withId(id);
        String title = in.text("title");
        request = title == null ? request : request.withTitle(title);
        request = in.flag("snapshots") ? request.withSnapshots() : request;
        in.end();
        return request;
    }

    private Mono<Void> turn(Exchange exchange) {
        return exchange.body()
                .map(body -> {
                    Members in = new Members(body);
                    String holder = in.textOf("holder");
                    in.end();
                    return holder;
                })
                .flatMap(holder -> store.takeTurn(exchange.variable(0), holder, exchange.writeOptions()))
                .map(Turn::toJson)
                .flatMap(exchange::reply);
    }

    private Mono<Void> closeSession(Exchange exchange) {
        return exchange.body()
                .map(body -> {
                    Members in = new Members(body);
                    Json reason = in.value("reason");
                    in.end();
                    return reason;
                })
                .flatMap(reason -> exchange.replyCommit(
                        store.closeSession(exchange.variable(0), reason, exchange.writeOptions())));
    }

    private Mono<Void> sync(Exchange exchange) {
        return noMembers(exchange).flatMap(body -> store.sync().then(Mono.defer(() -> exchange.reply(204))));
    }
}
