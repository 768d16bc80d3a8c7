package dev.reel.internal.engine;

import dev.reel.ReelException;
import dev.reel.SessionStore;
import dev.reel.StoreFailedException;
import dev.reel.StoreOptions;
import dev.reel.testkit.contract.HeldFlushContract;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** A journal that delays the batches that a test holds, and makes all others durable immediately. */
final class HeldJournal implements Journal, HeldFlushContract.HeldStore {

    private final List<Batch> waiting = new ArrayList<>();
    private final SessionStore store;
    private Predicate<String> holds = session -> false;

    HeldJournal(StoreOptions options) {
        store = Engine.withJournal(options, this);
    }

    @Override
    public SessionStore store() {
        return store;
    }

    @Override
    public void write(Batch batch) {
        synchronized (this) {
            if (holds.test(batch.sessionId())) {
                waiting.add(batch);
                return;
            }
        }
        batch.durable();
    }

    @Override
    public synchronized void hold() {
        holds = session -> true;
    }

    @Override
    public synchronized void hold(String sessionId) {
        holds = sessionId::equals;
    }

    @Override
    public void release() {
        settle(Batch::durable);
    }

    @Override
    public void fail() {
        settle(batch -> batch.failed(new StoreFailedException(
                batch.sessionId(), ReelException.Outcome.UNKNOWN, new IOException("on purpose"))));
    }

    private void settle(Consumer<Batch> how) {
        List<Batch> batches;
        synchronized (this) {
            holds = session -> false;
            batches = List.copyOf(waiting);
            waiting.clear();
        }
        batches.forEach(how);
    }
}
