package dev.reel.engine;

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

    /** Runs when the engine looks up a session. */
    volatile Runnable lookUp = () -> {};

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
        return true;
    }

    @Override
    public void execute(Runnable task) {
        task.run();
    }

    @Override
    public Iterable<StoredSession> sessions() {
        return List.of();
    }

    @Override
    public @Nullable StoredSession session(String sessionId) {
        lookUp.run();
        return null;
    }

    @Override
    public StoredLog open(String sessionId) {
        throw new IllegalStateException("no session is unloaded here");
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
