package dev.reel.testkit.contract;

import dev.reel.SessionStore;
import dev.reel.StoreOptions;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;

/**
 * The contract of a store that keeps its data when it is closed. To test such a store, extend {@link
 * SessionStoreContract} and this class:
 *
 * <pre>{@code
 * class MyRestartedStoreTest extends DurableSessionStoreContract {
 *     @Override
 *     protected Place place(StoreOptions options) {
 *         Path directory = freshDirectory();
 *         return () -> MyStore.open(directory, options);
 *     }
 * }
 * }</pre>
 *
 * <p>{@link RestartContract} says what a restart must not change, one promise per test. The other groups are those of
 * {@link SessionStoreContract} once more; here the store is restarted between the calls of each test, before each write
 * and before the first read after a write. Left out are the groups that a restart would cut short: those about tails, bounds, demand, threads,
 * closing, and repeated subscriptions to one {@code Mono}.
 *
 * <p>The tests use the fastest way to close and open a store; what a store keeps if its process is killed or a disk fails
 * is not tested here.
 */
public abstract class DurableSessionStoreContract {

    /** For subclasses. */
    protected DurableSessionStoreContract() {}

    /**
     * Chooses a new, empty place for a store. Some tests call this several times; the contract closes all opened stores.
     *
     * @param options clock, ids, bounds and the rest, all of which the store must honour, also after a restart
     * @return the place
     */
    protected abstract Place place(StoreOptions options);

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

    /** A place where one store keeps its data, for example a directory. */
    @FunctionalInterface
    public interface Place {

        /**
         * Opens the store at this place, with everything that earlier stores at this place acknowledged.
         *
         * @return the store
         */
        SessionStore open();

        /**
         * Closes the store and opens it again. Override it if that takes more than {@code close} and {@link #open}.
         *
         * @param store the store that is open at this place
         * @return the store with which to continue
         */
        default SessionStore restart(SessionStore store) {
            store.close();
            return open();
        }
    }

    private SessionStore restarting(StoreOptions options) {
        return RestartingStore.betweenCalls(place(options));
    }

    @Nested
    class Restarts extends RestartContract {
        Restarts() {
            super(DurableSessionStoreContract.this::place);
        }
    }

    @Nested
    class Append extends AppendContract {
        Append() {
            super(DurableSessionStoreContract.this::restarting);
        }
    }

    @Nested
    class Idempotence extends IdempotenceContract {
        Idempotence() {
            super(DurableSessionStoreContract.this::restarting);
        }
    }

    @Nested
    class WriteId extends WriteIdContract {
        WriteId() {
            super(DurableSessionStoreContract.this::restarting);
        }
    }

    @Nested
    class Turn extends TurnContract {
        Turn() {
            super(DurableSessionStoreContract.this::restarting);
        }
    }

    @Nested
    class Recorded extends RecordedContract {
        Recorded() {
            super(DurableSessionStoreContract.this::restarting);
        }
    }

    @Nested
    class ClockAndIds extends ClockAndIdsContract {
        ClockAndIds() {
            super(DurableSessionStoreContract.this::restarting, false);
        }
    }

    @Nested
    class IdForms extends IdFormsContract {
        IdForms() {
            super(DurableSessionStoreContract.this::restarting);
        }
    }

    @Nested
    class Upcast extends UpcastContract {
        Upcast() {
            super(DurableSessionStoreContract.this::restarting);
        }
    }

    @Nested
    class Meta extends MetaContract {
        Meta() {
            super(DurableSessionStoreContract.this::restarting);
        }
    }

    @Nested
    class SessionRows extends SessionRowsContract {
        SessionRows() {
            super(DurableSessionStoreContract.this::restarting);
        }
    }

    @Nested
    class SessionList extends SessionListContract {
        SessionList() {
            super(DurableSessionStoreContract.this::restarting);
        }
    }

    @Nested
    class MessageRows extends MessageRowsContract {
        MessageRows() {
            super(DurableSessionStoreContract.this::restarting);
        }
    }

    @Nested
    class Snapshots extends SnapshotContract {
        Snapshots() {
            super(DurableSessionStoreContract.this::restarting);
        }
    }

    @Nested
    class TimelineReads extends TimelineContract {
        TimelineReads() {
            super(DurableSessionStoreContract.this::restarting);
        }
    }

    @Nested
    class Rewinds extends RewindContract {
        Rewinds() {
            super(DurableSessionStoreContract.this::restarting);
        }
    }

    @Nested
    class Forks extends ForkContract {
        Forks() {
            super(DurableSessionStoreContract.this::restarting);
        }
    }

    @Nested
    class Purges extends PurgeContract {
        Purges() {
            super(DurableSessionStoreContract.this::restarting);
        }
    }

    @Nested
    class Resume extends ResumeContract {
        Resume() {
            super(DurableSessionStoreContract.this::restarting);
        }
    }

    @Nested
    class Feeds extends FeedContract {
        Feeds() {
            super(DurableSessionStoreContract.this::restarting);
        }
    }
}
