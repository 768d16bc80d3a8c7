package dev.reel.cli;

import dev.reel.Json;
import dev.reel.Range;
import dev.reel.Session;
import dev.reel.SessionEvent;
import dev.reel.SessionQuery;
import dev.reel.SessionStore;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code reel stats}. */
@Command(
        name = "stats",
        header = "Prints figures of a store, or of the events of one session.",
        description = {"", "For a whole store it reads only rows and file sizes; for a session it reads the log."})
final class StatsCommand extends StoreCommand {

    @Parameters(
            arity = "0..1",
            paramLabel = "ID",
            converter = SessionId.class,
            description = "One session; the whole store by default.")
    private @Nullable String id;

    @Option(names = "--json", description = "Prints one JSON object.")
    private boolean json;

    StatsCommand(Terminal terminal) {
        super(terminal);
    }

    @Override
    public Integer call() throws IOException {
        Map<String, @Nullable Object> figures = new LinkedHashMap<>();
        try (SessionStore store = at.forReading()) {
            if (id == null) {
                ofStore(store, figures);
            } else {
                requireSession(store, id);
                ofSession(store, id, figures);
            }
        }
        if (json) {
            say(Json.of(figures).toString());
        } else {
            figures.forEach((name, value) ->
                    say(Text.fit(name.replace('_', ' '), 22) + " " + Text.right(textOf(name, value), 20)));
        }
        return 0;
    }

    private void ofStore(SessionStore store, Map<String, @Nullable Object> figures) throws IOException {
        long sessions = 0;
        long forks = 0;
        long closed = 0;
        Session newest = null;
        Session oldest = null;
        for (Session session : store.listSessions(SessionQuery.all()).toIterable()) {
            sessions++;
            forks += session.parentId() == null ? 0 : 1;
            closed += session.closed() ? 1 : 0;
            newest = newest == null ? session : newest;
            oldest = session;
        }
        figures.put("sessions", sessions);
        figures.put("forks", forks);
        figures.put("closed", closed);
        figures.put("last_position", get(store.position()).position());
        figures.put("last_changed", newest == null ? null : newest.updatedAt().toString());
        figures.put(
                "longest_unchanged", oldest == null ? null : oldest.updatedAt().toString());
        if (at.isRemote()) {
            return; // the files belong to the server
        }
        Path own = at.root().resolve(".reel");
        long ownBytes = bytesOf(own);
        figures.put("session_bytes", bytesOf(at.root()) - ownBytes);
        figures.put("journal_bytes", bytesOf(own.resolve("journal")));
        figures.put("kept_bytes", bytesOf(own.resolve("kept")));
        figures.put("other_bytes", ownBytes - bytesOf(own.resolve("journal")) - bytesOf(own.resolve("kept")));
    }

    private static void ofSession(SessionStore store, String id, Map<String, @Nullable Object> figures) {
        Map<String, Long> types = new TreeMap<>();
        long events = 0;
        long bytes = 0;
        SessionEvent first = null;
        SessionEvent last = null;
        for (SessionEvent event : store.replay(id, Range.all()).toIterable(256)) {
            types.merge(event.type(), 1L, Long::sum);
            events++;
            bytes += event.line().remaining() + 1L;
            first = first == null ? event : first;
            last = event;
        }
        figures.put("events", events);
        figures.put("bytes", bytes);
        figures.put("first_at", first == null ? null : first.at().toString());
        figures.put("last_at", last == null ? null : last.at().toString());
        figures.putAll(types);
    }

    private static String textOf(String name, @Nullable Object value) {
        if (value instanceof Long n) {
            return name.endsWith("bytes") ? Text.bytes(n) : Text.number(n);
        }
        return value == null ? "–" : value.toString().replaceFirst("\\.[0-9]+Z$", "Z");
    }

    /** Files can appear and disappear while they are counted. */
    private static long bytesOf(Path directory) throws IOException {
        long[] sum = new long[1];
        if (Files.isDirectory(directory)) {
            Files.walkFileTree(directory, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                    sum[0] += attributes.isRegularFile() ? attributes.size() : 0;
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFileFailed(Path file, IOException e) {
                    return FileVisitResult.CONTINUE;
                }
            });
        }
        return sum[0];
    }
}
