package dev.reel.benchmarks;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * SQLite with a write-ahead log that is flushed at each commit; one transaction a group. Without an index it does the least
 * that it can, and a session's events could be found by reading all; with one they are found as a store of sessions has to.
 */
final class SqliteSubject extends GroupCommit {

    private final Connection connection;
    private final PreparedStatement insert;
    private final String[] sessions;
    private final long[] versions;
    private final byte[] line;

    SqliteSubject(Path directory, int sessions, int dataBytes, boolean indexed) throws SQLException {
        this.connection = DriverManager.getConnection("jdbc:sqlite:" + directory.resolve("events.db"));
        try (Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA journal_mode=WAL");
            statement.execute("PRAGMA synchronous=FULL");
            statement.execute("CREATE TABLE events (session TEXT, version INTEGER, line BLOB)");
            if (indexed) {
                statement.execute("CREATE UNIQUE INDEX place ON events (session, version)");
            }
        }
        connection.setAutoCommit(false);
        this.insert = connection.prepareStatement("INSERT INTO events VALUES (?, ?, ?)");
        this.sessions = Events.sessionIds(sessions);
        this.versions = new long[sessions];
        this.line = ReelSubject.line(dataBytes);
        start();
    }

    @Override
    void commit(int[] group) throws SQLException {
        for (int session : group) {
            insert.setString(1, sessions[session]);
            insert.setLong(2, ++versions[session]);
            insert.setBytes(3, line);
            insert.addBatch();
        }
        insert.executeBatch();
        connection.commit();
    }

    @Override
    void release() throws SQLException {
        insert.close();
        connection.close();
    }
}
