package dev.reel.internal.engine;

import dev.reel.ReelException;
import dev.reel.SessionEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** A storage in memory. It keeps each batch until the test makes that batch durable or fails it. */
final class HeldStorage implements Storage {

    /** The batches that are neither durable nor failed. */
    final List<Batch> waiting = new CopyOnWriteArrayList<>();

    /** Runs when the engine has looked up a session. */
    volatile Runnable lookUp = () -> {};

    /** A session that another store has written, and its log. */
    volatile @Nullable StoredSession followed;

    final Stored followedLog = new Stored();

    /** Whether reading waits for {@link #read}. */
    volatile boolean holdsReads;

    private final List<Runnable> reads = new CopyOnWriteArrayList<>();

    /** The part of a log that is stored. */
    static final class Stored implements StoredLog {

        /** Runs when an event is read. */
        volatile Runnable read = () -> {};

        private final List<SessionEvent> events = new CopyOnWriteArrayList<>();

        void add(List<SessionEvent> more) {
            events.addAll(more);
        }

        @Override
        public long version() {
            return events.size();
        }

        @Override
        public long inherited() {
            return 0;
        }

        @Override
        public SessionEvent event(long version) {
            read.run();
            return events.get((int) version - 1);
        }

        @Override
        public long versionOf(String eventId) {
            return events.stream()
                    .filter(event -> event.id().equals(eventId))
                    .mapToLong(SessionEvent::version)
                    .findFirst()
                    .orElse(0);
        }

        @Override
        public StoredLog fork(String sessionId, long prefix, List<SessionEvent> more) {
            Stored fork = new Stored();
            fork.add(new ArrayList<>(events.subList(0, (int) prefix)));
            return fork;
        }

        @Override
        public long bytes() {
            return 0;
        }
    }

    @Override
    public void write(Batch batch) {
        waiting.add(batch);
    }

    @Override
    public boolean mayRead() {
        return !holdsReads;
    }

    @Override
    public void execute(Runnable task) {
        if (holdsReads) {
            reads.add(task);
        } else {
            task.run();
        }
    }

    /** Runs the reads that were held. */
    void read() {
        holdsReads = false;
        while (!reads.isEmpty()) {
            reads.remove(0).run();
        }
    }

    @Override
    public Iterable<StoredSession> sessions() {
        return List.of();
    }

    @Override
    public @Nullable StoredSession session(String sessionId) {
        StoredSession found = followed;
        lookUp.run();
        return found != null && found.id().equals(sessionId) ? found : null;
    }

    @Override
    public StoredLog open(String sessionId) {
        if (followed == null) {
            throw new IllegalStateException("no session is unloaded here");
        }
        return followedLog;
    }

    @Override
    public StoredLog create(String sessionId) {
        return new Stored();
    }

    @Override
    public StoredFeed feed() {
        throw new IllegalStateException("no part of the feed is stored here");
    }

    @Override
    public long lastPosition() {
        return 0;
    }

    @Override
    public boolean wasPurged(String sessionId, String eventId) {
        return false;
    }

    @Override
    public void whenErased(String sessionId, Runnable done, Consumer<ReelException> failure) {
        done.run();
    }

    @Override
    public Mono<Void> sync() {
        return Mono.empty();
    }

    @Override
    public Mono<Void> close() {
        return Mono.empty();
    }
}
