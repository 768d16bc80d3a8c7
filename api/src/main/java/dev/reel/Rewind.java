package dev.reel;

import org.jspecify.annotations.Nullable;

/**
 * What a rewind, an undo or a redo did.
 *
 * @param sessionId the session
 * @param anchorMessageId the message that is the last now, or null where none is left
 * @param cut how many messages were removed
 * @param restored how many messages came back
 * @param left how many messages there are now
 * @param version the version of the log after it; where nothing was cut and nothing restored, nothing was written
 */
public record Rewind(
        String sessionId, @Nullable String anchorMessageId, int cut, int restored, int left, long version) {

    /**
     * Whether anything was written.
     *
     * @return whether a message was removed or came back
     */
    public boolean changed() {
        return cut > 0 || restored > 0;
    }
}
