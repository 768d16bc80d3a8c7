package dev.reel.testkit;

import dev.reel.SessionStore;
import dev.reel.StoreOptions;
import org.junit.jupiter.api.Nested;

/**
 * R7 as tests: what a store owes its callers between accepting a write and making it durable. For stores whose
 * durability a test can hold:
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

    /** For the store's test. */
    protected HeldFlushContract() {}

    /**
     * Opens a new, empty store that nothing holds yet.
     *
     * @param options clock, ids, bounds and the rest, all of which the store must honour
     * @return the store
     */
    protected abstract HeldStore open(StoreOptions options);

    /** A store, and a hand on what makes its writes durable. */
    public interface HeldStore {

        /**
         * The store.
         *
         * @return the same each time
         */
        SessionStore store();

        /** From now on nothing becomes durable. */
        void hold();

        /**
         * From now on nothing of one session becomes durable; all else does.
         *
         * @param sessionId the session
         */
        void hold(String sessionId);

        /** What was held becomes durable, and whatever comes. */
        void release();

        /** What was held fails. What comes is as the store sees fit: it is written, or refused. */
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
