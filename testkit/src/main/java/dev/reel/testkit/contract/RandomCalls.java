package dev.reel.testkit.contract;

import dev.reel.AnchorNotFoundException;
import dev.reel.Checkpoint;
import dev.reel.CheckpointRequest;
import dev.reel.Commit;
import dev.reel.DuplicateEventException;
import dev.reel.EventDraft;
import dev.reel.ExpectedVersion;
import dev.reel.FencedException;
import dev.reel.IdempotencyConflictException;
import dev.reel.Json;
import dev.reel.MalformedEventException;
import dev.reel.MessageDelta;
import dev.reel.MessageDraft;
import dev.reel.Role;
import dev.reel.SessionClosedException;
import dev.reel.SessionDraft;
import dev.reel.SessionEvent;
import dev.reel.SessionNotFoundException;
import dev.reel.SessionPatch;
import dev.reel.Snapshot;
import dev.reel.SnapshotDraft;
import dev.reel.SnapshotIdTakenException;
import dev.reel.Turn;
import dev.reel.VersionConflictException;
import dev.reel.WriteOptions;
import dev.reel.testkit.ManualClock;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Generates the writes of a random walk, and predicts their results from the plain model. */
final class RandomCalls {

    private final Random random;
    private final PlainStore model;
    private final RandomWords words;
    private final RandomPrefixCalls prefixCalls;
    private final Deque<RandomCall> planned = new ArrayDeque<>();
    private final List<Batch> batches = new ArrayList<>();
    private int writes;

    /** A batch whose events all have ids given by the caller, so that it can be repeated. */
    private record Batch(String session, List<EventDraft> drafts) {}

    /** Options of a write, and whether they make it fail. */
    record Options(WriteOptions options, boolean mismatch, boolean fenced) {

        RandomCall on(RandomCall call) {
            call.idempotencyKey = options.idempotencyKey();
            return call.failsIf(mismatch, VersionConflictException.class).failsIf(fenced, FencedException.class);
        }

        @Override
        public String toString() {
            return (mismatch ? " with a wrong version" : "")
                    + (fenced ? " with a wrong turn" : "")
                    + (options.idempotencyKey() == null ? "" : " as " + options.idempotencyKey());
        }
    }

    RandomCalls(Random random, PlainStore model, ManualClock clock) {
        this.random = random;
        this.model = model;
        this.words = new RandomWords(random, model, clock);
        this.prefixCalls = new RandomPrefixCalls(random, model, words, this);
    }

    RandomCall next() {
        RandomCall waiting = planned.poll();
        if (waiting != null) {
            return waiting;
        }
        String session = words.session();
        RandomCall call = switch (random.nextInt(40)) {
            case 0, 1, 2, 3, 4, 5 -> append(session);
            case 6 -> repeat();
            case 7 -> malformed(session);
            case 8 -> putSession(session);
            case 9, 10 -> updateSession(session);
            case 11, 12, 13, 14, 15, 16 -> putMessage(session);
            case 17, 18, 19 -> appendToMessage(session);
            case 20, 21 -> putSnapshot(session);
            case 22, 23, 24 -> checkpoint(session);
            case 25 -> takeTurn(session);
            case 26 -> random.nextInt(3) == 0 ? close(session) : append(session);
            case 27 -> purge(session);
            case 28 -> copy(session);
            case 29 -> delete(session);
            case 30 -> prefixCalls.fork(session);
            default -> prefixCalls.next(session);
        };
        return ended(call);
    }

    /** R8: a closed session rejects the call. If the call would write nothing, it may complete as a no-op instead. */
    private RandomCall ended(RandomCall call) {
        boolean refuses =
                call.parent == null && !call.purges && model.rows(call.session).closed();
        boolean idsFirst = call.failures.contains(IdempotencyConflictException.class)
                || call.failures.contains(DuplicateEventException.class)
                || call.failures.contains(MalformedEventException.class);
        if (refuses && !idsFirst && !call.description.startsWith("repeat")) {
            boolean nothingToDo = call.events.isEmpty() && call.failures.isEmpty();
            (nothingToDo ? call.openFailures : call.failures).add(SessionClosedException.class);
        }
        return call;
    }

    Options options(String session) {
        WriteOptions options =
                random.nextInt(6) == 0 ? WriteOptions.none().withIdempotencyKey("w" + ++writes) : WriteOptions.none();
        boolean mismatch = false;
        if (random.nextInt(5) == 0) {
            long version = model.version(session);
            String id = model.lastEventId(session);
            int pick = random.nextInt(5);
            ExpectedVersion expected = switch (pick) {
                case 0 -> ExpectedVersion.emptyLog();
                case 1 -> ExpectedVersion.nonEmptyLog();
                case 2 -> ExpectedVersion.exactly(version);
                case 3 -> id == null ? ExpectedVersion.any() : ExpectedVersion.exactly(version, id);
                default -> ExpectedVersion.exactly(version + 1);
            };
            mismatch = pick == 4 || (pick == 0 && version > 0) || (pick == 1 && version == 0);
            options = options.withExpected(expected);
        }
        boolean fenced = false;
        Turn turn = model.rows(session).turn;
        if (random.nextInt(turn == null ? 20 : 6) == 0) {
            fenced = turn == null || random.nextInt(3) == 0;
            options = fenced ? options.withTurn(1, "stale") : options.withTurn(Objects.requireNonNull(turn));
        }
        return new Options(options, mismatch, fenced);
    }

    static Commit commit(String session, RandomCall.Outcome outcome) {
        SessionEvent last = outcome.last();
        return new Commit(
                session, outcome.first().version(), last.version(), last.id(), last.position(), last.at(), false);
    }

    private RandomCall append(String session) {
        Options options = options(session);
        List<EventDraft> drafts = new ArrayList<>();
        for (int i = random.nextInt(3); i >= 0; i--) {
            drafts.add(words.draft(session));
        }
        if (drafts.stream().allMatch(draft -> draft.id() != null)) {
            batches.add(new Batch(session, drafts));
        }
        RandomCall call = options.on(new RandomCall(
                session,
                "append to " + session + " " + drafts + options,
                store -> store.append(session, drafts, options.options())));
        boolean row = model.rows(session).session != null;
        for (EventDraft draft : drafts) {
            call.events.add(new RandomCall.Planned(draft.type(), draft.data(), draft.id(), draft.at()));
            call.failsIf(draft.type().equals("session_update") && !row, SessionNotFoundException.class);
            row = (row || !draft.type().equals("note")) && !draft.type().equals("session_delete");
            String snapshot = draft.type().equals("checkpoint") ? draft.data().textOf("id") : null;
            call.failsIf(snapshot != null && model.takenByAnother(session, snapshot), SnapshotIdTakenException.class);
        }
        return call.answers(outcome -> commit(session, outcome));
    }

    /** R5: an earlier batch, unchanged, with other content, or with a new event. */
    private RandomCall repeat() {
        List<Batch> known = batches.stream().filter(this::isWhole).toList();
        if (known.isEmpty()) {
            return append(words.session());
        }
        Batch batch = known.get(random.nextInt(known.size()));
        String session = batch.session();
        List<EventDraft> drafts = new ArrayList<>(batch.drafts());
        // The turn and the version do not match, but ids are looked up first.
        WriteOptions options = WriteOptions.none().withTurn(1, "stale").withExpected(ExpectedVersion.exactly(9_999));
        int pick = random.nextInt(3);
        if (pick == 1) {
            EventDraft changed = drafts.get(0);
            drafts.set(0, EventDraft.of("other", Json.EMPTY_OBJECT).withId(Objects.requireNonNull(changed.id())));
        } else if (pick == 2) {
            drafts.add(EventDraft.of("note", Json.EMPTY_OBJECT).withId(words.eventId()));
        }
        RandomCall call = new RandomCall(
                session, "repeat in " + session + " " + drafts, store -> store.append(session, drafts, options));
        long first = model.versionOf(session, drafts.get(0).id());
        SessionEvent last =
                model.log(session).get(Math.toIntExact(first) + batch.drafts().size() - 2);
        Commit commit = new Commit(session, first, last.version(), last.id(), last.position(), last.at(), true);
        return call.failsIf(pick == 1, IdempotencyConflictException.class)
                .failsIf(pick == 2, DuplicateEventException.class)
                .answers(outcome -> commit);
    }

    /**
     * Whether the log contains the whole batch. A later fork with the same session id may have inherited only its first
     * events.
     */
    private boolean isWhole(Batch batch) {
        List<EventDraft> drafts = batch.drafts();
        long first = model.versionOf(batch.session(), drafts.get(0).id());
        long last =
                model.versionOf(batch.session(), drafts.get(drafts.size() - 1).id());
        return first > 0 && last == first + drafts.size() - 1;
    }

    private RandomCall malformed(String session) {
        EventDraft draft = switch (random.nextInt(6)) {
            case 0 -> EventDraft.of("session_turn", Json.object("holder", "x", "epoch", 1));
            case 1 -> EventDraft.of("session_close", Json.EMPTY_OBJECT);
            case 2 -> EventDraft.of("session_fork", Json.object("parent_id", "a", "parent_version", 0));
            case 3 -> EventDraft.of("session_purged", Json.EMPTY_OBJECT);
            case 4 -> EventDraft.of("message_delta", Json.object("id", "m0", "n", -1, "text", "x"));
            default -> EventDraft.of("user_message", Json.object("id", 17));
        };
        List<EventDraft> drafts = List.of(words.note(), draft);
        return new RandomCall(
                        session,
                        "append to " + session + " malformed " + drafts,
                        store -> store.append(session, drafts))
                .failsIf(true, MalformedEventException.class);
    }

    private RandomCall putSession(String session) {
        Options options = options(session);
        String title = words.title();
        Json metadata = words.metadata();
        boolean whole = random.nextBoolean();
        SessionDraft plain = SessionDraft.empty().withTitle(title).withMetadata(metadata);
        Instant made = words.earlier();
        SessionDraft draft = whole ? plain.withModel("M").withParent("a").withCreatedAt(made) : plain;
        Json data = Json.object("title", title, "model", whole ? "M" : null, "metadata", metadata);
        Json named = whole ? data.with("parent_id", "a").with("created_at", made.toString()) : data;
        return options.on(new RandomCall(
                        session,
                        "putSession " + session + " " + named + options,
                        store -> store.putSession(session, draft, options.options())))
                .event("session_start", named)
                .answers(outcome -> outcome.after().session);
    }

    private RandomCall updateSession(String session) {
        boolean row = model.rows(session).session != null;
        if (random.nextInt(5) == 0) {
            return new RandomCall(
                            session,
                            "updateSession " + session + " with nothing",
                            store -> store.updateSession(session, SessionPatch.empty()))
                    .failsIf(!row, SessionNotFoundException.class)
                    .answers(outcome -> outcome.after().session);
        }
        Options options = options(session);
        String title = random.nextInt(3) == 0 ? null : words.title();
        Json metadata = words.metadata();
        boolean both = random.nextBoolean();
        SessionPatch patch = SessionPatch.empty().withTitle(title);
        return options.on(new RandomCall(
                        session,
                        "updateSession " + session + " " + title + options,
                        store -> store.updateSession(
                                session, both ? patch.withMetadata(metadata) : patch, options.options())))
                .event(
                        "session_update",
                        both ? Json.object("title", title, "metadata", metadata) : Json.object("title", title))
                .failsIf(!row, SessionNotFoundException.class)
                .answers(outcome -> outcome.after().session);
    }

    private RandomCall putMessage(String session) {
        Options options = options(session);
        Role role = words.role();
        String id = words.message(session);
        Json content = words.content();
        MessageDraft draft = MessageDraft.of(role, content).withId(id);
        return options.on(new RandomCall(
                        session,
                        "putMessage " + session + " " + id + " " + role + options,
                        store -> store.putMessage(session, draft, options.options())))
                .event(role.eventType(), Json.object("id", id, "message", content))
                .answers(outcome -> outcome.after().messageRows().stream()
                        .filter(row -> row.id().equals(id))
                        .findFirst()
                        .orElseThrow());
    }

    private RandomCall appendToMessage(String session) {
        Options options = options(session);
        String id = words.message(session);
        MessageDelta delta = new MessageDelta(id, words.role(), words.nextPart(session, id), words.title());
        return options.on(new RandomCall(
                        session,
                        "appendToMessage " + session + " " + delta + options,
                        store -> store.appendToMessage(session, delta, options.options())))
                .event(
                        "message_delta",
                        Json.object("id", id, "role", delta.role().text(), "n", delta.n(), "text", delta.text()))
                .answers(outcome -> commit(session, outcome));
    }

    private RandomCall putSnapshot(String session) {
        Options options = options(session);
        String id = words.snapshot();
        String message = random.nextInt(4) == 0 ? null : words.message(session);
        Json state = words.metadata();
        SnapshotDraft plain = SnapshotDraft.of(state).withId(id);
        SnapshotDraft draft = message == null ? plain : plain.withMessage(message);
        return options.on(new RandomCall(
                        session,
                        "putSnapshot " + session + " " + id + " of " + message + options,
                        store -> store.putSnapshot(session, draft, options.options())))
                .event("checkpoint", Json.object("id", id, "message_id", message, "state", state))
                .failsIf(model.takenByAnother(session, id), SnapshotIdTakenException.class)
                .answers(outcome -> Objects.requireNonNull(
                                outcome.after().snapshots.get(id))
                        .row());
    }

    private RandomCall checkpoint(String session) {
        Options options = options(session);
        PlainRows rows = model.rows(session);
        String named = random.nextInt(3) > 0 ? null : words.message(session);
        String label = random.nextBoolean() ? null : "here";
        Json metadata = random.nextInt(5) > 0 ? Json.EMPTY_OBJECT : words.metadata();
        String id = words.snapshot();
        CheckpointRequest request = (named == null ? CheckpointRequest.atLastMessage() : CheckpointRequest.at(named))
                .withLabel(label)
                .withMetadata(metadata)
                .withId(id);
        RandomCall call = options.on(new RandomCall(
                session,
                "checkpoint " + session + " " + id + " at " + named + " " + label + metadata + options,
                store -> store.checkpoint(session, request, options.options())));
        int index = named == null ? rows.messages.size() - 1 : rows.indexOf(named);
        call.failsIf(rows.version == 0, SessionNotFoundException.class)
                .failsIf(rows.version > 0 && named != null && index < 0, AnchorNotFoundException.class);
        String message = index < 0 ? null : rows.messages.get(index).id();
        for (Snapshot there : rows.snapshotRows()) {
            Json itsLabel = there.state().isObject() ? there.state().get("label") : null;
            if (Objects.equals(there.messageId(), message)
                    && itsLabel != null
                    && itsLabel.equals(Json.of(label))
                    && metadata.equals(there.state().get("metadata"))) {
                return call.answers(outcome -> new Checkpoint(there, true, rows.version));
            }
        }
        Long seq = index < 0 ? null : (Long) rows.messages.get(index).seq();
        Json state = Json.object("label", label, "message_count", index + 1, "anchor_seq", seq, "metadata", metadata);
        return call.event("checkpoint", Json.object("id", id, "message_id", message, "state", state))
                .failsIf(model.takenByAnother(session, id), SnapshotIdTakenException.class)
                .answers(outcome -> new Checkpoint(
                        Objects.requireNonNull(outcome.after().snapshots.get(id))
                                .row(),
                        false,
                        outcome.last().version()));
    }

    private RandomCall takeTurn(String session) {
        Options options = options(session);
        String holder = words.title();
        long epoch = model.rows(session).epoch + 1;
        return options.on(new RandomCall(
                        session,
                        "takeTurn " + session + options,
                        store -> store.takeTurn(session, holder, options.options())))
                .event("session_turn", Json.object("holder", holder, "epoch", epoch))
                .answers(outcome ->
                        new Turn(session, holder, epoch, outcome.first().id()));
    }

    private RandomCall close(String session) {
        Options options = options(session);
        Json reason = words.content();
        RandomCall call = options.on(new RandomCall(
                session,
                "closeSession " + session + options,
                store -> store.closeSession(session, reason, options.options())));
        return model.version(session) == 0 || model.rows(session).closed()
                ? call
                : call.event("session_close", Json.object("reason", reason))
                        .answers(outcome -> commit(session, outcome));
    }

    private RandomCall delete(String session) {
        Options options = options(session);
        PlainRows rows = model.rows(session);
        RandomCall call = options.on(
                switch (random.nextInt(4)) {
                    case 0 ->
                        new RandomCall(
                                session,
                                "deleteSession " + session + options,
                                store -> store.deleteSession(session, options.options()));
                    case 1 ->
                        new RandomCall(
                                session,
                                "deleteMessages " + session + options,
                                store -> store.deleteMessages(session, options.options()));
                    default ->
                        new RandomCall(
                                session,
                                "deleteSnapshots " + session + options,
                                store -> store.deleteSnapshots(session, options.options()));
                });
        if (call.description.startsWith("deleteSession")) {
            return rows.session == null ? call : deletes(call, "session_delete");
        }
        if (call.description.startsWith("deleteMessages")) {
            return rows.messages.isEmpty() && rows.cuts.isEmpty() ? call : deletes(call, "messages_clear");
        }
        return rows.snapshots.isEmpty() ? call : deletes(call, "snapshots_clear");
    }

    private static RandomCall deletes(RandomCall call, String type) {
        return call.event(type, Json.EMPTY_OBJECT).answers(outcome -> commit(call.session, outcome));
    }

    private RandomCall purge(String session) {
        boolean empty = model.version(session) == 0;
        Options options = empty ? new Options(WriteOptions.none(), false, false) : options(session);
        RandomCall call = options.on(new RandomCall(
                session, "purge " + session + options, store -> store.purge(session, options.options())));
        call.purges = true;
        return call;
    }

    /** Copies a whole log into an empty one as recorded events, in batches that start at each {@code session_fork}. */
    private RandomCall copy(String from) {
        String to = words.target();
        Set<String> snapshots = model.rows(from).snapshots.keySet();
        boolean held = snapshots.stream().anyMatch(id -> model.holders(id).size() > 1);
        if (model.version(to) > 0 || model.version(from) == 0 || held) {
            return putMessage(from);
        }
        List<EventDraft> batch = new ArrayList<>();
        SessionEvent before = null;
        for (SessionEvent event : model.log(from)) {
            if (event.type().equals("session_fork") && !batch.isEmpty()) {
                planned.add(recorded(from, to, batch, before, event.version() - 1 - batch.size()));
                before = model.log(from).get(Math.toIntExact(event.version()) - 2);
                batch = new ArrayList<>();
            }
            batch.add(EventDraft.copyOf(event));
        }
        planned.add(recorded(from, to, batch, before, model.version(from) - batch.size()));
        return planned.remove();
    }

    private static RandomCall recorded(
            String from, String to, List<EventDraft> batch, @Nullable SessionEvent before, long after) {
        List<EventDraft> drafts = List.copyOf(batch);
        ExpectedVersion expected =
                before == null ? ExpectedVersion.emptyLog() : ExpectedVersion.exactly(after, before.id());
        RandomCall call = new RandomCall(
                to,
                "copy " + drafts.size() + " events from " + from + " to " + to,
                store -> store.append(to, drafts, WriteOptions.recorded().withExpected(expected)));
        for (EventDraft draft : drafts) {
            call.events.add(new RandomCall.Planned(draft.type(), draft.data(), draft.id(), draft.at()));
        }
        return call.answers(outcome -> commit(to, outcome));
    }
}
