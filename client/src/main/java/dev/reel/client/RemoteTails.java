package dev.reel.client;

import dev.reel.FeedFilter;
import dev.reel.FeedPlace;
import dev.reel.From;
import dev.reel.Ids;
import dev.reel.Json;
import dev.reel.LogPlace;
import dev.reel.Place;
import dev.reel.Range;
import dev.reel.SessionEvent;
import dev.reel.SessionPurgedException;
import dev.reel.StoreClosedException;
import dev.reel.TailOptions;
import dev.reel.TailSignal;
import dev.reel.spi.LineCodec;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.publisher.SynchronousSink;

/**
 * Events that are read or followed over a connection.
 *
 * <p><b>Reading</b> is one answer of lines. If the connection fails in the middle, the read goes on after the last event that was
 * delivered.
 *
 * <p><b>Following</b> is a stream of server-sent events. Its place is that of the last signal; a new connection begins there.
 * {@code reel:end} says why a stream ends: {@code closed} completes the tail, {@code purged} fails it, and with {@code
 * shutdown} the tail connects anew, as for a connection that broke: the server will be back.
 *
 * <p>Demand reaches the socket: nothing is read that was not asked for, but for what lies in one buffer of it.
 */
final class RemoteTails {

    /** A stream that was ended by the server, which will be back. */
    private static final class Ended extends IOException {

        private static final long serialVersionUID = 1;

        Ended(String why) {
            super(why);
        }
    }

    /** In seconds; the longest that a server takes. */
    private static final long MAX_IDLE = Duration.ofDays(1).toSeconds();

    private final Transport transport;
    private final LineCodec codec;
    private final Sinks.Empty<Void> closing = Sinks.empty();
    private volatile Sinks.Empty<Void> completing = Sinks.empty();
    private volatile boolean completes;

    RemoteTails(Transport transport, LineCodec codec) {
        this.transport = transport;
        this.codec = codec;
    }

    /** Completes what is open now; what is opened later completes when it has caught up. */
    void complete() {
        completes = true;
        completing.tryEmitEmpty();
    }

    void close() {
        complete();
        closing.tryEmitEmpty();
    }

    /** Nothing before the subscription; nothing at all when the store is closed. */
    private <T> Flux<T> open(Supplier<Flux<T>> source) {
        return Checked.demand(
                Flux.defer(() -> transport.isClosed() ? Flux.error(new StoreClosedException()) : source.get()));
    }

    // ---- Reading

    Flux<SessionEvent> replay(String sessionId, Range range) {
        return open(() -> {
            Ids.check("session id", sessionId);
            LogPlace[] seen = new LogPlace[1];
            long[] left = {range.last()};
            Flux<SessionEvent> once = Flux.defer(() -> lines(
                            path(sessionId, range, seen[0], left[0]), sessionId, line -> codec.decode(sessionId, line)))
                    .doOnNext(event -> {
                        seen[0] = event.place();
                        left[0]--;
                    });
            return goingOn(Transport.Request.get("", sessionId), once);
        });
    }

    private static String path(String sessionId, Range range, @Nullable LogPlace seen, long last) {
        Paths path = Paths.session(sessionId).then("/events");
        LogPlace place = seen == null ? range.afterPlace() : seen;
        if (place != null) {
            path.with("offset", place);
        } else if (range.after() > 0) {
            path.with("after", range.after());
        }
        if (range.upTo() != Long.MAX_VALUE) {
            path.with("up_to", range.upTo());
        }
        if (range.last() != Long.MAX_VALUE) {
            path.with("last", last);
        }
        return path.withList("types", range.types()).toString();
    }

    Flux<SessionEvent> replayAll(FeedPlace after, FeedFilter filter) {
        return open(() -> {
            FeedPlace[] at = {after};
            long[] left = {filter.last()};
            Flux<SessionEvent> once = Flux.defer(
                            () -> lines(path(at[0], filter, left[0]).toString(), null, this::ofFeed))
                    .doOnNext(event -> {
                        at[0] = FeedPlace.of(event.position());
                        left[0]--;
                    });
            return goingOn(Transport.Request.get("", null), once);
        });
    }

    private static Paths path(FeedPlace after, FeedFilter filter, long last) {
        Paths path = Paths.of("/events").with("after", after).withList("types", filter.types());
        if (!filter.sessionPrefix().isEmpty()) {
            path.with("prefix", filter.sessionPrefix());
        }
        if (filter.upTo() != Long.MAX_VALUE) {
            path.with("up_to", filter.upTo());
        }
        if (filter.last() != Long.MAX_VALUE) {
            path.with("last", last);
        }
        return path;
    }

    /** {@code {"session":id,"event":line}}; the line is cut out, so that its checksum holds. */
    private SessionEvent ofFeed(byte[] bytes) {
        Json object = Json.parse(bytes);
        String sessionId = Objects.requireNonNull(object.textOf("session"), "session");
        return codec.decode(
                sessionId, Objects.requireNonNull(object.get("event"), "event").toBytes());
    }

    private <T> Flux<T> lines(String path, @Nullable String sessionId, Function<byte[], T> read) {
        Transport.Request request =
                Transport.Request.get(path, sessionId).with(List.of("Accept", "application/x-ndjson"));
        return transport.stream(request, () -> new Splitter()::lines).map(read);
    }

    /** Repeats what a connection broke off; {@code once} knows how far it came. */
    private <T> Flux<T> goingOn(Transport.Request request, Flux<T> once) {
        return once.retryWhen(transport.retry()).onErrorMap(Transport::isOfConnection, e -> transport.lost(request, e));
    }

    // ---- Following

    Flux<TailSignal> tail(String sessionId, From from, TailOptions options) {
        return follow(
                sessionId,
                place -> {
                    Paths path = Paths.session(sessionId).then("/events");
                    if (place != null) {
                        path.with("offset", place);
                    } else if (from instanceof From.After after) {
                        path.with("offset", after.place());
                    } else if (from instanceof From.Last last) {
                        path.with("last", last.count());
                    } else if (from.equals(From.now())) {
                        path.with("offset", "now");
                    }
                    return withOptions(path, options);
                },
                LogPlace::parse,
                data -> codec.decode(sessionId, data));
    }

    Flux<TailSignal> tailAll(FeedPlace after, FeedFilter filter, TailOptions options) {
        return follow(
                null,
                place -> withOptions(
                        place == null
                                ? path(after, filter, filter.last())
                                : path((FeedPlace) place, filter.withLast(Long.MAX_VALUE), Long.MAX_VALUE),
                        options),
                FeedPlace::parse,
                this::ofFeed);
    }

    private static String withOptions(Paths path, TailOptions options) {
        Duration idle = options.idle();
        return path.with("lag", options.lag() == TailOptions.standard().lag() ? null : options.lag())
                .with("idle", idle == null ? null : Math.max(1, Math.min(MAX_IDLE, idle.toSeconds())))
                .toString();
    }

    private Flux<TailSignal> follow(
            @Nullable String sessionId,
            Function<@Nullable Place, String> path,
            Function<String, Place> parse,
            Function<byte[], SessionEvent> read) {
        return open(() -> {
            if (sessionId != null) {
                Ids.check("session id", sessionId);
            }
            Follower follower = new Follower(sessionId, path, parse, read);
            Flux<TailSignal> signals = Flux.defer(follower::connect)
                    .retryWhen(transport.retryForEver())
                    .takeUntilOther(closing.asMono());
            // Who comes when tails are to complete gets what is there.
            return completes
                    ? signals.takeUntil(signal -> signal.kind() == TailSignal.Kind.CAUGHT_UP)
                    : signals.takeUntilOther(completing.asMono());
        });
    }

    /** One subscription to a tail, over any number of connections. */
    private final class Follower {

        private final @Nullable String sessionId;
        private final Function<@Nullable Place, String> path;
        private final Function<String, Place> parse;
        private final Function<byte[], SessionEvent> read;
        private @Nullable Place at;
        private boolean caughtUp;
        private boolean over;

        Follower(
                @Nullable String sessionId,
                Function<@Nullable Place, String> path,
                Function<String, Place> parse,
                Function<byte[], SessionEvent> read) {
            this.sessionId = sessionId;
            this.path = path;
            this.parse = parse;
            this.read = read;
        }

        Flux<TailSignal> connect() {
            Transport.Request request =
                    Transport.Request.get(path.apply(at), sessionId).with(List.of("Accept", "text/event-stream"));
            return transport
                    .tail(request, this::nothingFollows, () -> new SseEvents()::events)
                    .<TailSignal>handle((event, sink) -> {
                        if (event.name().equals("reel:end")) {
                            end(Json.parse(event.data()), sink);
                        } else {
                            TailSignal signal = signal(event);
                            if (signal != null) {
                                sink.next(signal);
                            }
                        }
                    })
                    .concatWith(Mono.defer(() -> over ? Mono.empty() : Mono.error(new Ended("the stream broke off"))));
        }

        /** The server has nothing to send: the session is closed, and all was delivered; or it was purged. */
        private void nothingFollows(boolean closed) {
            over = true;
            if (!closed) {
                throw new SessionPurgedException(String.valueOf(sessionId));
            }
        }

        private void end(Json data, SynchronousSink<TailSignal> sink) {
            String reason = String.valueOf(data.textOf("reason"));
            boolean whole = !Json.of(true).equals(data.get("incomplete"));
            if (reason.equals("purged") && !whole) {
                sink.error(new SessionPurgedException(String.valueOf(sessionId)));
            } else if (reason.equals("closed") || reason.equals("purged") || reason.equals("up-to")) {
                over = true;
                sink.complete();
            } else {
                sink.error(new Ended("the server ended the stream: " + reason));
            }
        }

        /** Null for what a new connection tells a second time. */
        private @Nullable TailSignal signal(SseEvents.Event event) {
            boolean first = at == null;
            Place place = parse.apply(String.valueOf(event.id()));
            at = place;
            return switch (event.name()) {
                case "reel:started" -> first ? new TailSignal.Started(place) : null;
                case "reel:caught-up" -> {
                    boolean again = caughtUp;
                    caughtUp = true;
                    yield again ? null : new TailSignal.CaughtUp(place);
                }
                case "reel:fell-behind" -> {
                    caughtUp = false;
                    Long published = Json.parse(event.data()).longOf("published");
                    yield new TailSignal.FellBehind(place, published == null ? 0 : published);
                }
                case "reel:idle" -> new TailSignal.Idle(place);
                case "reel:passed" -> new TailSignal.Passed(place);
                default -> new TailSignal.Recorded(read.apply(event.data()), place);
            };
        }
    }
}
