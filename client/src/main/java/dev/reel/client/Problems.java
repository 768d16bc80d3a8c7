package dev.reel.client;

import dev.reel.Anchor;
import dev.reel.AnchorNotFoundException;
import dev.reel.AppendUnknownException;
import dev.reel.DuplicateEventException;
import dev.reel.ExpectedVersion;
import dev.reel.FeedPlace;
import dev.reel.FencedException;
import dev.reel.IdempotencyConflictException;
import dev.reel.InvalidInputException;
import dev.reel.Json;
import dev.reel.LogChangedException;
import dev.reel.LogPlace;
import dev.reel.MalformedEventException;
import dev.reel.ReelException;
import dev.reel.SessionClosedException;
import dev.reel.SessionDamagedException;
import dev.reel.SessionNotFoundException;
import dev.reel.SessionPurgedException;
import dev.reel.SnapshotIdTakenException;
import dev.reel.StoreBusyException;
import dev.reel.StoreClosedException;
import dev.reel.StoreDamagedException;
import dev.reel.StoreFailedException;
import dev.reel.StoreFullException;
import dev.reel.StoreReadOnlyException;
import dev.reel.TooLargeException;
import dev.reel.Turn;
import dev.reel.VersionAheadException;
import dev.reel.VersionConflictException;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Converts a problem document to the exception that the server's store signalled. */
final class Problems {

    private static final String TYPES = "urn:reel:problem:";

    /** Stands for the reason in the message of an exception. */
    private static final String HOLE = "\u0000";

    /** A row was requested by its id and does not exist. */
    static final class NothingThere extends RuntimeException {

        private static final long serialVersionUID = 1;

        NothingThere(String detail) {
            super(detail);
        }
    }

    private final Json problem;
    private final String sessionId;
    private final String detail;

    private Problems(Json problem, @Nullable String sessionId) {
        this.problem = problem;
        String named = problem.textOf("session");
        this.sessionId = named != null ? named : String.valueOf(sessionId);
        this.detail = String.valueOf(problem.textOf("detail"));
    }

    /**
     * Returns the exception for an answer.
     *
     * @param sessionId the session of the request, or null
     * @param expected what the write expected
     * @param anchor the anchor of the request, or null
     */
    static RuntimeException exception(
            int status, byte[] body, @Nullable String sessionId, ExpectedVersion expected, @Nullable Anchor anchor) {
        Json problem;
        try {
            problem = Json.parse(body);
        } catch (InvalidInputException e) {
            return new IllegalStateException("the server answered " + status + " without a problem document", e);
        }
        return new Problems(problem.isObject() ? problem : Json.EMPTY_OBJECT, sessionId).exception(expected, anchor);
    }

    /** Returns the exception for the problem that ended a stream. */
    static RuntimeException exception(Json problem, @Nullable String sessionId) {
        return new Problems(problem, sessionId).exception(ExpectedVersion.any(), null);
    }

    private RuntimeException exception(ExpectedVersion expected, @Nullable Anchor anchor) {
        String type = String.valueOf(problem.textOf("type"));
        return switch (type.startsWith(TYPES) ? type.substring(TYPES.length()) : "") {
            case "anchor-not-found" -> anchorNotFound(anchor == null ? anchor(problem.get("anchor")) : anchor);
            case "append-unknown" -> new AppendUnknownException(sessionId, null);
            case "duplicate-event" -> new DuplicateEventException(sessionId, text("event"), number("version"));
            case "fenced" -> fenced(problem.get("current"));
            case "idempotency-conflict" ->
                new IdempotencyConflictException(
                        sessionId, text("event"), number("version"), problem.textOf("idempotencyKey"));
            case "log-changed" -> logChanged(problem.textOf("session") == null);
            case "beyond-head" -> logChanged(false);
            case "malformed-event" ->
                withReason(reason -> new MalformedEventException(sessionId, text("eventType"), reason));
            case "session-closed" -> new SessionClosedException(sessionId);
            case "session-damaged" -> new SessionDamagedException(sessionId, "(a file of the server)", 0, 0, detail);
            case "session-not-found" -> new SessionNotFoundException(sessionId);
            case "session-purged" -> new SessionPurgedException(sessionId);
            case "snapshot-id-taken" -> new SnapshotIdTakenException(sessionId, text("snapshot"), text("holder"));
            case "store-busy", "too-many-streams" -> withReason(reason -> new StoreBusyException(sessionId, reason));
            case "store-closed", "shutting-down" -> new StoreClosedException();
            case "store-damaged" -> new StoreDamagedException("(a file of the server)", 0, 0, detail);
            case "store-failed" -> new StoreFailedException(sessionId, outcome(), other());
            case "store-full" -> new StoreFullException(sessionId, null);
            case "store-read-only" -> new StoreReadOnlyException();
            case "too-large" ->
                withReason(reason -> new TooLargeException(sessionId, reason, number("size"), number("bound")));
            case "version-ahead" -> new VersionAheadException(sessionId, number("version"), number("published"));
            case "version-conflict" ->
                new VersionConflictException(
                        sessionId, expected(problem.textOf("expected"), expected), number("actual"));
            case "message-not-found", "snapshot-not-found" -> new NothingThere(detail);
            case "invalid-input", "malformed-request" -> new InvalidInputException(detail);
            case "unauthorized", "read-only-token", "wrong-host", "foreign-origin" ->
                new AccessRefusedException(problem.textOf("session"), detail);
            default -> other();
        };
    }

    /**
     * Returns an exception whose message is the server's: the exception adds a text before and after its reason, and the
     * server's text has both already.
     */
    private RuntimeException withReason(Function<String, RuntimeException> exception) {
        String message = String.valueOf(exception.apply(HOLE).getMessage());
        int hole = message.indexOf(HOLE);
        String begin = message.substring(0, hole);
        String end = message.substring(hole + HOLE.length());
        boolean isWhole =
                detail.length() >= begin.length() + end.length() && detail.startsWith(begin) && detail.endsWith(end);
        return exception.apply(isWhole ? detail.substring(begin.length(), detail.length() - end.length()) : detail);
    }

    private RuntimeException anchorNotFound(@Nullable Anchor anchor) {
        if (anchor == null) {
            return other();
        }
        // If the store gives a reason, its message begins with this text.
        String begin = String.valueOf(new AnchorNotFoundException(sessionId, anchor, "").getMessage());
        return detail.startsWith(begin)
                ? new AnchorNotFoundException(sessionId, anchor, detail.substring(begin.length()))
                : new AnchorNotFoundException(sessionId, anchor);
    }

    private FencedException fenced(@Nullable Json current) {
        return new FencedException(
                sessionId, number("epoch"), current == null || current.isNull() ? null : Turn.fromJson(current));
    }

    private LogChangedException logChanged(boolean ofFeed) {
        return new LogChangedException(
                ofFeed ? null : sessionId,
                ofFeed ? FeedPlace.parse(text("place")) : LogPlace.parse(text("place")),
                number("head"));
    }

    private static @Nullable Anchor anchor(@Nullable Json json) {
        if (json == null || !json.isObject()) {
            return null;
        }
        String message = json.textOf("message");
        String snapshot = json.textOf("snapshot");
        String event = json.textOf("event");
        Long version = json.longOf("version");
        return message != null
                ? Anchor.message(message)
                : snapshot != null
                        ? Anchor.snapshot(snapshot)
                        : event != null
                                ? Anchor.event(event)
                                : version != null ? Anchor.version(version) : Anchor.lastUserMessage();
    }

    /**
     * The expected version in the server's answer. It can be stricter than the caller's: the log of a new fork must be
     * empty.
     */
    private static ExpectedVersion expected(@Nullable String text, ExpectedVersion asked) {
        for (ExpectedVersion known :
                List.of(ExpectedVersion.any(), ExpectedVersion.emptyLog(), ExpectedVersion.nonEmptyLog())) {
            if (known.toString().equals(text)) {
                return known;
            }
        }
        return asked;
    }

    private IllegalStateException other() {
        return new IllegalStateException("the server answered: " + problem.textOf("title") + ": " + detail);
    }

    private ReelException.Outcome outcome() {
        return "unknown".equals(problem.textOf("outcome"))
                ? ReelException.Outcome.UNKNOWN
                : ReelException.Outcome.NOT_WRITTEN;
    }

    private String text(String name) {
        return String.valueOf(problem.textOf(name));
    }

    private long number(String name) {
        Long number = problem.longOf(name);
        return number == null ? 0 : number;
    }
}
