package dev.reel.jsonl;

import dev.reel.FeedFilter;
import dev.reel.ForwardingSessionStore;
import dev.reel.From;
import dev.reel.Message;
import dev.reel.MessageQuery;
import dev.reel.Range;
import dev.reel.ResumeRequest;
import dev.reel.ResumedSession;
import dev.reel.Session;
import dev.reel.SessionEvent;
import dev.reel.SessionQuery;
import dev.reel.SessionState;
import dev.reel.SessionStore;
import dev.reel.Snapshot;
import dev.reel.StoreOptions;
import dev.reel.TailOptions;
import dev.reel.TailSignal;
import dev.reel.testkit.SessionStoreContract;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Whoever follows a root reads what its writer acknowledged: the contract, with all that is read read by a follower. */
@Tag("proof")
class FollowedStoreTest extends SessionStoreContract {

    @TempDir
    static Path roots;

    @Override
    protected SessionStore open(StoreOptions options) {
        Path root = JsonlSessionStoreTest.fresh(roots);
        SessionStore writer = JsonlSessionStore.open(root, options, JsonlStoreOptions.standard());
        return new Followed(writer, JsonlSessionStore.follow(root, options, JsonlStoreOptions.standard()));
    }

    private static final class Followed extends ForwardingSessionStore {

        private final SessionStore writer;
        private final SessionStore reader;

        Followed(SessionStore writer, SessionStore reader) {
            super(writer);
            this.writer = writer;
            this.reader = reader;
        }

        /** Once the follower has all that was published when it is asked. */
        private Mono<Void> caughtUp() {
            return writer.position()
                    .flatMap(position -> reader.position()
                            .filter(seen -> seen >= position)
                            .repeatWhenEmpty(10_000, again -> again.delayElements(Duration.ofMillis(1)))
                            .then());
        }

        private <T> Mono<T> one(Mono<T> read) {
            return Mono.defer(() -> caughtUp().then(read));
        }

        private <T> Flux<T> many(Flux<T> read) {
            return Flux.defer(() -> caughtUp().thenMany(read));
        }

        @Override
        public Flux<SessionEvent> replay(String sessionId, Range range) {
            return many(reader.replay(sessionId, range));
        }

        @Override
        public Flux<SessionEvent> tail(String sessionId, From from) {
            return many(reader.tail(sessionId, from));
        }

        @Override
        public Flux<TailSignal> tailSignals(String sessionId, From from, TailOptions options) {
            return many(reader.tailSignals(sessionId, from, options));
        }

        @Override
        public Flux<String> sessionIds() {
            return many(reader.sessionIds());
        }

        @Override
        public Flux<SessionEvent> replayAll(long after, FeedFilter filter) {
            return many(reader.replayAll(after, filter));
        }

        @Override
        public Flux<SessionEvent> tailAll(long after, FeedFilter filter) {
            return many(reader.tailAll(after, filter));
        }

        @Override
        public Flux<TailSignal> tailAllSignals(long after, FeedFilter filter, TailOptions options) {
            return many(reader.tailAllSignals(after, filter, options));
        }

        @Override
        public Mono<Session> getSession(String sessionId) {
            return one(reader.getSession(sessionId));
        }

        @Override
        public Flux<Session> listSessions(SessionQuery query) {
            return many(reader.listSessions(query));
        }

        @Override
        public Mono<Message> getMessage(String sessionId, String messageId) {
            return one(reader.getMessage(sessionId, messageId));
        }

        @Override
        public Flux<Message> listMessages(String sessionId, MessageQuery query) {
            return many(reader.listMessages(sessionId, query));
        }

        @Override
        public Mono<Snapshot> getSnapshot(String snapshotId) {
            return one(reader.getSnapshot(snapshotId));
        }

        @Override
        public Flux<Snapshot> listSnapshots(String sessionId) {
            return many(reader.listSnapshots(sessionId));
        }

        @Override
        public Mono<SessionState> state(String sessionId) {
            return one(reader.state(sessionId));
        }

        @Override
        public Mono<SessionState> asOf(String sessionId, long version) {
            return one(reader.asOf(sessionId, version));
        }

        @Override
        public Mono<ResumedSession> resume(String sessionId, ResumeRequest request) {
            return one(reader.resume(sessionId, request));
        }

        @Override
        public Mono<Void> closeAsync() {
            return super.closeAsync().then(reader.closeAsync());
        }
    }
}
