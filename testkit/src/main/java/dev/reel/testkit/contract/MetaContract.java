package dev.reel.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.Anchor;
import dev.reel.Commit;
import dev.reel.EventDraft;
import dev.reel.ForkRequest;
import dev.reel.Json;
import dev.reel.Range;
import dev.reel.SessionEvent;
import dev.reel.SessionStore;
import dev.reel.StoreOptions;
import dev.reel.WriteOptions;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;

/** R5, R6, R9: metadata of writes, from their options and from the Reactor context. */
abstract class MetaContract extends ContractGroup {

    private static final Json ACTOR = Json.object("actor", "me");
    private static final WriteOptions BY_ME = WriteOptions.none().withMeta(ACTOR);

    MetaContract(Function<StoreOptions, SessionStore> opener) {
        super(opener);
    }

    /** Opens a store that reads metadata from the context key "meta". */
    private SessionStore contextual() {
        return open(options.withMetaFromContext(context -> context.getOrDefault("meta", (Json) null)));
    }

    private static <T> Mono<T> in(String trace, Mono<T> mono) {
        return mono.contextWrite(Context.of("meta", Json.object("trace", trace)));
    }

    private static List<@Nullable Json> metas(List<SessionEvent> events) {
        return events.stream().<@Nullable Json>map(SessionEvent::meta).toList();
    }

    private static List<SessionEvent> log(SessionStore store, String session) {
        return all(store.replay(session, Range.all()));
    }

    @ParameterizedTest(name = "R1: {0} records the meta of its options")
    @EnumSource(value = Write.class, mode = EnumSource.Mode.EXCLUDE, names = "PURGE")
    void metaOfOptions(Write write) {
        Write.ground(store(), "s");
        List<SessionEvent> before = feed();
        answer(write.call(store(), "s", BY_ME));
        List<SessionEvent> written = since(before);
        assertEquals(write.types(), typesOf(written));
        written.forEach(event -> assertEquals(ACTOR, event.meta()));
        before.forEach(event -> assertNull(event.meta()));
    }

    @ParameterizedTest(name = "R1: {0} records the meta of its subscriber''s context")
    @EnumSource(value = Write.class, mode = EnumSource.Mode.EXCLUDE, names = "PURGE")
    void metaOfContext(Write write) {
        SessionStore store = contextual();
        Write.ground(store, "s");
        String target = write.target("s", "w1");
        answer(in("t1", write.call(store, "s", WriteOptions.none().withIdempotencyKey("w1"))));
        List<SessionEvent> log = log(store, target);
        List<SessionEvent> written = log.subList(7, log.size());
        assertEquals(write.types(), typesOf(written));
        written.forEach(event -> assertEquals(Json.object("trace", "t1"), event.meta()));
        assertNull(log.get(6).meta());
    }

    @Test
    @DisplayName("R1: members of the options win over those of the context, and an event's own meta over both")
    void whoseMetaWins() {
        SessionStore store = contextual();
        Json own = Json.object("own", 1);
        WriteOptions named = WriteOptions.none().withMeta(Json.object("actor", "me", "trace", "named"));
        get(in("t1", store.append("s", List.of(custom("a", 1), custom("b", 2).withMeta(own)), BY_ME)));
        get(in("t1", store.append("s", List.of(custom("c", 3)), named)));
        get(store.append("s", List.of(custom("d", 4)), named));
        get(store.append("s", custom("e", 5)));
        List<SessionEvent> log = log(store, "s");
        assertEquals(Json.object("trace", "t1", "actor", "me"), log.get(0).meta());
        assertEquals(own, log.get(1).meta());
        assertEquals(Json.object("trace", "named", "actor", "me"), log.get(2).meta());
        assertEquals(Json.object("trace", "named", "actor", "me"), log.get(3).meta());
        assertNull(log.get(4).meta());
    }

    @Test
    @DisplayName("R6: the context is that of the subscription that started the write")
    void contextOfTheWriter() {
        SessionStore store = contextual();
        Mono<Commit> write = store.append("s", List.of(custom("a", 1).withId("x1")));
        assertEquals(get(in("t1", write)), get(in("t2", write)));
        assertTrue(get(in("t3", store.append("s", List.of(custom("a", 1).withId("x1")))))
                .repeated());
        assertEquals(List.of(Json.object("trace", "t1")), metas(log(store, "s")));
    }

    @Test
    @DisplayName("R1: every event of a write that the store decides has its meta")
    void everyEventOfADecidedWrite() {
        Write.ground(store(), "s");
        user("s", "m1", "edited, so that the fork's prefix has m2 too");
        List<SessionEvent> before = feed();
        get(store().fork("s", ForkRequest.at(Anchor.message("m1")), BY_ME));
        List<SessionEvent> written = since(before);
        assertEquals(List.of("session_fork", "messages_truncate"), typesOf(written));
        assertEquals(List.of(ACTOR, ACTOR), metas(written));
    }

    @Test
    @DisplayName("R9: recorded events keep their meta, and get none from the context")
    void recordedKeepsItsMeta() {
        EventDraft with = custom("a", 1).withId("x1").withMeta(ACTOR);
        EventDraft without = custom("b", 2).withId("x2");
        append("s", with, without);
        SessionStore copy = contextual();
        List<EventDraft> recorded = log("s").stream().map(EventDraft::copyOf).toList();
        get(in("t1", copy.append("s", recorded, WriteOptions.recorded())));
        assertEquals(log("s"), log(copy, "s"));
        assertEquals(ACTOR, log(copy, "s").get(0).meta());
        assertNull(log(copy, "s").get(1).meta());
    }

    @Test
    @DisplayName("R17: meta changes no row")
    void metaIsNoRow() {
        Write.ground(store(), "s");
        EventDraft message = EventDraft.of("user_message", Json.object("id", "m9", "message", "hi"));
        append("s", message.withMeta(Json.object("id", "m8", "message", "no")));
        assertEquals(List.of("m1", "m2", "m9"), messageIds("s"));
        assertEquals(Json.of("hi"), get(store().getMessage("s", "m9")).content());
    }
}
