package dev.reel.server;

import dev.reel.AnchorNotFoundException;
import dev.reel.AppendUnknownException;
import dev.reel.DuplicateEventException;
import dev.reel.FencedException;
import dev.reel.IdempotencyConflictException;
import dev.reel.InvalidInputException;
import dev.reel.Json;
import dev.reel.LogChangedException;
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
import dev.reel.StoreLockedException;
import dev.reel.StoreReadOnlyException;
import dev.reel.TooLargeException;
import dev.reel.Turn;
import dev.reel.VersionAheadException;
import dev.reel.VersionConflictException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The problem document (RFC 9457) for an error. Its type stays the same across versions. In addition to the members of
 * that format it has {@code category}, {@code retryable} and {@code outcome}, {@code session} if it is about a session,
 * and the fields of the exception, so that a client can create the same exception.
 *
 * <p>Messages that may name files of the server are only logged, not sent.
 */
record Problem(int status, Json body, Map<String, String> headers) {

    static final String TYPES = "urn:reel:problem:";

    private static final String IN_THE_LOG = "; the server's log has the details";

    /** The last part of a type, and its title. */
    private record Kind(String type, String title) {}

    private static final Map<Class<? extends ReelException>, Kind> KINDS = kinds();

    private static Map<Class<? extends ReelException>, Kind> kinds() {
        Map<Class<? extends ReelException>, Kind> kinds = new HashMap<>();
        kinds.put(AnchorNotFoundException.class, new Kind("anchor-not-found", "There is no such place in the session"));
        kinds.put(AppendUnknownException.class, new Kind("append-unknown", "The result of a write was lost"));
        kinds.put(DuplicateEventException.class, new Kind("duplicate-event", "Part of the batch was already appended"));
        kinds.put(FencedException.class, new Kind("fenced", "The turn has ended"));
        kinds.put(
                IdempotencyConflictException.class,
                new Kind("idempotency-conflict", "Another write has this idempotency key, or event id"));
        kinds.put(LogChangedException.class, new Kind("log-changed", "The place is not in this log"));
        kinds.put(MalformedEventException.class, new Kind("malformed-event", "An event is malformed"));
        kinds.put(SessionClosedException.class, new Kind("session-closed", "The session is closed"));
        kinds.put(SessionDamagedException.class, new Kind("session-damaged", "The session's file is damaged"));
        kinds.put(SessionNotFoundException.class, new Kind("session-not-found", "There is no such session"));
        kinds.put(SessionPurgedException.class, new Kind("session-purged", "The session was purged"));
        kinds.put(
                SnapshotIdTakenException.class, new Kind("snapshot-id-taken", "Another session has this snapshot id"));
        kinds.put(StoreBusyException.class, new Kind("store-busy", "Too many writes are waiting"));
        kinds.put(StoreClosedException.class, new Kind("store-closed", "The store is closed"));
        kinds.put(StoreDamagedException.class, new Kind("store-damaged", "The store is damaged"));
        kinds.put(StoreFailedException.class, new Kind("store-failed", "The store has failed"));
        kinds.put(StoreFullException.class, new Kind("store-full", "The disk is full"));
        kinds.put(StoreLockedException.class, new Kind("store-locked", "Another process has the store open"));
        kinds.put(StoreReadOnlyException.class, new Kind("store-read-only", "The store is read-only"));
        kinds.put(TooLargeException.class, new Kind("too-large", "The write exceeds a bound of the store"));
        kinds.put(VersionAheadException.class, new Kind("version-ahead", "The version does not exist yet"));
        kinds.put(VersionConflictException.class, new Kind("version-conflict", "Another write came first"));
        return Map.copyOf(kinds);
    }

    /**
     * Returns the problem for an error.
     *
     * @param precondition whether the request has {@code If-Match} or {@code If-None-Match}, so that a conflict is 412
     */
    static Problem of(Throwable error, boolean precondition) {
        Map<String, Object> more = new LinkedHashMap<>();
        if (error instanceof HttpProblem http) {
            more.putAll(http.members());
            String title = http.getMessage() == null ? http.type() : http.type().replace('-', ' ');
            return new Problem(
                    http.status(), body(http.type(), title, http.status(), text(http), more), http.headers());
        }
        ReelException.Category category = ReelException.Category.of(error);
        int status = category.httpStatus();
        more.put("category", lower(category));
        if (!(error instanceof ReelException known)) {
            return error instanceof InvalidInputException
                    ? new Problem(
                            status, body("invalid-input", "The input is invalid", status, text(error), more), Map.of())
                    : new Problem(
                            status,
                            body("internal", "The server has failed", status, "an internal error" + IN_THE_LOG, more),
                            Map.of());
        }
        more.put("retryable", known.isRetryable());
        more.put("outcome", lower(known.outcome()));
        if (known.sessionId() != null) {
            more.put("session", known.sessionId());
        }
        addMembers(known, more);
        boolean failed = precondition && error instanceof VersionConflictException;
        status = failed ? 412 : status;
        Kind kind = kindOf(known);
        return new Problem(status, body(kind.type(), kind.title(), status, detail(known, kind), more), Map.of());
    }

    /** For an exception of a later version of Reel, the kind of its nearest known superclass. */
    private static Kind kindOf(ReelException error) {
        for (Class<?> type = error.getClass(); type != null; type = type.getSuperclass()) {
            Kind kind = KINDS.get(type);
            if (kind != null) {
                return kind;
            }
        }
        return new Kind("other", "The store could not complete the request");
    }

    /** Returns the types, for the documentation page that lists them. */
    static Map<Class<? extends ReelException>, String> types() {
        Map<Class<? extends ReelException>, String> types = new HashMap<>();
        KINDS.forEach((exception, kind) -> types.put(exception, TYPES + kind.type()));
        return types;
    }

    private static String detail(ReelException error, Kind kind) {
        boolean mayNameFiles = error instanceof SessionDamagedException
                || error instanceof StoreDamagedException
                || error instanceof StoreFailedException
                || error instanceof StoreFullException
                || error instanceof StoreLockedException;
        return mayNameFiles ? kind.title().toLowerCase(Locale.ROOT) + IN_THE_LOG : text(error);
    }

    private static void addMembers(ReelException error, Map<String, Object> more) {
        if (error instanceof VersionConflictException conflict) {
            more.put("expected", conflict.expected().toString());
            more.put("actual", conflict.actual());
        } else if (error instanceof LogChangedException changed) {
            more.put("place", changed.place().toString());
            more.put("head", changed.head());
        } else if (error instanceof FencedException fenced) {
            more.put("epoch", fenced.epoch());
            Turn current = fenced.current();
            more.put("current", current == null ? Json.NULL : current.toJson());
        } else if (error instanceof VersionAheadException ahead) {
            more.put("version", ahead.version());
            more.put("published", ahead.published());
        } else if (error instanceof DuplicateEventException duplicate) {
            more.put("event", duplicate.eventId());
            more.put("version", duplicate.version());
        } else if (error instanceof IdempotencyConflictException conflict) {
            more.put("event", conflict.eventId());
            more.put("version", conflict.version());
            if (conflict.idempotencyKey() != null) {
                more.put("idempotencyKey", conflict.idempotencyKey());
            }
        } else if (error instanceof SnapshotIdTakenException taken) {
            more.put("snapshot", taken.snapshotId());
            more.put("holder", taken.holder());
        } else if (error instanceof AnchorNotFoundException missing) {
            more.put("anchor", TimelineRoutes.json(missing.anchor()));
        } else if (error instanceof MalformedEventException malformed) {
            more.put("eventType", malformed.eventType());
        } else if (error instanceof TooLargeException large) {
            more.put("size", large.size());
            more.put("bound", large.bound());
        }
    }

    private static String text(Throwable error) {
        return String.valueOf(error.getMessage());
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    private static Json body(String type, String title, int status, @Nullable String detail, Map<String, Object> more) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("type", TYPES + type);
        members.put("title", title);
        members.put("status", status);
        members.put("detail", detail);
        members.putAll(more);
        return Json.of(members);
    }
}
