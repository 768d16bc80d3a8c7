package dev.reel;

import java.security.SecureRandom;
import java.time.Clock;

/**
 * Generates the ids that callers do not pass. A store calls it on the thread that calls a write method, so it must be
 * thread-safe and must not block. The ids must have the forms that {@link Ids} defines.
 */
public interface IdGenerator {

    /**
     * Returns an id for a new session.
     *
     * @return the id
     */
    String sessionId();

    /**
     * Returns an id for a new message.
     *
     * @return the id
     */
    String messageId();

    /**
     * Returns an id for a new snapshot, unique in the store.
     *
     * @return the id
     */
    String snapshotId();

    /**
     * Returns an id for an event, or for a write.
     *
     * @return the id
     */
    String eventId();

    /**
     * The default generator: lower-case <a href="https://github.com/ulid/spec">ULIDs</a> for sessions, messages and
     * snapshots (they sort by creation time); 64 random bits in base64url, 11 characters, for events. It is seeded once
     * from the system's secure source. The ids are unique, not secret.
     *
     * @param clock provides the time of the ULIDs
     * @return the generator
     */
    static IdGenerator random(Clock clock) {
        return seeded(clock, new SecureRandom().nextLong());
    }

    /**
     * Like {@link #random}, but the same seed and clock produce the same ids in the same order of calls.
     *
     * @param clock provides the time of the ULIDs
     * @param seed the seed
     * @return the generator
     */
    static IdGenerator seeded(Clock clock, long seed) {
        return new RandomIds(clock, seed);
    }
}
