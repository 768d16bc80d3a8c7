package served;

import dev.reel.EventDraft;
import dev.reel.From;
import dev.reel.Json;
import dev.reel.SessionEvent;
import dev.reel.SessionStore;
import dev.reel.client.ClientOptions;
import dev.reel.client.HttpSessionStore;
import dev.reel.memory.MemorySessionStore;
import dev.reel.server.ServerOptions;
import dev.reel.server.SessionServer;
import java.time.Duration;
import java.util.List;

/** Serves a store, and writes and follows a session of it through a client. */
public final class Served {

    public static void main(String[] arguments) {
        try (SessionStore store = MemorySessionStore.create();
                SessionServer server =
                        SessionServer.start(store, ServerOptions.standard().withPort(0).withConsole());
                SessionStore client = HttpSessionStore.connect(server.uri(), ClientOptions.standard())) {
            client.append("trip", EventDraft.of("asked", Json.object("to", "Madrid"))).block();
            List<SessionEvent> events = client.tail("trip", From.start())
                    .take(1)
                    .collectList()
                    .block(Duration.ofSeconds(30));
            System.out.println("followed: " + events.get(0).data());
        }
        System.out.println("module: " + SessionServer.class.getModule().getName());
    }
}
