package dev.reel.jsonl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.reel.Anchor;
import dev.reel.CheckpointRequest;
import dev.reel.EventDraft;
import dev.reel.FeedFilter;
import dev.reel.FeedPlace;
import dev.reel.ForkRequest;
import dev.reel.Json;
import dev.reel.MessageDelta;
import dev.reel.MessageDraft;
import dev.reel.Range;
import dev.reel.SessionDraft;
import dev.reel.SessionEvent;
import dev.reel.SessionState;
import dev.reel.SessionStore;
import dev.reel.StoreOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Roots of every version, and ExAthena's files, are read to the same events and rows by every later version. They are
 * in {@code src/test/resources/golden}; its README explains how to add those of a version.
 */
class GoldenTest {

    private static final Path GOLDEN = Path.of("src/test/resources/golden");

    @TempDir
    Path directory;

    static Stream<String> versions() throws IOException {
        try (Stream<Path> roots = Files.list(GOLDEN)) {
            return roots
                    .filter(Files::isDirectory)
                    .map(root -> root.getFileName().toString())
                    .sorted()
                    .toList()
                    .stream();
        }
    }

    @ParameterizedTest
    @MethodSource("versions")
    @DisplayName("old roots are read to the same events and rows: followed, opened, and reopened")
    void theSame(String version) throws IOException {
        Path golden = GOLDEN.resolve(version);
        copy(golden.resolve("root"), directory.resolve("root"));
        String wanted = Files.readString(golden.resolve("rows.txt"));
        Path root = directory.resolve("root");
        try (SessionStore store = JsonlSessionStore.follow(root)) {
            assertEquals(wanted, textOf(store), "followed");
        }
        for (int i = 1; i <= 2; i++) {
            try (SessionStore store = JsonlSessionStore.open(root)) {
                assertEquals(wanted, textOf(store), "opened, time " + i);
                List<Long> positions = store.replayAll(FeedPlace.start(), FeedFilter.all())
                        .map(SessionEvent::position)
                        .collectList()
                        .block();
                assertEquals(List.copyOf(new TreeSet<>(positions)), positions, "the feed's order");
                assertFalse(positions.isEmpty());
            }
        }
        assertEquals(0, RootCheck.of(root).run(problem -> {}).damages());
    }

    /** The contents of a root as text that does not depend on the classes. */
    private static String textOf(SessionStore store) {
        StringBuilder text = new StringBuilder();
        for (String id : new TreeSet<>(store.sessionIds().collectList().block())) {
            SessionState rows = Objects.requireNonNull(store.state(id).block());
            text.append("session ").append(id).append('\n');
            store.replay(id, Range.all())
                    .doOnNext(event -> text.append("  event ")
                            .append(String.join(
                                    " ",
                                    Long.toString(event.version()),
                                    event.id(),
                                    event.at().toString(),
                                    event.type(),
                                    event.data().toString()))
                            .append('\n'))
                    .blockLast();
            var session = rows.session();
            if (session != null) {
                text.append("  row ")
                        .append(List.of(
                                "parent " + session.parentId() + "@" + session.parentVersion(),
                                "title " + session.title(),
                                "model " + session.model(),
                                "created " + session.createdAt(),
                                "updated " + session.updatedAt(),
                                "metadata " + session.metadata(),
                                "closed " + session.closed()))
                        .append('\n');
            }
            rows.messages()
                    .forEach(message -> text.append("  message ")
                            .append(List.of(
                                    message.id(),
                                    message.seq(),
                                    message.role(),
                                    message.content().toString(),
                                    message.at(),
                                    "partial " + message.partial()))
                            .append('\n'));
            rows.snapshots()
                    .forEach(snapshot -> text.append("  snapshot ")
                            .append(List.of(
                                    snapshot.id(),
                                    "message " + snapshot.messageId(),
                                    snapshot.state().toString(),
                                    snapshot.createdAt()))
                            .append('\n'));
        }
        return text.toString();
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Path target = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else if (!file.getFileName().toString().equals(RootFiles.LOCK)) {
                    Files.copy(file, target);
                }
            }
        }
    }

    /** Writes the root of this version, and its contents: {@code VERSION DIRECTORY-OF-EXATHENA-FILES}. */
    public static void main(String[] args) throws IOException {
        Path golden = GOLDEN.resolve(args[0]);
        Path root = Files.createTempDirectory("golden");
        copy(Path.of(args[1]), root);
        try (SessionStore store = JsonlSessionStore.open(root)) {
            write(store);
        }
        // From here on events are only in the journal, as after a kill.
        JsonlStoreOptions lagging = JsonlStoreOptions.standard().withLag(Duration.ofDays(1), 64 << 20);
        SessionStore store = JsonlSessionStore.open(root, StoreOptions.standard(), lagging);
        store.putMessage("trip", MessageDraft.user("And back?").withId("m9")).block();
        store.fork("trip", ForkRequest.whole().withId("late fork")).block();
        store.append("Ünïcode / ..", EventDraft.of("note", Json.object("n", 3))).block();
        copy(root, golden.resolve("root"));
        Files.writeString(golden.resolve("rows.txt"), textOf(store));
        store.close();
    }

    private static void write(SessionStore store) {
        store.putSession(
                        "trip",
                        SessionDraft.empty()
                                .withTitle("A trip to Madrid")
                                .withModel("some-model")
                                .withMetadata(Json.object("class", 2)))
                .block();
        store.putMessage("trip", MessageDraft.user("Is there a night train?").withId("m1"))
                .block();
        store.append(
                        "trip",
                        List.of(
                                EventDraft.of("tool_call", Json.object("name", "timetable")),
                                EventDraft.of("tool_call", Json.object("name", "prices")),
                                EventDraft.of("note", Json.object("free", "text \"quoted\" — ünï"))))
                .block();
        store.appendToMessage("trip", MessageDelta.of("m2", 0, "There is ")).block();
        store.appendToMessage("trip", MessageDelta.of("m2", 1, "one.")).block();
        store.putMessage(
                        "trip", MessageDraft.assistant("There is one at 21:25.").withId("m2"))
                .block();
        store.checkpoint("trip", CheckpointRequest.atLastMessage().withLabel("found"))
                .block();
        store.putMessage("trip", MessageDraft.user("By bus?").withId("m3")).block();
        store.undo("trip").block();
        store.redo("trip").block();
        store.rewind("trip", Anchor.message("m2")).block();
        store.takeTurn("trip", "worker 1").block();
        store.fork("trip", ForkRequest.at(Anchor.message("m1")).withId("plane").withTitle("By plane"))
                .block();
        store.closeSession("plane", Json.object("why", "done")).block();
        store.putMessage("gone", MessageDraft.user("secret")).block();
        store.purge("gone").block();
        store.putMessage("gone", MessageDraft.user("anew").withId("n1")).block();
        store.deleteSession("gone").block();
        store.append("Ünïcode / ..", EventDraft.of("note", Json.object("n", 1))).block();
        store.append("Ünïcode / ..", EventDraft.of("note", Json.object("n", 2))).block();
    }
}
