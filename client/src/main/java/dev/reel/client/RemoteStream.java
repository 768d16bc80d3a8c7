package dev.reel.client;

import dev.reel.Json;
import dev.reel.LogChangedException;
import dev.reel.LogPlace;
import dev.reel.Place;
import dev.reel.SessionEvent;
import dev.reel.SessionPurgedException;
import dev.reel.TailSignal;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.publisher.SynchronousSink;
import reactor.core.scheduler.Schedulers;

/**
 * One subscription to a stream of server-sent events. It can span many connections.
 *
 * <p><b>Place.</b> Each signal has a place, and a new connection starts after the place of the last signal. {@code
 * reel:end} has the reason why a stream ends. After the reason {@code shutdown}, or after a broken connection, the
 * subscription reconnects.
 *
 * <p><b>Demand.</b> If the subscriber requests a bounded number of items, the server is granted the same number and
 * sends no more. So events that are purged while the subscriber waits are not delivered, and a tail that falls behind
 * reports it. A separate request grants more: one request at a time, each with all the demand that is still missing. If
 * it fails, the stream reconnects, and the new request grants all that is missing. A subscriber that requests events of
 * a log one by one gets some granted in advance; if the session is purged, these are dropped, as if they had not
 * arrived. If the demand is unbounded, nothing is granted, and only the connection's flow control limits the stream.
 */
final class RemoteStream {

    /** The log or feed that is read. */
    interface Source {

        @Nullable
        String sessionId();

        /**
         * Returns the path to request, without the credit.
         *
         * @param at the place to continue after; null for the beginning
         * @param upTo the place where a replay ends; null while it is unknown
         */
        Paths path(@Nullable Place at, @Nullable Place upTo);

        Place parse(String text);

        SessionEvent decode(byte[] data);

        /** The place that the caller passed, to start after; or null. */
        @Nullable
        Place asked();

        /** The same source, limited to the events that exist now. */
        Source ended();
    }

    /** Which signals of a stream are emitted. */
    enum Kind {
        /** Existing events. */
        REPLAY,
        /** Existing and future events. */
        TAIL,
        /** All signals of a tail. */
        SIGNALS
    }

    /** The stream broke off, or the server ended it and will be available again. */
    private static final class Ended extends IOException {

        private static final long serialVersionUID = 1;

        Ended(String why) {
            super(why);
        }
    }

    private static final long A_MOMENT_MILLIS = 500;

    /**
     * {@code AHEAD}: how many events are granted in advance to a subscriber that requests one by one. {@code ENOUGH}:
     * how many single requests come before that.
     */
    private static final int AHEAD = 32;

    private static final int ENOUGH = 16;

    private final Transport transport;
    private final Source source;
    private final Kind kind;
    private final Demand.Requests requests;

    // Used only by the current connection.
    private @Nullable Place at;
    private @Nullable Place upTo;
    private boolean caughtUp;

    /**
     * Whether the server has confirmed the log: when a server starts a stream of events, it has not checked the log
     * yet.
     */
    private boolean isBegun;

    private volatile boolean over;
    private volatile boolean isPurged;

    // Guarded by this object's lock: the credit of the current connection.
    private @Nullable String stream;
    private Sinks.Empty<Void> broken = Sinks.empty();
    private boolean isGranting;
    private long granted;
    private boolean isStarted;
    private int oneByOne;
    private int ahead;

    RemoteStream(Transport transport, Source source, Kind kind, Demand.Requests requests) {
        this.transport = transport;
        this.source = source;
        this.kind = kind;
        this.requests = requests;
        requests.onRequest(this::grant);
    }

    /** Returns the signals; for a replay, or a tail of events, only the events. */
    Flux<TailSignal> signals() {
        return Flux.defer(this::connect)
                .retryWhen(kind == Kind.REPLAY ? transport.retry() : transport.retryForEver())
                .onErrorMap(
                        LogChangedException.class,
                        changed -> !isBegun || source.sessionId() == null
                                ? changed
                                : new SessionPurgedException(source.sessionId()));
    }

    /** Whether the stream ended because the session was purged. */
    boolean isPurged() {
        return isPurged;
    }

    /** Whether the stream has ended for good. */
    boolean isOver() {
        return over;
    }

    /** Returns the existing events after the last signal that was passed on. The stream itself must have ended. */
    Flux<TailSignal> rest(@Nullable Place passed) {
        RemoteStream rest = new RemoteStream(transport, source.ended(), Kind.REPLAY, requests);
        rest.at = passed;
        return rest.signals();
    }

    // ---- One connection

    private Flux<TailSignal> connect() {
        Paths path = source.path(at, upTo);
        Sinks.Empty<Void> breaks = Sinks.empty();
        synchronized (this) {
            stream = null;
            broken = breaks;
            isGranting = false;
            long missing = requests.missing();
            // The first signal of a tail needs no credit.
            boolean isFirst = kind == Kind.SIGNALS && !isStarted;
            granted = missing == Long.MAX_VALUE ? missing : Math.max(0, isFirst ? missing - 1 : missing);
            if (granted != Long.MAX_VALUE) {
                path.with("credit", granted);
            }
        }
        if (kind == Kind.REPLAY) {
            path.with("follow", false);
        } else if (kind == Kind.TAIL) {
            path.with("signals", false);
        }
        Transport.Request request =
                Transport.Request.get(path.toString(), source.sessionId()).with(List.of("Accept", "text/event-stream"));
        return transport
                .tail(request, breaks.asMono(), this::answered, () -> new SseEvents()::events)
                .<TailSignal>handle(this::receive)
                .concatWith(Mono.defer(() -> over ? Mono.empty() : Mono.error(new Ended("the stream broke off"))));
    }

    /** Called when the answer begins. */
    private Flux<SseEvents.Event> answered(Transport.Head head) {
        if (head.status() == 204) {
            return Flux.defer(() -> nothingFollows(head.header("Stream-Closed") != null));
        }
        synchronized (this) {
            stream = head.header("Reel-Stream");
        }
        grant();
        return Flux.empty();
    }

    /**
     * The server has nothing to send: the session is closed and every event was delivered, or the session was purged.
     */
    private Flux<SseEvents.Event> nothingFollows(boolean isClosed) {
        over = true;
        Place asked = source.asked();
        String sessionId = String.valueOf(source.sessionId());
        if (!isClosed) {
            return Flux.error(
                    at == null && asked instanceof LogPlace place
                            ? new LogChangedException(sessionId, place, 0)
                            : new SessionPurgedException(sessionId));
        }
        if (at != null || kind != Kind.SIGNALS || asked == null) {
            return Flux.empty();
        }
        byte[] data = Json.EMPTY_OBJECT.toBytes();
        return Flux.just(
                new SseEvents.Event(asked.toString(), "reel:started", data),
                new SseEvents.Event(asked.toString(), "reel:caught-up", data));
    }

    private void receive(SseEvents.Event event, SynchronousSink<TailSignal> sink) {
        if (event.name().equals("reel:end")) {
            end(Json.parse(event.data()), sink);
            return;
        }
        boolean isStart = event.name().equals("reel:started");
        isBegun |= !isStart || kind == Kind.SIGNALS;
        TailSignal signal = signal(event);
        synchronized (this) {
            isStarted = true;
            if (!isStart && granted != Long.MAX_VALUE) {
                granted--;
            }
        }
        if (signal != null) {
            sink.next(signal);
        }
        if (isStart || signal == null) {
            grant(signal == null ? 0 : 1); // the signal used no demand, so its credit is free again
        }
    }

    private void end(Json data, SynchronousSink<TailSignal> sink) {
        String reason = String.valueOf(data.textOf("reason"));
        switch (reason) {
            case "complete", "closed", "up-to" -> {
                over = true;
                sink.complete();
            }
            case "purged" -> {
                over = true;
                isPurged = true;
                if (Json.of(true).equals(data.get("incomplete")) || requests.missing() < 0) {
                    sink.error(new SessionPurgedException(String.valueOf(source.sessionId())));
                } else {
                    sink.complete();
                }
            }
            case "error" -> {
                Json problem = data.get("problem");
                sink.error(Problems.exception(problem == null ? Json.EMPTY_OBJECT : problem, source.sessionId()));
            }
            default -> sink.error(new Ended("the server ended the stream: " + reason));
        }
    }

    /**
     * Returns null for a signal that a new connection repeats, and for a signal that this kind of stream does not emit.
     */
    private @Nullable TailSignal signal(SseEvents.Event event) {
        boolean first = at == null;
        if (event.id() == null) {
            return null; // the start of the feed's last events has no place
        }
        Place place = source.parse(event.id());
        at = place;
        return switch (event.name()) {
            case "reel:started" -> {
                String end = Json.parse(event.data()).textOf("up_to");
                upTo = end == null || upTo != null ? upTo : source.parse(end);
                yield first && kind == Kind.SIGNALS ? new TailSignal.Started(place) : null;
            }
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
            default -> new TailSignal.Recorded(source.decode(event.data()), place);
        };
    }

    // ---- Credit

    private void grant() {
        grant(0);
    }

    /**
     * Grants the demand that is missing, unless a grant is already under way.
     *
     * @param emitted the number of items that are about to be emitted and so no longer count as missing
     */
    private void grant(int emitted) {
        String to;
        long more;
        Sinks.Empty<Void> breaks;
        synchronized (this) {
            if (stream == null || isGranting || granted == Long.MAX_VALUE) {
                return;
            }
            long missing = requests.missing();
            boolean isFirst = kind == Kind.SIGNALS && !isStarted;
            more = missing == Long.MAX_VALUE ? missing : missing + ahead - granted - emitted - (isFirst ? 1 : 0);
            if (more <= ahead / 2) {
                return;
            }
            oneByOne = more == 1 ? oneByOne + 1 : 0;
            if (oneByOne == ENOUGH && kind != Kind.SIGNALS && source.sessionId() != null) {
                ahead = AHEAD;
            }
            // Counted before the request is sent: the granted items can arrive before its answer.
            granted = missing == Long.MAX_VALUE ? missing : granted + more;
            isGranting = true;
            to = stream;
            breaks = broken;
        }
        transport.grant(to, more).subscribe(reply -> {}, error -> breakLater(breaks, error), () -> {
            synchronized (this) {
                if (breaks != broken) {
                    return; // the grant belongs to an earlier connection
                }
                isGranting = false;
            }
            grant();
        });
    }

    /**
     * Waits before it breaks the connection: if the server no longer knows the stream, the stream has probably ended,
     * and its {@code reel:end} has the reason.
     */
    private static void breakLater(Sinks.Empty<Void> breaks, Throwable error) {
        Schedulers.parallel()
                .schedule(
                        () -> breaks.tryEmitError(new IOException("no more of the stream can be requested", error)),
                        A_MOMENT_MILLIS,
                        TimeUnit.MILLISECONDS);
    }
}
