package dev.reel.client;

import dev.reel.FeedFilter;
import dev.reel.FeedPlace;
import dev.reel.From;
import dev.reel.Ids;
import dev.reel.Json;
import dev.reel.LogChangedException;
import dev.reel.LogPlace;
import dev.reel.Place;
import dev.reel.Range;
import dev.reel.SessionEvent;
import dev.reel.SessionPurgedException;
import dev.reel.SessionState;
import dev.reel.StoreClosedException;
import dev.reel.TailOptions;
import dev.reel.TailSignal;
import dev.reel.client.RemoteStream.Kind;
import dev.reel.spi.Events;
import dev.reel.spi.LineCodec;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.publisher.SynchronousSink;

/**
 * Reads and follows events over a connection.
 *
 * <p>If the demand is unbounded, a read is one answer of NDJSON lines. If it is bounded, a read is a {@link
 * RemoteStream}, which tells the server how many items are requested. A tail is always a {@code RemoteStream}.
 *
 * <p>If the connection fails during a read, reading continues after the last delivered event, up to the end of the
 * first answer.
 */
final class RemoteTails {

    /** The longest {@code idle} value that a server accepts. */
    private static final Duration MAX_IDLE = Duration.ofDays(1);

    /** How long {@link #close} waits for tails to deliver the existing events. */
    private static final Duration A_MOMENT = Duration.ofSeconds(2);

    private final Transport transport;
    private final LineCodec codec;
    private final Sinks.Empty<Void> closing = Sinks.empty();
    private final Sinks.Empty<Void> completing = Sinks.empty();
    private final Sinks.Empty<Void> drained = Sinks.empty();
    private final AtomicInteger open = new AtomicInteger();
    private volatile boolean completes;
    private volatile boolean isClosing;

    RemoteTails(Transport transport, LineCodec codec) {
        this.transport = transport;
        this.codec = codec;
    }

    /** Completes the tails that are open now. A tail that is opened later completes when it has caught up. */
    void complete() {
        completes = true;
        completing.tryEmitEmpty();
    }

    /** Ends all tails. Completes after they have delivered the existing events, or after 2 seconds. */
    Mono<Void> close() {
        isClosing = true;
        closing.tryEmitEmpty();
        return open.get() == 0 ? Mono.empty() : drained.asMono().timeout(A_MOMENT, Mono.empty());
    }

    /** Does nothing until it is subscribed to. Fails if the store is closed. */
    private <T> Flux<T> open(@Nullable String sessionId, Function<Demand.Requests, Flux<T>> source) {
        return Demand.of(requests -> opened(sessionId, () -> source.apply(requests)));
    }

    private <T> Flux<T> opened(@Nullable String sessionId, Supplier<Flux<T>> source) {
        if (isClosing) {
            return Flux.error(new StoreClosedException());
        }
        if (sessionId != null) {
            Ids.check("session id", sessionId);
        }
        return source.get();
    }

    // ---- What is read

    /** A session's log. */
    private final class Log implements RemoteStream.Source {

        private final String sessionId;
        private final Range range;

        Log(String sessionId, Range range) {
            this.sessionId = sessionId;
            this.range = range;
        }

        @Override
        public String sessionId() {
            return sessionId;
        }

        @Override
        public Paths path(@Nullable Place at, @Nullable Place upTo) {
            Paths path = Paths.session(sessionId).then("/events");
            Place place = at == null ? range.afterPlace() : at;
            if (place != null) {
                path.with("offset", place);
            } else if (range.after() > 0) {
                path.with("after", range.after());
            }
            long end = upTo == null ? range.upTo() : Math.min(range.upTo(), ((LogPlace) upTo).version());
            if (end != Long.MAX_VALUE) {
                path.with("up_to", end);
            }
            // If a place and the end are known, the rest is everything in between, so "last" is not needed.
            if (range.last() != Long.MAX_VALUE && (at == null || upTo == null)) {
                path.with("last", range.last());
            }
            return path.withList("types", range.types());
        }

        @Override
        public Place parse(String text) {
            return LogPlace.parse(text);
        }

        @Override
        public SessionEvent decode(byte[] data) {
            return codec.decode(sessionId, data);
        }

        @Override
        public RemoteStream.Source ended() {
            return this;
        }

        @Override
        public @Nullable Place asked() {
            return range.afterPlace();
        }
    }

    /** A session's log, including future events. */
    private final class Following implements RemoteStream.Source {

        private final String sessionId;
        private final From from;
        private final TailOptions options;

        Following(String sessionId, From from, TailOptions options) {
            this.sessionId = sessionId;
            this.from = from;
            this.options = options;
        }

        @Override
        public String sessionId() {
            return sessionId;
        }

        @Override
        public Paths path(@Nullable Place at, @Nullable Place upTo) {
            Paths path = Paths.session(sessionId).then("/events");
            Place place = at == null ? asked() : at;
            if (place != null) {
                path.with("offset", place);
            } else if (from instanceof From.Last last) {
                path.with("last", last.count());
            } else if (from.equals(From.now())) {
                path.with("offset", "now");
            }
            return withOptions(path, options);
        }

        @Override
        public Place parse(String text) {
            return LogPlace.parse(text);
        }

        @Override
        public SessionEvent decode(byte[] data) {
            return codec.decode(sessionId, data);
        }

        @Override
        public RemoteStream.Source ended() {
            return new Following(sessionId, from, TailOptions.standard());
        }

        @Override
        public @Nullable Place asked() {
            return from instanceof From.After after ? after.place() : null;
        }
    }

    /** The events of all sessions. */
    private final class Feed implements RemoteStream.Source {

        private final FeedPlace after;
        private final FeedFilter filter;
        private final TailOptions options;

        Feed(FeedPlace after, FeedFilter filter, TailOptions options) {
            this.after = after;
            this.filter = filter;
            this.options = options;
        }

        @Override
        public @Nullable String sessionId() {
            return null;
        }

        @Override
        public Paths path(@Nullable Place at, @Nullable Place upTo) {
            Paths path =
                    Paths.of("/events").with("after", at == null ? after : at).withList("types", filter.types());
            if (!filter.sessionPrefix().isEmpty()) {
                path.with("prefix", filter.sessionPrefix());
            }
            long end = upTo == null ? filter.upTo() : Math.min(filter.upTo(), ((FeedPlace) upTo).position());
            if (end != Long.MAX_VALUE) {
                path.with("up_to", end);
            }
            if (filter.last() != Long.MAX_VALUE && at == null) {
                path.with("last", filter.last());
            }
            return withOptions(path, options);
        }

        @Override
        public Place parse(String text) {
            return FeedPlace.parse(text);
        }

        /**
         * Parses {@code {"session":id,"event":line}}. The line is cut out of the text unchanged, so its checksum stays
         * valid.
         */
        @Override
        public SessionEvent decode(byte[] data) {
            Json object = Json.parse(data);
            String sessionId = Objects.requireNonNull(object.textOf("session"), "session");
            return codec.decode(
                    sessionId,
                    Objects.requireNonNull(object.get("event"), "event").toBytes());
        }

        @Override
        public RemoteStream.Source ended() {
            return new Feed(after, filter, TailOptions.standard());
        }

        @Override
        public @Nullable Place asked() {
            return null;
        }
    }

    private static Paths withOptions(Paths path, TailOptions options) {
        TailOptions standard = TailOptions.standard();
        Duration idle = options.idle();
        return path.with("lag", options.lag() == standard.lag() ? null : options.lag())
                .with("idle", idle == null ? null : seconds(idle));
    }

    /** In seconds, with milliseconds; limited to what a server accepts. */
    private static String seconds(Duration idle) {
        Duration most = idle.compareTo(MAX_IDLE) > 0 ? MAX_IDLE : idle;
        long millis = Math.max(1, most.toMillis());
        return millis / 1_000 + "." + String.format("%03d", millis % 1_000);
    }

    // ---- Reading

    Flux<SessionEvent> replay(String sessionId, Range range) {
        return open(sessionId, requests -> reading(new Log(sessionId, range), SessionEvent::place, requests));
    }

    Flux<SessionEvent> replayAll(FeedPlace after, FeedFilter filter) {
        return open(
                null,
                requests -> reading(
                        new Feed(after, filter, TailOptions.standard()),
                        event -> FeedPlace.of(event.position()),
                        requests));
    }

    private Flux<SessionEvent> reading(
            RemoteStream.Source source, Function<SessionEvent, Place> placeOf, Demand.Requests requests) {
        Flux<SessionEvent> events = requests.missing() == Long.MAX_VALUE
                ? lines(source, placeOf)
                : events(new RemoteStream(transport, source, Kind.REPLAY, requests));
        Transport.Request request = Transport.Request.get("", source.sessionId());
        return events.onErrorMap(Transport::isOfConnection, e -> transport.lost(request, e));
    }

    private static Flux<SessionEvent> events(RemoteStream stream) {
        return stream.signals().map(signal -> ((TailSignal.Recorded) signal).event());
    }

    /** Reads one answer of lines. If the connection breaks, a new request continues after the last delivered event. */
    private Flux<SessionEvent> lines(RemoteStream.Source source, Function<SessionEvent, Place> placeOf) {
        Place[] at = new Place[1];
        Place[] upTo = new Place[1];
        return Flux.defer(() -> {
                    Transport.Request request = Transport.Request.get(
                                    source.path(at[0], upTo[0]).toString(), source.sessionId())
                            .with(List.of("Accept", "application/x-ndjson"));
                    return transport.stream(
                            request,
                            head -> upTo[0] = upTo[0] == null
                                    ? source.parse(String.valueOf(head.header(Transport.NEXT_OFFSET)))
                                    : upTo[0],
                            () -> new Splitter()::lines);
                })
                .map(source::decode)
                .doOnNext(event -> at[0] = placeOf.apply(event))
                .retryWhen(transport.retry())
                .onErrorMap(
                        LogChangedException.class,
                        changed -> at[0] == null || source.sessionId() == null
                                ? changed
                                : new SessionPurgedException(source.sessionId()));
    }

    // ---- Following

    Flux<SessionEvent> tail(String sessionId, From from) {
        return events(followed(sessionId, from, TailOptions.standard(), Kind.TAIL));
    }

    Flux<TailSignal> tailSignals(String sessionId, From from, TailOptions options) {
        return followed(sessionId, from, options, Kind.SIGNALS);
    }

    private Flux<TailSignal> followed(String sessionId, From from, TailOptions options, Kind kind) {
        return open(
                sessionId,
                requests -> completes
                        ? afterCompletion(sessionId, from, kind == Kind.SIGNALS, requests)
                        : ending(stream(new Following(sessionId, from, options), kind, requests), requests));
    }

    /**
     * Emits a state after each commit. If several come before the subscriber requests one, it emits only the newest.
     */
    Flux<SessionState> states(String sessionId) {
        return Demand.checked(Flux.defer(() -> {
            Folding folding = new Folding(sessionId);
            RemoteStream[] stream = new RemoteStream[1];
            Flux<SessionState> states = Demand.<TailSignal>of(requests -> {
                        return opened(sessionId, () -> {
                            if (completes) {
                                return afterCompletion(sessionId, From.start(), true, requests);
                            }
                            From start = From.start();
                            RemoteStream followed = stream(
                                    new Following(sessionId, start, TailOptions.standard()), Kind.SIGNALS, requests);
                            stream[0] = followed;
                            return ending(followed, requests);
                        });
                    })
                    .handle(folding::take);
            // A purge is an error only for a subscriber that has not received the newest state.
            return states.concatWith(Mono.defer(() -> stream[0] != null && stream[0].isPurged()
                            ? Mono.error(new SessionPurgedException(sessionId))
                            : Mono.empty()))
                    .onBackpressureLatest()
                    .doOnNext(state -> folding.delivered = state)
                    .onErrorComplete(error -> stream[0] != null && stream[0].isPurged() && folding.isDelivered());
        }));
    }

    /** The states of a tail: one when the tail has caught up, then one after each batch. */
    private static final class Folding {

        private SessionState state;
        private boolean isLive;
        private int leftInBatch;
        private volatile @Nullable SessionState newest;
        private volatile @Nullable SessionState delivered;

        Folding(String sessionId) {
            state = SessionState.empty(sessionId);
        }

        void take(TailSignal signal, SynchronousSink<SessionState> sink) {
            if (signal instanceof TailSignal.Recorded recorded) {
                SessionEvent event = recorded.event();
                state = state.apply(event);
                leftInBatch = leftInBatch > 0 ? leftInBatch - 1 : Events.batchSize(event) - 1;
                if (isLive && leftInBatch == 0) {
                    emit(sink);
                }
            } else if (signal instanceof TailSignal.CaughtUp && !isLive) {
                isLive = true;
                emit(sink);
            }
        }

        private void emit(SynchronousSink<SessionState> sink) {
            newest = state;
            sink.next(state);
        }

        boolean isDelivered() {
            return newest != null && newest.equals(delivered);
        }
    }

    Flux<SessionEvent> tailAll(FeedPlace after, FeedFilter filter) {
        return events(followed(after, filter, TailOptions.standard(), Kind.TAIL));
    }

    Flux<TailSignal> tailAllSignals(FeedPlace after, FeedFilter filter, TailOptions options) {
        return followed(after, filter, options, Kind.SIGNALS);
    }

    private Flux<TailSignal> followed(FeedPlace after, FeedFilter filter, TailOptions options, Kind kind) {
        return open(
                null,
                requests -> completes
                        ? afterCompletion(after, filter, kind == Kind.SIGNALS, requests)
                        : ending(stream(new Feed(after, filter, options), kind, requests), requests));
    }

    private static Flux<SessionEvent> events(Flux<TailSignal> signals) {
        return signals.map(signal -> ((TailSignal.Recorded) signal).event());
    }

    private RemoteStream stream(RemoteStream.Source source, Kind kind, Demand.Requests requests) {
        return new RemoteStream(transport, source, kind, requests);
    }

    /**
     * Emits a tail until tails are told to complete. If the client closes, the existing events are delivered first, as
     * far as they are requested. The end is signalled on the threads of tails, not on the thread that called close.
     */
    private Flux<TailSignal> ending(RemoteStream tail, Demand.Requests requests) {
        Mono<Void> end = Mono.firstWithSignal(closing.asMono(), completing.asMono())
                .publishOn(transport.threads().tails());
        return Flux.using(
                open::incrementAndGet,
                counted -> {
                    Place[] passed = new Place[1];
                    return tail.signals()
                            .takeUntilOther(end)
                            .doOnNext(signal -> passed[0] = signal.place())
                            .concatWith(Flux.defer(() -> isClosing ? rest(tail, passed[0], requests) : Flux.empty()));
                },
                counted -> {
                    if (open.decrementAndGet() == 0 && isClosing) {
                        drained.tryEmitEmpty();
                    }
                });
    }

    private static Flux<TailSignal> rest(RemoteStream tail, @Nullable Place passed, Demand.Requests requests) {
        if (tail.isOver() || requests.missing() <= 0) {
            return Flux.empty();
        }
        return tail.rest(passed)
                .takeUntil(signal -> requests.missing() <= 1) // missing() does not count this signal yet
                .onErrorComplete();
    }

    // ---- Following after tails were told to complete: existing events, then the end

    private Flux<TailSignal> afterCompletion(
            String sessionId, From from, boolean withSignals, Demand.Requests requests) {
        return transport.logHead(sessionId).flatMapMany(head -> {
            Range range = from instanceof From.After after
                    ? Range.after(after.place())
                    : from instanceof From.Last last
                            ? Range.last(last.count())
                            : from.equals(From.now()) ? Range.after(head) : Range.all();
            Flux<TailSignal> events = head.version() == 0 && range.afterPlace() == null
                    ? Flux.empty()
                    : recorded(
                            replay(
                                    new Log(sessionId, range.withUpTo(Math.max(head.version(), range.after()))),
                                    requests),
                            SessionEvent::place);
            if (!withSignals) {
                return events;
            }
            long begin = from instanceof From.Last last
                    ? Math.max(0, head.version() - last.count())
                    : range.afterPlace() == null ? 0 : -1;
            Mono<LogPlace> start = begin < 0
                    ? Mono.justOrEmpty(range.afterPlace())
                    : begin == 0
                            ? Mono.just(LogPlace.start())
                            : replay(sessionId, Range.between(begin - 1, begin))
                                    .next()
                                    .map(SessionEvent::place);
            return start.<TailSignal>map(TailSignal.Started::new)
                    .concatWith(events)
                    .concatWith(Mono.just(new TailSignal.CaughtUp(head)));
        });
    }

    private Flux<TailSignal> afterCompletion(
            FeedPlace after, FeedFilter filter, boolean withSignals, Demand.Requests requests) {
        return transport.feedHead().flatMapMany(head -> {
            FeedPlace start = after.isNow() ? head : after;
            FeedFilter upToHead =
                    filter.withUpTo(FeedPlace.of(Math.max(start.position(), Math.min(filter.upTo(), head.position()))));
            Flux<TailSignal> events = recorded(
                    replay(new Feed(start, upToHead, TailOptions.standard()), requests),
                    event -> FeedPlace.of(event.position()));
            return withSignals
                    ? Flux.<TailSignal>just(new TailSignal.Started(start))
                            .concatWith(events)
                            .concatWith(Mono.just(new TailSignal.CaughtUp(head)))
                    : events;
        });
    }

    private Flux<SessionEvent> replay(RemoteStream.Source source, Demand.Requests requests) {
        return events(new RemoteStream(transport, source, Kind.REPLAY, requests));
    }

    private static Flux<TailSignal> recorded(Flux<SessionEvent> events, Function<SessionEvent, Place> placeOf) {
        return events.map(event -> new TailSignal.Recorded(event, placeOf.apply(event)));
    }
}
