package dev.reel.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.Bounds;
import dev.reel.Commit;
import dev.reel.FeedFilter;
import dev.reel.FeedPlace;
import dev.reel.From;
import dev.reel.IdGenerator;
import dev.reel.ReelException;
import dev.reel.SessionEvent;
import dev.reel.SessionStore;
import dev.reel.StoreFailedException;
import dev.reel.StoreOptions;
import dev.reel.Upcasters;
import dev.reel.WriteOptions;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.Exceptions;
import reactor.core.publisher.Mono;

/**
 * R23: if a helper of the store throws, the caller gets an error and no other call is affected. For each write, the
 * clock, the ids, the upcasters and the metadata function throw at their first, second, … call. After each error the
 * session, another session and the feed must continue, and no write may stay counted as unanswered: the store admits
 * one write at a time.
 */
abstract class FaultContract extends ContractGroup {

    /** More calls than any write makes of one helper. */
    private static final int MOST_CALLS = 100;

    /** The throwable: a program error, or an error of a JVM without stack or memory. */
    enum Thrown {
        EXCEPTION,
        NO_STACK,
        NO_MEMORY;

        Throwable make() {
            return switch (this) {
                case EXCEPTION -> new IllegalStateException("on purpose");
                case NO_STACK -> new StackOverflowError("on purpose");
                case NO_MEMORY -> new OutOfMemoryError("on purpose");
            };
        }
    }

    /** Throws once, at a chosen call. */
    private static final class Fault {

        private Thrown thrown = Thrown.EXCEPTION;
        private int left;
        private boolean fired;

        synchronized void arm(Thrown what, int call) {
            thrown = what;
            left = call;
            fired = false;
        }

        /** Disables the fault and returns whether it has thrown. */
        synchronized boolean disarm() {
            left = 0;
            return fired;
        }

        void mayThrow() {
            Throwable now = null;
            synchronized (this) {
                if (left > 0 && --left == 0) {
                    fired = true;
                    now = thrown.make();
                }
            }
            if (now instanceof Error error) {
                throw error;
            }
            if (now instanceof RuntimeException exception) {
                throw exception;
            }
        }
    }

    private final Fault fault = new Fault();

    /** Whether another store also calls the upcasters, outside any write. */
    private final boolean readElsewhere;

    /** Whether only the category of an error is transmitted from the remote process. */
    private final boolean isRemote;

    FaultContract(Function<StoreOptions, SessionStore> opener, boolean readElsewhere, boolean isRemote) {
        super(opener);
        this.readElsewhere = readElsewhere;
        this.isRemote = isRemote;
    }

    private Clock faultyClock() {
        return new Clock() {
            @Override
            public ZoneId getZone() {
                return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(ZoneId zone) {
                return this;
            }

            @Override
            public Instant instant() {
                fault.mayThrow();
                return clock.instant();
            }
        };
    }

    private IdGenerator faultyIds() {
        IdGenerator sound = options.ids();
        return new IdGenerator() {
            @Override
            public String sessionId() {
                fault.mayThrow();
                return sound.sessionId();
            }

            @Override
            public String messageId() {
                fault.mayThrow();
                return sound.messageId();
            }

            @Override
            public String snapshotId() {
                fault.mayThrow();
                return sound.snapshotId();
            }

            @Override
            public String eventId() {
                fault.mayThrow();
                return sound.eventId();
            }
        };
    }

    @ParameterizedTest(name = "R23: {0}")
    @EnumSource(Thrown.class)
    @DisplayName("R23: a clock that throws fails only the write that needs it")
    void clock(Thrown thrown) {
        each(thrown, options.withClock(faultyClock()));
    }

    @ParameterizedTest(name = "R23: {0}")
    @EnumSource(Thrown.class)
    @DisplayName("R23: an id generator that throws fails only the write that needs it")
    void ids(Thrown thrown) {
        each(thrown, options.withIds(faultyIds()));
    }

    @ParameterizedTest(name = "R23: {0}")
    @EnumSource(Thrown.class)
    @DisplayName("R23: a metadata function that throws fails only the write that needs it")
    void meta(Thrown thrown) {
        each(thrown, options.withMetaFromContext(context -> {
            fault.mayThrow();
            return null;
        }));
    }

    @ParameterizedTest(name = "R23: {0}")
    @EnumSource(value = Thrown.class, names = "EXCEPTION", mode = EnumSource.Mode.EXCLUDE)
    @DisplayName("R23: an upcaster that runs out of stack or memory fails only the write that is folded")
    void upcasters(Thrown thrown) {
        Upcasters upcasters = Upcasters.none();
        for (String type : List.of("note", "tool_result", "session_update", "checkpoint", "message_delta")) {
            upcasters = upcasters.with(type, 1, data -> {
                fault.mayThrow();
                return data;
            });
        }
        each(thrown, options.withUpcasters(upcasters));
    }

    private void each(Thrown thrown, StoreOptions faulty) {
        SessionStore store = open(faulty.withBounds(Bounds.standard().withStoreWrites(1, 1 << 20)));
        int faults = 0;
        for (Write write : Write.values()) {
            boolean fired = true;
            for (int call = 1; fired && call < MOST_CALLS; call++) {
                String session = write + "-" + call;
                Write.ground(store, session);
                fired = fails(store, write, session, thrown, call);
                faults += fired ? 1 : 0;
                goesOn(store, session);
            }
            assertTrue(!fired, write + " calls it again and again");
        }
        assertTrue(faults > 0, "the helper was called");
        assertEquals(
                0, get(store.replayAll(get(store.position()), FeedFilter.all()).count()));
        maybe(store.closeAsync());
    }

    /** Runs a write with a fault, and returns whether the fault occurred; then the write must fail with it. */
    private boolean fails(SessionStore store, Write write, String session, Thrown thrown, int call) {
        fault.arm(thrown, call);
        Throwable error = null;
        try {
            maybe(Mono.defer(() -> write.call(store, session, WriteOptions.none())));
        } catch (Throwable t) {
            error = Exceptions.unwrap(t);
        }
        boolean fired = fault.disarm();
        String what = write + ", call " + call + ": " + error;
        if (!readElsewhere) {
            assertEquals(fired, error != null, what);
        }
        assertTrue(fired || error == null, what);
        if (error != null && isRemote) {
            assertEquals(ReelException.Category.FAILED, ReelException.Category.of(error), what);
        } else if (error != null) {
            assertEquals("on purpose", rootOf(error).getMessage(), what);
            assertTrue(thrown == Thrown.EXCEPTION || error instanceof StoreFailedException, what);
        }
        return fired;
    }

    private static Throwable rootOf(Throwable error) {
        Throwable root = error;
        for (Throwable cause = root.getCause(); cause != null; cause = cause.getCause()) {
            root = cause;
        }
        return root;
    }

    /** Checks that the session, another session and the feed continue. */
    private static void goesOn(SessionStore store, String session) {
        maybe(store.purge(session));
        Commit again = get(store.append(session, custom("again", 1)));
        assertEquals(1, again.version());
        Commit other = get(store.append("other", custom("other", 1)));
        assertEquals(
                other.position(),
                get(store.tailAll(FeedPlace.of(other.position() - 1), FeedFilter.all())
                                .next())
                        .position());
    }

    @Test
    @DisplayName("R23: a subscriber that throws a JVM error affects only itself")
    void subscriber() {
        for (Thrown thrown : Thrown.values()) {
            Probe<SessionEvent> other = Probe.of(store().tail("s", From.now()));
            Probe<SessionEvent> bad = Probe.of(store().tail("s", From.now()), throwing(thrown));
            append("s", custom("a", 1), custom("a", 2));
            other.await(2);
            bad.await(1);
            try {
                Probe.of(store().tail("s", From.start()), throwing(thrown));
            } catch (StackOverflowError | OutOfMemoryError e) {
                // It is rethrown to the caller, because the caller's subscriber threw it.
            }
            append("s", custom("a", 3));
            other.await(3);
            other.cancel();
            assertEquals(1, bad.items().size(), "the bad subscriber has ended");
        }
    }

    private static Consumer<Object> throwing(Thrown thrown) {
        Fault own = new Fault();
        own.arm(thrown, 1);
        return item -> own.mayThrow();
    }
}
