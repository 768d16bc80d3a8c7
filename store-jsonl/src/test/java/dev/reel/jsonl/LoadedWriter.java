package dev.reel.jsonl;

import dev.reel.Commit;
import dev.reel.EventDraft;
import dev.reel.ForkRequest;
import dev.reel.Json;
import dev.reel.MessageDraft;
import dev.reel.SessionStore;
import dev.reel.StoreClosedException;
import dev.reel.StoreOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * A process that writes to a root as fast as possible, until it is killed or its input is closed. It prints what was
 * acknowledged: {@code a session version event-id position millis}, {@code f fork parent version}, {@code p session}
 * before a purge and {@code d session} when it is done.
 */
final class LoadedWriter {

    static final int SESSIONS = 6;

    private final SessionStore store;

    private LoadedWriter(SessionStore store) {
        this.store = store;
    }

    public static void main(String[] args) throws Exception {
        Path root = Path.of(args[0]);
        long seed = Long.parseLong(args[1]);
        Durability mode = args[2].equals("SYNC") ? Durability.SYNC : Durability.WRITE;
        JsonlStoreOptions options = JsonlStoreOptions.standard()
                .withDurability(mode)
                .withLag(Duration.ofMillis(60), 1 << 20)
                .withLoaded(3, 100_000);
        JsonlSessionStore store = JsonlSessionStore.open(root, StoreOptions.standard(), options);
        LoadedWriter writer = new LoadedWriter(store);
        say("ready");
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < SESSIONS; i++) {
            int session = i;
            Thread thread = new Thread(() -> writer.write("s" + session, new Random(seed * SESSIONS + session)));
            thread.setDaemon(true);
            thread.start();
            threads.add(thread);
        }
        while (System.in.read() >= 0) {
            // until it is closed
        }
        store.close();
        say("closed");
        System.exit(0);
    }

    private static void say(String what) {
        synchronized (System.out) {
            System.out.println(what);
            System.out.flush();
        }
    }

    private void write(String session, Random random) {
        String nonce = Long.toHexString(random.nextLong());
        try {
            for (int n = 0; ; n++) {
                int choice = random.nextInt(40);
                if (choice == 0 && store.getSession(session).block() != null) {
                    String fork = session + "-fork-" + nonce + "-" + n;
                    long version = store.fork(session, ForkRequest.whole().withId(fork))
                            .block()
                            .parentVersion();
                    say("f " + fork + " " + session + " " + version);
                } else if (choice == 1 && n > 60) {
                    say("p " + session);
                    store.purge(session).block();
                    say("d " + session);
                } else if (choice < 12) {
                    List<EventDraft> batch = new ArrayList<>();
                    int size = 2 + random.nextInt(3);
                    for (int i = 0; i < size; i++) {
                        batch.add(EventDraft.of("part", Json.object("i", i, "of", size)));
                    }
                    acknowledged(session, store.append(session, batch).block());
                } else if (choice < 14) {
                    acknowledged(
                            session,
                            store.append(session, EventDraft.of("n", Json.object("n", n)))
                                    .block());
                    TimeUnit.MILLISECONDS.sleep(random.nextInt(5));
                } else {
                    store.putMessage(session, MessageDraft.user("message " + n).withId("m" + random.nextInt(50)))
                            .block();
                }
            }
        } catch (StoreClosedException e) {
            // the end
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static void acknowledged(String session, Commit commit) {
        say("a " + session + " " + commit.version() + " " + commit.eventId() + " " + commit.position() + " "
                + System.currentTimeMillis());
    }
}
