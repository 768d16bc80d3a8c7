package dev.reel;

import java.security.SecureRandom;
import java.time.Clock;

/**
 * Where ids come from that a caller does not give. A store asks it on the thread that calls a write method, so it must
 * be safe for use by many threads, and must not block. What it gives must have the forms that {@link Ids} tells.
 */
public interface IdGenerator {

    /**
     * An id for a new session.
     *
     * @return the id
     */
    String sessionId();

    /**
     * An id for a new message.
     *
     * @return the id
     */
    String messageId();

    /**
     * An id for a new snapshot, unique in the store.
     *
     * @return the id
     */
    String snapshotId();

    /**
     * An id for an event, or for a write.
     *
     * @return the id
     */
    String eventId();

    /**
     * The default: lower-case <a href="https://github.com/ulid/spec">ULIDs</a> for sessions, messages and snapshots
     * (they sort by the time of their making); 64 random bits in base64url, 11 characters, for events. Seeded once from
     * the system's secure source; the ids are unique, not secret.
     *
     * @param clock the time of the ULIDs
     * @return the generator
     */
    static IdGenerator random(Clock clock) {
        return seeded(clock, new SecureRandom().nextLong());
    }

    /**
     * Like {@link #random}, but the same seed and clock give the same ids, in the order in which they are asked for.
     *
     * @param clock the time of the ULIDs
     * @param seed the seed
     * @return the generator
     */
    static IdGenerator seeded(Clock clock, long seed) {
        return new RandomIds(clock, seed);
    }
}
