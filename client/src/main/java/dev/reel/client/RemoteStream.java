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
 * One subscription to a stream of server-sent events, over any number of connections.
 *
 * <p><b>Place.</b> Each signal has one; a new connection begins after that of the last. {@code reel:end} says why a stream
 * ends. With {@code shutdown}, and when a connection breaks, the subscription connects anew.
 *
 * <p><b>Demand.</b> Where the subscriber requests a number of items, the server is granted as many, and sends no more: so what
 * is purged while the subscriber waits does not come, and a tail that falls behind says so. More is granted by a request of its
 * own, one at a time, each with all that is missing by then. If that fails, the stream connects anew, which grants all that is
 * missing. A subscriber that takes event by event from a log is granted some ahead; if the session is purged, these are dropped,
 * as if they had not come. Where there is no bound, nothing is granted, and the connection's own flow control is left.
 */
final class RemoteStream {

    /** What is read. */
    interface Source {

        @Nullable
        String sessionId();

        /**
         * What to request, but for what is granted.
         *
         * @param at the place to go on after; null for the beginning
         * @param upTo the place up to which a replay reads; null while it is not known
         */
        Paths path(@Nullable Place at, @Nullable Place upTo);

        Place parse(String text);

        SessionEvent decode(byte[] data);

        /** The place that the caller gave, to go on after; or null. */
        @Nullable
        Place asked();

        /** The same, without what is yet to come. */
        Source ended();
    }

    /** What of a stream is emitted. */
    enum Kind {
        /** Events that are there. */
        REPLAY,
        /** Events, also those to come. */
        TAIL,
        /** All signals of a tail. */
        SIGNALS
    }

    /** A stream that broke off, or was ended by a server that will be back. */
    private static final class Ended extends IOException {

        private static final long serialVersionUID = 1;

        Ended(String why) {
            super(why);
        }
    }

    private static final long A_MOMENT_MILLIS = 500;

    /** How many events are granted ahead where a subscriber takes one by one, and how many it takes so before. */
    private static final int AHEAD = 32;

    private static final int ENOUGH = 16;

    private final Transport transport;
    private final Source source;
    private final Kind kind;
    private final Demand.Requests requests;

    // Only for the connection there is.
    private @Nullable Place at;
    private @Nullable Place upTo;
    private boolean caughtUp;

    /** Whether the log was the right one: a server that starts a stream of events has not looked yet. */
    private boolean isBegun;

    private volatile boolean over;
    private volatile boolean isPurged;

    // Guarded by this: what concerns the credit of the present connection.
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

    /** The signals; for a replay and a tail, events only. */
    Flux<TailSignal> signals() {
        return Flux.defer(this::connect)
                .retryWhen(kind == Kind.REPLAY ? transport.retry() : transport.retryForEver())
                .onErrorMap(
                        LogChangedException.class,
                        changed -> !isBegun || source.sessionId() == null
                                ? changed
                                : new SessionPurgedException(source.sessionId()));
    }

    /** Whether it has ended because the session was purged. */
    boolean isPurged() {
        return isPurged;
    }

    /** Whether nothing more comes. */
    boolean isOver() {
        return over;
    }

    /** What is there after the last signal that was passed on. The stream itself must have ended. */
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
            // The first signal of a tail comes whether it is granted or not.
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

    /** The answer has begun. */
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

    /** The server has nothing to send: the session is closed, and all was delivered; or it was purged. */
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
            grant(signal == null ? 0 : 1); // what was granted for it is free
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

    /** Null for what a new connection tells a second time, and for what nobody wants to know. */
    private @Nullable TailSignal signal(SseEvents.Event event) {
        boolean first = at == null;
        if (event.id() == null) {
            return null; // the beginning of the last events of the feed
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
     * Grants what is missing, if nothing is being granted.
     *
     * @param emitted items that are about to be emitted, so that they are missing no more
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
            // Before it is sent: what it brings may come before its answer.
            granted = missing == Long.MAX_VALUE ? missing : granted + more;
            isGranting = true;
            to = stream;
            breaks = broken;
        }
        transport.grant(to, more).subscribe(reply -> {}, error -> breakLater(breaks, error), () -> {
            synchronized (this) {
                if (breaks != broken) {
                    return; // of an earlier connection
                }
                isGranting = false;
            }
            grant();
        });
    }

    /** After a moment: a stream of which the server knows nothing more has most likely ended, which says why. */
    private static void breakLater(Sinks.Empty<Void> breaks, Throwable error) {
        Schedulers.parallel()
                .schedule(
                        () -> breaks.tryEmitError(new IOException("no more of the stream can be requested", error)),
                        A_MOMENT_MILLIS,
                        TimeUnit.MILLISECONDS);
    }
}
