package dev.reel.examples.webflux;

import dev.reel.Anchor;
import dev.reel.Fork;
import dev.reel.ForkRequest;
import dev.reel.From;
import dev.reel.Message;
import dev.reel.MessageDraft;
import dev.reel.Rewind;
import dev.reel.SessionEvent;
import dev.reel.SessionNotFoundException;
import dev.reel.SessionState;
import dev.reel.SessionStore;
import dev.reel.WriteOptions;
import dev.reel.jsonl.JsonlSessionStore;
import dev.reel.server.ServerOptions;
import dev.reel.server.SessionServer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.http.MediaType;
import org.springframework.http.codec.ServerSentEvent;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The application and its only controller: sessions over HTTP, and their events as server-sent events. */
@SpringBootApplication
@RestController
@RequestMapping("/sessions/{id}")
public class WebfluxExample {

    record NewMessage(String text) {}

    record Target(String message) {}

    private final SessionStore store;

    WebfluxExample(SessionStore store) {
        this.store = store;
    }

    public static void main(String[] args) {
        SpringApplication.run(WebfluxExample.class, args);
    }

    @Bean
    static SessionStore sessionStore(@Value("${reel.directory}") String directory) {
        return JsonlSessionStore.open(Path.of(directory));
    }

    /** The HTTP API of Reel, on its own port. Spring closes it before the store that it serves. */
    @Bean
    static SessionServer sessionServer(SessionStore store, @Value("${reel.port}") int port) {
        return SessionServer.start(store, ServerOptions.standard().withPort(port));
    }

    @PostMapping("/messages")
    Mono<Message> putMessage(
            @PathVariable String id, @RequestHeader("Idempotency-Key") String key, @RequestBody NewMessage message) {
        return store.putMessage(id, MessageDraft.user(message.text()), WriteOptions.idempotencyKey(key));
    }

    @GetMapping
    Mono<SessionState> state(@PathVariable String id) {
        return store.state(id).switchIfEmpty(Mono.error(() -> new SessionNotFoundException(id)));
    }

    @GetMapping("/messages")
    Flux<Message> messages(@PathVariable String id) {
        return store.listMessages(id);
    }

    @GetMapping(path = "/events", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
    Flux<ServerSentEvent<SessionEvent>> events(
            @PathVariable String id,
            @RequestHeader(name = "Last-Event-ID", required = false) @Nullable String lastEventId) {
        return store.tail(id, From.parse(lastEventId))
                .map(event -> ServerSentEvent.builder(event)
                        .id(event.place().toString())
                        .event(event.type())
                        .build());
    }

    @PostMapping("/rewind")
    Mono<Rewind> rewind(@PathVariable String id, @RequestHeader("Idempotency-Key") String key, @RequestBody Target to) {
        return store.rewind(id, Anchor.message(to.message()), WriteOptions.idempotencyKey(key));
    }

    @PostMapping("/fork")
    Mono<Fork> fork(@PathVariable String id, @RequestHeader("Idempotency-Key") String key, @RequestBody Target at) {
        return store.fork(id, ForkRequest.at(Anchor.message(at.message())), WriteOptions.idempotencyKey(key));
    }

    @EventListener(ContextClosedEvent.class)
    void completeTails() {
        store.completeTails().subscribe();
    }
}
