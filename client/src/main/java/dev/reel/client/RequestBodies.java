package dev.reel.client;

import dev.reel.Anchor;
import dev.reel.Change;
import dev.reel.CheckpointRequest;
import dev.reel.EventDraft;
import dev.reel.ExpectedVersion;
import dev.reel.ForkRequest;
import dev.reel.Json;
import dev.reel.MessageDraft;
import dev.reel.SessionDraft;
import dev.reel.SessionPatch;
import dev.reel.SnapshotDraft;
import dev.reel.WriteOptions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The headers and JSON bodies of writes, as the page of the HTTP API describes them. */
final class RequestBodies {

    private RequestBodies() {}

    /** Names and values, in turn. */
    static List<String> headers(WriteOptions options) {
        List<String> headers = new ArrayList<>();
        ExpectedVersion expected = options.expected();
        if (expected instanceof ExpectedVersion.Exactly exactly) {
            headers.add("If-Match");
            headers.add("\"" + exactly.version() + (exactly.eventId() == null ? "" : ":" + exactly.eventId()) + "\"");
        } else if (expected.equals(ExpectedVersion.emptyLog())) {
            headers.addAll(List.of("If-None-Match", "*"));
        } else if (expected.equals(ExpectedVersion.nonEmptyLog())) {
            headers.addAll(List.of("If-Match", "*"));
        }
        String key = options.idempotencyKey();
        if (key != null) {
            headers.addAll(List.of("Idempotency-Key", Paths.encoded(key)));
        }
        String turn = options.turnEventId();
        if (turn != null) {
            headers.addAll(List.of("Reel-Turn", options.turnEpoch() + "." + turn));
        }
        Json meta = options.meta();
        if (meta != null) {
            headers.addAll(List.of(Transport.META, Paths.encoded(meta.toString())));
        }
        if (options.isRecorded()) {
            headers.addAll(List.of("Reel-Recorded", "true"));
        }
        return headers;
    }

    /** @param id the event's id if the draft has none; the server recognises a repeated append by it */
    static Json of(EventDraft draft, @Nullable String id) {
        Map<String, @Nullable Object> members = new LinkedHashMap<>();
        members.put("event", draft.type());
        members.put("data", draft.data());
        putUnlessNull(members, "uuid", draft.id() == null ? id : draft.id());
        putUnlessNull(members, "ts", draft.at());
        if (draft.v() != 1) {
            members.put("v", draft.v());
        }
        putUnlessNull(members, "meta", draft.meta());
        if (!draft.extra().isEmpty()) {
            members.put("extra", draft.extra());
        }
        return Json.of(members);
    }

    static Json of(SessionDraft draft) {
        Change.SessionStart start = draft.toChange();
        Map<String, @Nullable Object> members = new LinkedHashMap<>();
        members.put("title", start.members().title());
        members.put("model", start.members().model());
        members.put("metadata", start.members().metadata());
        putUnlessNull(members, "parent_id", start.parentId());
        putUnlessNull(members, "created_at", start.createdAt());
        return Json.of(members);
    }

    static Json of(SessionPatch patch) {
        Map<String, @Nullable Object> members = new LinkedHashMap<>();
        if (patch.namesTitle()) {
            members.put("title", patch.title());
        }
        if (patch.namesModel()) {
            members.put("model", patch.model());
        }
        putUnlessNull(members, "metadata", patch.metadata());
        return Json.of(members);
    }

    static Json of(MessageDraft message) {
        Map<String, @Nullable Object> members = new LinkedHashMap<>();
        members.put("role", message.role().text());
        members.put("message", message.content());
        putUnlessNull(members, "ts", message.at());
        return Json.of(members);
    }

    static Json of(SnapshotDraft snapshot) {
        Map<String, @Nullable Object> members = new LinkedHashMap<>();
        members.put("state", snapshot.state());
        putUnlessNull(members, "message_id", snapshot.messageId());
        return Json.of(members);
    }

    /** @param id the snapshot's id, or null if the server chooses it */
    static Json of(CheckpointRequest request, @Nullable String id) {
        Map<String, @Nullable Object> members = new LinkedHashMap<>();
        putUnlessNull(members, "id", id);
        putUnlessNull(members, "message", request.messageId());
        members.put("label", request.label());
        members.put("metadata", request.metadata());
        return Json.of(members);
    }

    /** @param id the new session's id, or null if the server chooses it */
    static Json of(ForkRequest request, @Nullable String id) {
        Map<String, @Nullable Object> members = new LinkedHashMap<>();
        members.put("id", id);
        members.put("at", request.at() == null ? null : of(request.at()));
        members.put("title", request.title());
        if (request.snapshots()) {
            members.put("snapshots", true);
        }
        return Json.of(members);
    }

    static Json of(Anchor anchor) {
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

    private static void putUnlessNull(Map<String, @Nullable Object> members, String name, @Nullable Object value) {
        if (value != null) {
            members.put(name, value instanceof Instant ? value.toString() : value);
        }
    }
}
