package dev.reel.internal.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.Change;
import dev.reel.EventDraft;
import dev.reel.Json;
import dev.reel.Message;
import dev.reel.ReelException;
import dev.reel.ResumeRequest;
import dev.reel.Role;
import dev.reel.Session;
import dev.reel.SessionEvent;
import dev.reel.SessionState;
import dev.reel.StoreOptions;
import dev.reel.Upcasters;
import dev.reel.spi.Events;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

@DisplayName("The cost of a resume")
class ResumeCostsTest {

    private static final int EVENTS = 3_000;
    private static final int MESSAGES = 5;

    private final AtomicInteger read = new AtomicInteger();

    @Test
    @DisplayName("R2: a session whose stored log is long is folded once; later resumes read only its messages")
    void foldsOnce() {
        Engine engine = Engine.onStorage(StoreOptions.standard(), new LongStorage());
        for (ResumeRequest request : List.of(ResumeRequest.whole(), ResumeRequest.upToLastUserMessage())) {
            engine.resume("s", request).block();
            int before = read.get();
            assertTrue(before >= EVENTS, before + " events read");
            for (int i = 1; i <= 10; i++) {
                assertEquals(
                        MESSAGES, engine.resume("s", request).block().messages().size());
                int again = read.get() - before;
                // Each message is read for the list, and some are read again to find the last one of a role.
                assertTrue(again <= i * 4 * MESSAGES, again + " events read by " + i + " resumes");
            }
        }
        engine.close();
    }

    @Test
    @DisplayName(
            "R17: the rows of a long stored log, as of versions around those whose rows are kept, are the fold of its events")
    void asOfALongLog() {
        Engine engine = Engine.onStorage(StoreOptions.standard(), new LongStorage());
        SessionState folded = SessionState.empty("s");
        List<Long> versions = List.of(1L, 600L, 1_023L, 1_024L, 1_025L, 2_047L, 2_048L, 2_049L, 2_400L, 3_000L);
        for (long version = 1; version <= EVENTS; version++) {
            folded = folded.apply(event(version));
            if (versions.contains(version)) {
                SessionState state = engine.asOf("s", version).block();
                assertEquals(folded, state);
                for (Message message : folded.messages()) {
                    assertEquals(message, state.message(message.id()));
                }
            }
        }
        engine.close();
    }

    private SessionEvent event(long version) {
        Change message = Change.putMessage(Role.USER, "m" + version, Json.object("role", "user", "content", "hi"));
        EventDraft draft =
                version % (EVENTS / MESSAGES) == 0 ? EventDraft.of(message) : EventDraft.of("x", Json.EMPTY_OBJECT);
        return Events.of("s", version, version, "e" + version, Instant.EPOCH, 1, draft, Upcasters.none());
    }

    private final class LongLog implements StoredLog {

        @Override
        public long version() {
            return EVENTS;
        }

        @Override
        public long inherited() {
            return 0;
        }

        @Override
        public SessionEvent event(long version) {
            read.incrementAndGet();
            return ResumeCostsTest.this.event(version);
        }

        @Override
        public long versionOf(String eventId) {
            return 0;
        }

        @Override
        public StoredLog fork(String sessionId, long prefix, List<SessionEvent> more) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long bytes() {
            return 2 << 20;
        }
    }

    private static final class LongSession implements StoredSession {

        @Override
        public String id() {
            return "s";
        }

        @Override
        public long birth() {
            return 1;
        }

        @Override
        public long changed() {
            return EVENTS;
        }

        @Override
        public Session row() {
            return new Session("s", null, null, null, null, Instant.EPOCH, Instant.EPOCH, Json.EMPTY_OBJECT, false, 1);
        }

        @Override
        public Map<String, Long> snapshots() {
            return Map.of();
        }
    }

    /** A storage of one session, which is read on any thread. */
    private final class LongStorage implements Storage {

        @Override
        public boolean mayRead() {
            return true;
        }

        @Override
        public void execute(Runnable task) {
            task.run();
        }

        @Override
        public Iterable<? extends StoredSession> sessions() {
            return List.of(new LongSession());
        }

        @Override
        public StoredSession session(String sessionId) {
            return new LongSession();
        }

        @Override
        public StoredLog open(String sessionId) {
            return new LongLog();
        }

        @Override
        public StoredLog create(String sessionId) {
            throw new UnsupportedOperationException();
        }

        @Override
        public StoredFeed feed() {
            return new StoredFeed() {

                @Override
                public long mark() {
                    return EVENTS;
                }

                @Override
                public List<SessionEvent> after(long position) {
                    return List.of();
                }
            };
        }

        @Override
        public long lastPosition() {
            return EVENTS;
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

        @Override
        public void write(Batch batch) {
            batch.durable();
        }
    }
}
