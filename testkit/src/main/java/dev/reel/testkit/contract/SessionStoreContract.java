package dev.reel.testkit.contract;

import dev.reel.SessionStore;
import dev.reel.StoreOptions;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;

/**
 * The contract of a session store, as tests. To test a store, extend this class and implement one method:
 *
 * <pre>{@code
 * class MyStoreTest extends SessionStoreContract {
 *     @Override
 *     protected SessionStore open(StoreOptions options) {
 *         return MyStore.open(freshPlace(), options);
 *     }
 * }
 * }</pre>
 *
 * <p>The name of each test begins with the rules that it verifies, R1 to R25. No test is skipped. Each test writes
 * something and reads it back before it asserts that something is absent.
 */
public abstract class SessionStoreContract {

    /** For subclasses. */
    protected SessionStoreContract() {}

    /**
     * Opens a new, empty store. Some tests call this several times; the contract closes all opened stores.
     *
     * @param options clock, ids, bounds and the rest, all of which the store must honour
     * @return the store
     */
    protected abstract SessionStore open(StoreOptions options);

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

    /**
     * Whether a second store, such as a follower, reads the events that this store writes. The second store then calls
     * the upcasters too, outside any write, and no write fails because of an exception there.
     *
     * @return false for most stores
     */
    protected boolean isReadElsewhere() {
        return false;
    }

    /**
     * Whether the store is a client of another process. An exception of a clock or an upcaster there is then not the
     * cause of the error here, which only reports that the store has failed. The event ids of writes other than {@code
     * append} are then derived from the idempotency key with which the client repeats them.
     *
     * @return false for most stores
     */
    protected boolean isRemote() {
        return false;
    }

    @Nested
    class Append extends AppendContract {
        Append() {
            super(SessionStoreContract.this::open);
        }
    }

    @Nested
    class Idempotence extends IdempotenceContract {
        Idempotence() {
            super(SessionStoreContract.this::open);
        }
    }

    @Nested
    class Retry extends RetryContract {
        Retry() {
            super(SessionStoreContract.this::open, SessionStoreContract.this.isRemote());
        }
    }

    @Nested
    class WriteId extends WriteIdContract {
        WriteId() {
            super(SessionStoreContract.this::open);
        }
    }

    @Nested
    class Turn extends TurnContract {
        Turn() {
            super(SessionStoreContract.this::open);
        }
    }

    @Nested
    class Recorded extends RecordedContract {
        Recorded() {
            super(SessionStoreContract.this::open);
        }
    }

    @Nested
    class ClockAndIds extends ClockAndIdsContract {
        ClockAndIds() {
            super(SessionStoreContract.this::open, SessionStoreContract.this.isRemote());
        }
    }

    @Nested
    class Bounds extends BoundsContract {
        Bounds() {
            super(SessionStoreContract.this::open);
        }
    }

    @Nested
    class IdForms extends IdFormsContract {
        IdForms() {
            super(SessionStoreContract.this::open);
        }
    }

    @Nested
    class Upcast extends UpcastContract {
        Upcast() {
            super(SessionStoreContract.this::open);
        }
    }

    @Nested
    class Meta extends MetaContract {
        Meta() {
            super(SessionStoreContract.this::open);
        }
    }

    @Nested
    class SessionRows extends SessionRowsContract {
        SessionRows() {
            super(SessionStoreContract.this::open);
        }
    }

    @Nested
    class SessionList extends SessionListContract {
        SessionList() {
            super(SessionStoreContract.this::open);
        }
    }

    @Nested
    class MessageRows extends MessageRowsContract {
        MessageRows() {
            super(SessionStoreContract.this::open);
        }
    }

    @Nested
    class Snapshots extends SnapshotContract {
        Snapshots() {
            super(SessionStoreContract.this::open);
        }
    }

    @Nested
    class TimelineReads extends TimelineContract {
        TimelineReads() {
            super(SessionStoreContract.this::open);
        }
    }

    @Nested
    class Rewinds extends RewindContract {
        Rewinds() {
            super(SessionStoreContract.this::open);
        }
    }

    @Nested
    class Forks extends ForkContract {
        Forks() {
            super(SessionStoreContract.this::open);
        }
    }

    @Nested
    class Purges extends PurgeContract {
        Purges() {
            super(SessionStoreContract.this::open);
        }
    }

    @Nested
    class Replay extends ReplayContract {
        Replay() {
            super(SessionStoreContract.this::open);
        }
    }

    @Nested
    class Tail extends TailContract {
        Tail() {
            super(SessionStoreContract.this::open);
        }
    }

    @Nested
    class TailEnd extends TailEndContract {
        TailEnd() {
            super(SessionStoreContract.this::open);
        }
    }

    @Nested
    class Lineages extends LineageContract {
        Lineages() {
            super(SessionStoreContract.this::open);
        }
    }

    @Nested
    class Delivery extends DeliveryContract {
        Delivery() {
            super(SessionStoreContract.this::open);
        }
    }

    @Nested
    class Faults extends FaultContract {
        Faults() {
            super(
                    SessionStoreContract.this::open,
                    SessionStoreContract.this.isReadElsewhere(),
                    SessionStoreContract.this.isRemote());
        }
    }

    @Nested
    class Signals extends SignalContract {
        Signals() {
            super(SessionStoreContract.this::open);
        }
    }

    @Nested
    class Resume extends ResumeContract {
        Resume() {
            super(SessionStoreContract.this::open);
        }
    }

    @Nested
    class Feeds extends FeedContract {
        Feeds() {
            super(SessionStoreContract.this::open);
        }
    }

    @Nested
    class FeedTail extends FeedTailContract {
        FeedTail() {
            super(SessionStoreContract.this::open);
        }
    }

    @Nested
    class Reactive extends ReactiveContract {
        Reactive() {
            super(SessionStoreContract.this::open);
        }
    }

    @Nested
    class RandomWalks extends ModelContract {
        RandomWalks() {
            super(SessionStoreContract.this::open);
        }
    }

    @Nested
    class Concurrency extends ConcurrencyContract {
        Concurrency() {
            super(SessionStoreContract.this::open, SessionStoreContract.this.isRemote());
        }
    }

    @Nested
    class Linearizable extends LinearizabilityContract {
        Linearizable() {
            super(SessionStoreContract.this::open);
        }
    }

    @Nested
    class Acknowledged extends AcknowledgeContract {
        Acknowledged() {
            super(SessionStoreContract.this::open);
        }
    }
}
