package dev.reel.benchmarks.http;

import java.nio.file.Path;

/** A server that is measured. It listens on a port of 127.0.0.1. */
interface Answering extends AutoCloseable {

    /** Stands once in each event's text, and nowhere else in what a server sends: readers count it. */
    char MARK = '~';

    /** The session whose events are read. */
    String READ = "read";

    int port();

    /** The path that a client follows, from the next event on. */
    String followed();

    /** The path of all {@link #add added} events, as server-sent events; the answer ends. */
    String replayed();

    /** The path that is posted to, over one of many connections. */
    String posted(int connection);

    /** Adds events, which all who follow are told, and returns. */
    void add(int count);

    @Override
    void close();

    /**
     * Starts one.
     *
     * @param directory an empty one, for a server whose store needs one
     */
    static Answering start(String name, Path directory) {
        return switch (name) {
            case "reel-memory" -> ReelAnswering.memory();
            case "reel-jsonl" -> ReelAnswering.jsonl(directory);
            case "bare" -> new BareAnswering();
            default -> throw new IllegalArgumentException("no server: " + name);
        };
    }
}
