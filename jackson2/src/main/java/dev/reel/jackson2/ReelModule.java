package dev.reel.jackson2;

import com.fasterxml.jackson.databind.module.SimpleModule;
import dev.reel.Checkpoint;
import dev.reel.Commit;
import dev.reel.FeedPlace;
import dev.reel.Fork;
import dev.reel.Json;
import dev.reel.LogPlace;
import dev.reel.Message;
import dev.reel.ResumedSession;
import dev.reel.Rewind;
import dev.reel.Session;
import dev.reel.SessionEvent;
import dev.reel.Snapshot;
import dev.reel.StoreStatus;
import dev.reel.Turn;
import java.util.function.Function;

/**
 * Lets a Jackson 2 mapper read the JSON that Reel writes: {@link Json} with every digit of its numbers, {@link
 * SessionEvent}, rows, results and {@link dev.reel.Place places}. Writing needs no module.
 *
 * <pre>{@code
 * objectMapper.registerModule(new ReelModule());
 * }</pre>
 *
 * <p>It is registered as a service, so {@code findAndRegisterModules()} finds it. In Spring Boot 3, declare it as a
 * bean. For malformed input Jackson throws a {@code MismatchedInputException}, so a controller answers with status 400.
 */
public final class ReelModule extends SimpleModule {

    private static final long serialVersionUID = 1L;

    /** Creates the module, for the service loader or for manual registration. */
    public ReelModule() {
        super("reel");
        addDeserializer(Json.class, new JsonDeserializer());
        read(SessionEvent.class, SessionEvent::fromJson);
        read(Session.class, Session::fromJson);
        read(Message.class, Message::fromJson);
        read(Snapshot.class, Snapshot::fromJson);
        read(Commit.class, Commit::fromJson);
        read(Checkpoint.class, Checkpoint::fromJson);
        read(Fork.class, Fork::fromJson);
        read(Rewind.class, Rewind::fromJson);
        read(Turn.class, Turn::fromJson);
        read(ResumedSession.class, ResumedSession::fromJson);
        read(StoreStatus.class, StoreStatus::fromJson);
        read(LogPlace.class, json -> LogPlace.parse(json.text()));
        read(FeedPlace.class, json -> FeedPlace.parse(json.text()));
    }

    private <T> void read(Class<T> type, Function<Json, T> fromJson) {
        addDeserializer(type, new ValueDeserializer<>(type, fromJson));
    }
}
