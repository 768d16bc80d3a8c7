package dev.reel.testkit.contract;

import dev.reel.SessionStore;
import dev.reel.StoreOptions;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;

/**
 * Tests of R7: what a store guarantees between accepting a write and making it durable. For stores whose durability a
 * test can delay:
 *
 * <pre>{@code
 * class MyHeldFlushTest extends HeldFlushContract {
 *     @Override
 *     protected HeldStore open(StoreOptions options) {
 *         return new MyStoreOverAHeldDisk(options);
 *     }
 * }
 * }</pre>
 */
public abstract class HeldFlushContract {

    /** For subclasses. */
    protected HeldFlushContract() {}

    /**
     * Opens a new, empty store that is not held.
     *
     * @param options clock, ids, bounds and the rest, all of which the store must honour
     * @return the store
     */
    protected abstract HeldStore open(StoreOptions options);

    /**
     * How long a test waits for an expected signal before it fails. Override it for a store that is slower, for example
     * a remote one.
     *
     * @return 20 seconds, unless overridden
     */
    protected Duration patience() {
        return Waits.STANDARD;
    }

    @BeforeEach
    void waitAsLongAsTheStoreNeeds() {
        Waits.setPatience(patience());
    }

    /** A store, and the control of when its writes become durable. */
    public interface HeldStore {

        /**
         * The store.
         *
         * @return the same each time
         */
        SessionStore store();

        /** From now on no write becomes durable. */
        void hold();

        /**
         * From now on no write of one session becomes durable; others do.
         *
         * @param sessionId the session
         */
        void hold(String sessionId);

        /** Makes the held writes durable, and stops holding. */
        void release();

        /** Makes the held writes fail. The store may write or reject later ones. */
        void fail();
    }

    @Nested
    class OfOneSession extends HeldSessionContract {
        OfOneSession() {
            super(HeldFlushContract.this::open);
        }
    }

    @Nested
    class OfTheFeed extends HeldFeedContract {
        OfTheFeed() {
            super(HeldFlushContract.this::open);
        }
    }
}
