package extended;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.reel.EventDraft;
import dev.reel.From;
import dev.reel.Json;
import dev.reel.JsonCodec;
import dev.reel.Message;
import dev.reel.MessageDraft;
import dev.reel.Role;
import dev.reel.SessionEvent;
import dev.reel.SessionStore;
import dev.reel.StoreOptions;
import dev.reel.jackson2.Jackson2Codec;
import dev.reel.jackson3.Jackson3Codec;
import dev.reel.memory.MemorySessionStore;
import dev.reel.micrometer.MicrometerRecorder;
import dev.reel.micrometer.ReelMeters;
import dev.reel.testkit.Expected;
import dev.reel.testkit.RecordedSession;
import dev.reel.testkit.SessionScenario;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import tools.jackson.databind.json.JsonMapper;

/** A user's code with all optional modules: both Jackson modules, Micrometer, and the testkit. One use of each. */
public final class Extended {

    record Booking(String to, int seats) {}

    private Extended() {}

    public static void main(String[] args) throws Exception {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        MicrometerRecorder recorder = MicrometerRecorder.of(registry);
        try (SessionStore store = MemorySessionStore.create(StoreOptions.standard().withRecorder(recorder))) {
            recorder.watch(store);
            book(store, "jackson2", Jackson2Codec.of(new ObjectMapper()));
            book(store, "jackson3", Jackson3Codec.of(JsonMapper.builder().build()));

            // Each mapper finds Reel's module as a service.
            Message message =
                    store.putMessage("s1", MessageDraft.user("hello").withId("m1")).block();
            String json = message.toJson().toString();
            Message read2 = new ObjectMapper().findAndRegisterModules().readValue(json, Message.class);
            Message read3 =
                    JsonMapper.builder().findAndAddModules().build().readValue(json, Message.class);
            System.out.println("read: " + read2.equals(message) + " " + read3.equals(message));

            System.out.println("events: "
                    + (long) registry.get(ReelMeters.APPENDED_EVENTS.meterName()).summary().totalAmount());

            RecordedSession trip = RecordedSession.fromClassPath("sessions/trip.jsonl");
            trip.into(store).block();
            System.out.println("recorded: " + store.getSession("trip").block().title());
            SessionScenario.in(store, "s2")
                    .given(SessionScenario.said(Role.USER, "hi"))
                    .when(it -> it.undo("s2"))
                    .then(Expected.event("messages_truncate"));
        }
        System.out.println("module: " + RecordedSession.class.getModule().getName());
    }

    private static void book(SessionStore store, String session, JsonCodec codec) {
        Json data = Json.from(new Booking("Madrid", 2), codec);
        store.append(session, EventDraft.of("booked", data)).block();
        SessionEvent event = store.tail(session, From.start()).blockFirst();
        System.out.println(session + ": " + event.data().as(Booking.class, codec));
    }
}
