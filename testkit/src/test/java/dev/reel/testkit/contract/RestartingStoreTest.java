package dev.reel.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.reel.From;
import dev.reel.SessionDraft;
import dev.reel.SessionStore;
import dev.reel.testkit.contract.DurableSessionStoreContract.Place;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

@DisplayName("The contract restarts a durable store between the calls")
class RestartingStoreTest {

    /** The calls and the restarts, in their order. */
    private final List<String> done = new ArrayList<>();

    private final RestartingStore store = RestartingStore.betweenCalls(new Place() {
        private int opened;

        @Override
        public SessionStore open() {
            opened++;
            int number = opened;
            return (SessionStore) Proxy.newProxyInstance(
                    SessionStore.class.getClassLoader(), new Class<?>[] {SessionStore.class}, (self, method, given) -> {
                        String call = method.getName() + " of " + number;
                        if (method.getReturnType() == Mono.class) {
                            return Mono.fromRunnable(() -> done.add(call));
                        }
                        if (method.getReturnType() == Flux.class) {
                            Flux<Object> flux = method.getName().startsWith("tail") ? Flux.never() : Flux.empty();
                            return flux.doOnSubscribe(subscription -> done.add(call));
                        }
                        done.add(call);
                        return null;
                    });
        }
    });

    private void write() {
        store.putSession("s", SessionDraft.empty()).block();
    }

    private void read() {
        store.sessionIds().blockLast();
    }

    @Test
    @DisplayName("before each write, and before the first read after a write")
    void eachWriteAndTheReadAfterIt() {
        read();
        write();
        write();
        read();
        read();
        assertEquals(
                List.of(
                        "sessionIds of 1",
                        "close of 1",
                        "putSession of 2",
                        "close of 2",
                        "putSession of 3",
                        "close of 3",
                        "sessionIds of 4",
                        "sessionIds of 4"),
                done);
    }

    @Test
    @DisplayName("but not while a tail is open")
    void notUnderATail() {
        Disposable tail = store.tail("s", From.start()).subscribe();
        write();
        read();
        tail.dispose();
        read();
        assertEquals(List.of("tail of 1", "putSession of 1", "sessionIds of 1", "close of 1", "sessionIds of 2"), done);
    }

    @Test
    @DisplayName("but not on a thread that calls a subscriber")
    void notInACallback() {
        store.sessionIds().doOnComplete(this::write).blockLast();
        assertEquals(List.of("sessionIds of 1", "putSession of 1"), done);
    }

    @Test
    @DisplayName("a write that has its answer is not made again")
    void answered() {
        Mono<?> write = store.putSession("s", SessionDraft.empty());
        write.block();
        read();
        write.block();
        assertEquals(List.of("close of 1", "putSession of 2", "close of 2", "sessionIds of 3"), done);
    }

    @Test
    @DisplayName("a closed store is not opened again")
    void closed() {
        write();
        store.close();
        read();
        assertEquals(List.of("close of 1", "putSession of 2", "close of 2", "sessionIds of 2"), done);
    }
}
