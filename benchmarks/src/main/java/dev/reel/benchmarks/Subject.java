package dev.reel.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** What is measured: something that makes events durable, each in its session. */
interface Subject extends AutoCloseable {

    /** All of them, in the order in which they take turns. */
    List<String> NAMES = List.of("reel", "raw", "sqlite", "sqlite-indexed", "rocksdb");

    /**
     * Begins to append an event. Each session has one append at a time.
     *
     * @param session its number, from 0
     * @param answer told when the event is durable, on any thread; may begin the next append
     */
    void append(int session, Answer answer);

    @Override
    void close() throws IOException;

    /** How an append went. */
    interface Answer {

        void durable();

        void failed(Throwable why);
    }

    /**
     * A new one, in an empty directory.
     *
     * @param dataBytes how large the data of an event is
     */
    static Subject open(String name, Path directory, int sessions, int dataBytes) throws Exception {
        return switch (name) {
            case "reel" -> new ReelSubject(directory, sessions, dataBytes);
            case "raw" -> new RawSubject(directory, sessions, dataBytes);
            case "sqlite" -> new SqliteSubject(directory, sessions, dataBytes, false);
            case "sqlite-indexed" -> new SqliteSubject(directory, sessions, dataBytes, true);
            case "rocksdb" -> new RocksSubject(directory, sessions, dataBytes);
            default -> throw new IllegalArgumentException("no subject: " + name + "; there are " + NAMES);
        };
    }
}
