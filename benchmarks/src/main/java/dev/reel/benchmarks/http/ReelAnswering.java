package dev.reel.benchmarks.http;

import dev.reel.EventDraft;
import dev.reel.Json;
import dev.reel.SessionStore;
import dev.reel.jsonl.JsonlSessionStore;
import dev.reel.memory.MemorySessionStore;
import dev.reel.server.ServerOptions;
import dev.reel.server.SessionServer;
import java.nio.file.Path;
import java.util.Collections;

/** Reel's server over a store with its standard options. */
final class ReelAnswering implements Answering {

    private static final String EVENTS = "/v1/sessions/" + READ + "/events";

    static final EventDraft EVENT = EventDraft.of("note", Json.object("text", Bodies.TEXT));

    private final SessionStore store;
    private final SessionServer server;

    private ReelAnswering(SessionStore store) {
        this.store = store;
        this.server = SessionServer.start(
                store,
                ServerOptions.standard().withPort(0).withMaxStreams(5_000).withMaxConnections(10_000));
    }

    static ReelAnswering memory() {
        return new ReelAnswering(MemorySessionStore.create());
    }

    static ReelAnswering jsonl(Path directory) {
        return new ReelAnswering(JsonlSessionStore.open(directory));
    }

    @Override
    public int port() {
        return server.uri().getPort();
    }

    @Override
    public String followed() {
        return EVENTS + "?offset=now";
    }

    @Override
    public String replayed() {
        return EVENTS + "?follow=false";
    }

    @Override
    public String posted(int connection) {
        return "/v1/sessions/posted-" + connection + "/events";
    }

    @Override
    public void add(int count) {
        store.append(READ, Collections.nCopies(count, EVENT)).block();
    }

    @Override
    public void close() {
        server.close();
        store.close();
    }
}
