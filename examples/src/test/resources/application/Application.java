package application;

import dev.reel.Message;
import dev.reel.MessageDraft;
import dev.reel.SessionStore;
import dev.reel.jsonl.JsonlSessionStore;
import dev.reel.memory.MemorySessionStore;
import java.nio.file.Path;

/** A user's first program: a message is stored, and its row is printed as JSON. */
public final class Application {

    private Application() {}

    public static void main(String[] args) {
        Path directory = Path.of(args[0]);
        try (SessionStore store = JsonlSessionStore.open(directory)) {
            store.putMessage("s1", MessageDraft.user("kept").withId("m1")).block();
        }
        try (SessionStore store = JsonlSessionStore.open(directory)) {
            print(store);
        }
        try (SessionStore store = MemorySessionStore.create()) {
            store.putMessage("s1", MessageDraft.user("held").withId("m1")).block();
            print(store);
        }
        System.out.println("module: " + SessionStore.class.getModule().getName());
    }

    private static void print(SessionStore store) {
        for (Message message : store.listMessages("s1").toIterable()) {
            System.out.println(message.toJson().get("content"));
        }
    }
}
