package dev.reel.testkit.contract;

import dev.reel.Anchor;
import dev.reel.AnchorNotFoundException;
import dev.reel.Fork;
import dev.reel.ForkRequest;
import dev.reel.Json;
import dev.reel.Rewind;
import dev.reel.Role;
import dev.reel.Session;
import dev.reel.SessionNotFoundException;
import dev.reel.VersionConflictException;
import dev.reel.spi.DerivedIds;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Random calls that go back in a log: rewind, undo, redo, delete after a message, and fork. */
final class RandomPrefixCalls {

    private final Random random;
    private final PlainStore model;
    private final RandomWords words;
    private final RandomCalls calls;

    RandomPrefixCalls(Random random, PlainStore model, RandomWords words, RandomCalls calls) {
        this.random = random;
        this.model = model;
        this.words = words;
        this.calls = calls;
    }

    RandomCall next(String session) {
        if (!model.rows(session).cuts.isEmpty() && random.nextBoolean()) {
            return redo(session);
        }
        return switch (random.nextInt(10)) {
            case 0, 1, 2 -> rewind(session);
            case 3, 4 -> undo(session);
            case 5, 6 -> redo(session);
            case 7 -> deleteAfter(session);
            default -> fork(session);
        };
    }

    private RandomCall rewind(String session) {
        Anchor to = words.anchor(session);
        RandomCalls.Options options = calls.options(session);
        PlainRows rows = model.rows(session);
        RandomCall call = options.on(new RandomCall(
                session,
                "rewind " + session + " to " + to + options,
                store -> store.rewind(session, to, options.options())));
        if (rows.version == 0) {
            return call.failsIf(true, SessionNotFoundException.class);
        }
        long version = model.versionAt(session, to);
        String message = version == -2 ? model.messageAt(session, to) : null;
        if (version == -1 || (version == -2 && message == null)) {
            return call.failsIf(true, AnchorNotFoundException.class);
        }
        List<PlainRows.Row> list = rows.messages;
        Deque<List<PlainRows.Row>> cuts = new ArrayDeque<>(rows.cuts);
        while (message != null && indexOf(list, message) < 0) {
            List<PlainRows.Row> restored = cuts.poll();
            if (restored == null) {
                return call.failsIf(true, AnchorNotFoundException.class);
            }
            list = restored;
            call.event("messages_restore", Json.EMPTY_OBJECT);
        }
        int kept = message != null
                ? indexOf(list, message) + 1
                : (int) list.stream().filter(row -> row.seq() <= version).count();
        if (kept < list.size()) {
            truncate(call, list, kept);
        }
        return call.answers(RandomPrefixCalls::rewound);
    }

    private static int indexOf(List<PlainRows.Row> list, String message) {
        for (int i = 0; i < list.size(); i++) {
            if (list.get(i).id().equals(message)) {
                return i;
            }
        }
        return -1;
    }

    private static void truncate(RandomCall call, List<PlainRows.Row> list, int kept) {
        call.event(
                "messages_truncate",
                Json.object("after", kept == 0 ? null : list.get(kept - 1).id()));
    }

    private static Rewind rewound(RandomCall.Outcome outcome) {
        int was = outcome.before().messages.size();
        List<PlainRows.Row> now = outcome.after().messages;
        @Nullable String last = now.isEmpty() ? null : now.get(now.size() - 1).id();
        return new Rewind(
                outcome.after().id,
                last,
                Math.max(0, was - now.size()),
                Math.max(0, now.size() - was),
                now.size(),
                outcome.after().version);
    }

    private RandomCall undo(String session) {
        RandomCalls.Options options = calls.options(session);
        PlainRows rows = model.rows(session);
        RandomCall call = options.on(new RandomCall(
                        session, "undo " + session + options, store -> store.undo(session, options.options())))
                .failsIf(rows.version == 0, SessionNotFoundException.class);
        int last = rows.lastOf(Role.USER);
        if (last >= 0) {
            truncate(call, rows.messages, last);
        }
        return call.answers(RandomPrefixCalls::rewound);
    }

    private RandomCall redo(String session) {
        RandomCalls.Options options = calls.options(session);
        PlainRows rows = model.rows(session);
        RandomCall call = options.on(new RandomCall(
                        session, "redo " + session + options, store -> store.redo(session, options.options())))
                .failsIf(rows.version == 0, SessionNotFoundException.class);
        return (rows.cuts.isEmpty() ? call : call.event("messages_restore", Json.EMPTY_OBJECT))
                .answers(RandomPrefixCalls::rewound);
    }

    private RandomCall deleteAfter(String session) {
        RandomCalls.Options options = calls.options(session);
        String message = words.message(session);
        PlainRows rows = model.rows(session);
        RandomCall call = options.on(new RandomCall(
                session,
                "deleteMessagesAfter " + session + " " + message + options,
                store -> store.deleteMessagesAfter(session, message, options.options())));
        int index = rows.indexOf(message);
        return index < 0 || index == rows.messages.size() - 1
                ? call
                : call.event("messages_truncate", Json.object("after", message))
                        .answers(outcome -> RandomCalls.commit(session, outcome));
    }

    RandomCall fork(String parent) {
        String target = words.target();
        Anchor at = random.nextInt(3) == 0 ? null : words.anchor(parent);
        String title = random.nextBoolean() ? null : words.title();
        boolean snapshots = random.nextBoolean();
        RandomCalls.Options options = calls.options(parent);
        ForkRequest request = (at == null ? ForkRequest.whole() : ForkRequest.at(at)).withId(target);
        ForkRequest titled = title == null ? request : request.withTitle(title);
        ForkRequest whole = snapshots ? titled.withSnapshots() : titled;
        RandomCall call = options.on(new RandomCall(
                        target,
                        "fork " + parent + " at " + at + " to " + target + (snapshots ? " with snapshots" : "")
                                + options,
                        store -> store.fork(parent, whole, options.options())))
                .failsIf(model.version(target) > 0, VersionConflictException.class)
                .failsIf(model.version(parent) == 0, SessionNotFoundException.class);
        call.parent = parent;
        long version = at == null ? model.version(parent) : model.versionAt(parent, at);
        String message = null;
        if (at != null && version == -2) {
            message = model.messageAt(parent, at);
            version = message == null ? 0 : model.lastPut(parent, message);
            version = version == 0 ? -1 : version;
        }
        call.failsIf(version == -1 && model.version(parent) > 0, AnchorNotFoundException.class);
        if (!call.failures.isEmpty()) {
            return call;
        }
        call.parentVersion = version;
        PlainRows prefix = model.rows(parent, version);
        int kept = message == null ? prefix.messages.size() : prefix.indexOf(message) + 1;
        Session row = prefix.session;
        String old = row == null || row.title() == null ? parent : row.title();
        Json data = Json.object(
                "parent_id", parent, "parent_version", version, "title", title == null ? old + " (fork)" : title);
        call.event("session_fork", snapshots ? data.with("snapshots", carried(prefix, kept, target)) : data);
        if (kept < prefix.messages.size()) {
            truncate(call, prefix.messages, kept);
        }
        long parentVersion = version;
        return call.answers(outcome ->
                new Fork(target, parent, parentVersion, outcome.after().messages.size()));
    }

    private static Json carried(PlainRows prefix, int kept, String fork) {
        Json ids = Json.EMPTY_OBJECT;
        for (PlainRows.Kept snapshot : prefix.snapshots.values()) {
            int index = prefix.indexOf(snapshot.row().messageId());
            if (index >= 0 && index < kept) {
                String id = snapshot.row().id();
                ids = ids.with(id, DerivedIds.ofCarriedSnapshot(fork, id));
            }
        }
        return ids;
    }
}
