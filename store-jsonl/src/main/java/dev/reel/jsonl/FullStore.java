package dev.reel.jsonl;

import dev.reel.ForwardingSessionStore;
import dev.reel.ReelException;
import dev.reel.SessionStore;
import dev.reel.StoreStatus;
import dev.reel.WriteOptions;
import dev.reel.internal.Call;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * A store whose root is {@linkplain FullRoot full}. It reads and purges. Other writes fail with {@link
 * dev.reel.StoreFullException} until there is room to open the root. After that, all calls go to the writing store.
 * Tails that began before continue on the reader.
 */
final class FullStore extends ForwardingSessionStore {

    private final FullRoot root;

    FullStore(FullRoot root) {
        super(root.reader());
        this.root = root;
    }

    @Override
    protected SessionStore delegate() {
        SessionStore writer = root.writer();
        return writer == null ? super.delegate() : writer;
    }

    Path fileOf(String sessionId) {
        return root.fileOf(sessionId);
    }

    /** Returns one write, which runs once for all subscriptions: the result of the writing store is cached. */
    @Override
    protected <T> Mono<T> write(
            String method,
            @Nullable String sessionId,
            WriteOptions options,
            BiFunction<SessionStore, WriteOptions, Mono<T>> write) {
        Function<SessionStore, Mono<T>> on = store -> write.apply(store, options);
        Mono<T> now = on.apply(delegate()); // invalid arguments are reported here
        return root.writer() != null
                ? now
                : Call.mono(method, sessionId, later(() -> root.refusal(sessionId), () -> root.open(sessionId), on));
    }

    private <T> Mono<T> later(
            Supplier<@Nullable ReelException> refusal,
            Callable<? extends SessionStore> opening,
            Function<SessionStore, Mono<T>> write) {
        AtomicReference<@Nullable Mono<T>> first = new AtomicReference<>();
        Function<SessionStore, Mono<T>> once = store ->
                Objects.requireNonNull(first.updateAndGet(known -> known == null ? write.apply(store) : known));
        return Mono.defer(() -> {
            SessionStore writer = root.writer();
            if (writer != null) {
                return once.apply(writer);
            }
            ReelException why = refusal.get();
            if (why != null) {
                return Mono.error(why);
            }
            return Mono.<SessionStore>create(sink -> FileThreads.thread("reel-open", () -> {
                                try {
                                    sink.success(opening.call());
                                } catch (Throwable t) {
                                    sink.error(t);
                                }
                            })
                            .start())
                    .publishOn(Schedulers.parallel()) // no subscriber's code runs on a thread that has files open
                    .flatMap(once);
        });
    }

    @Override
    public Mono<Void> purge(String sessionId, WriteOptions options) {
        WriteOptions named = options.idempotencyKey() == null ? options.withIdempotencyKey(root.newId()) : options;
        Mono<Void> now = delegate().purge(sessionId, named);
        return root.writer() != null
                ? now
                : Call.mono(
                        "purge",
                        sessionId,
                        later(
                                root::closed,
                                () -> root.purge(sessionId, named),
                                store -> store.purge(sessionId, named)));
    }

    @Override
    public Mono<StoreStatus> status() {
        return Call.mono("status", null, Mono.defer(() -> {
            SessionStore writer = root.writer();
            return writer == null
                    ? super.delegate().status().map(root::status)
                    : Mono.zip(writer.status(), super.delegate().status(), FullStore::together);
        }));
    }

    /** Returns the writer's status, combined with what is still read through the reader. */
    private static StoreStatus together(StoreStatus writer, StoreStatus reader) {
        return new StoreStatus(
                writer.state(),
                writer.reason(),
                writer.openTails() + reader.openTails(),
                Math.max(writer.slowestTailLag(), reader.slowestTailLag()),
                writer.heldThreads() + reader.heldThreads(),
                writer.loadedSessions() + reader.loadedSessions(),
                writer.loadedBytes() + reader.loadedBytes(),
                writer.unfoldedBytes(),
                writer.refusedSessions());
    }

    @Override
    public Mono<Void> completeTails() {
        return Call.mono("completeTails", null, root.completeTails());
    }

    @Override
    public Mono<Void> closeAsync() {
        return Call.mono("closeAsync", null, Mono.defer(() -> {
            SessionStore writer = root.close();
            Mono<Void> reader = super.delegate().closeAsync();
            return writer == null ? reader : Mono.whenDelayError(writer.closeAsync(), reader);
        }));
    }

    @Override
    public void close() {
        closeAsync().block();
    }
}
