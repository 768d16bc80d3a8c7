package dev.reel.internal.engine;

import dev.reel.Anchor;
import dev.reel.AnchorNotFoundException;
import dev.reel.Message;
import dev.reel.Role;
import dev.reel.Snapshot;

/** Resolves anchors in a log; throws {@link AnchorNotFoundException} if the log does not contain the anchor. */
final class Anchors {

    private Anchors() {}

    static long version(LogView view, Anchor.OfVersion anchor) {
        if (anchor.version() > view.version()) {
            throw notFound(view, anchor);
        }
        return anchor.version();
    }

    static long version(LogView view, Anchor.OfEvent anchor) {
        long version = view.versionOf(anchor.id());
        if (version == 0) {
            throw notFound(view, anchor);
        }
        return version;
    }

    /** Returns the id of the message that an anchor names. The message of a snapshot anchor may have been truncated. */
    static String message(LogView view, Anchor anchor) {
        if (anchor instanceof Anchor.OfMessage message && view.state().message(message.id()) != null) {
            return message.id();
        }
        if (anchor instanceof Anchor.OfSnapshot named) {
            Snapshot snapshot = view.state().snapshot(named.id());
            if (snapshot != null && snapshot.messageId() != null) {
                return snapshot.messageId();
            }
        }
        if (anchor == Anchor.lastUserMessage()) {
            Message last = view.state().lastMessage(Role.USER);
            if (last != null) {
                return last.id();
            }
        }
        throw notFound(view, anchor);
    }

    static AnchorNotFoundException notFound(LogView view, Anchor anchor) {
        return new AnchorNotFoundException(view.state().sessionId(), anchor);
    }
}
