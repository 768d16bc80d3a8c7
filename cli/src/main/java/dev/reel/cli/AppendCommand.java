package dev.reel.cli;

import dev.reel.Commit;
import dev.reel.EventDraft;
import dev.reel.ExpectedVersion;
import dev.reel.Json;
import dev.reel.WriteOptions;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code reel append}. */
@Command(
        name = "append",
        header = "Appends events to a session: JSON lines from standard input.",
        description = {
            "",
            "Each line is an event: {\"event\":\"user_message\",\"data\":{\"message\":{…}}}. It may also have uuid, ts, v"
                    + " and meta, like lines of the JSONL format. seq, pos, batch and crc are ignored, since the"
                    + " store sets them. A line that is an array of events appends all of them, or none.",
            "",
            "Each commit is printed when it is acknowledged. The command stops at the first line that can't be"
                    + " appended; earlier lines are kept. The session and the store are created if they do not exist."
        })
final class AppendCommand extends StoreCommand {

    private static final Set<String> OWN =
            Set.of("event", "data", "uuid", "ts", "v", "meta", "seq", "pos", "batch", "crc");

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Parameters(paramLabel = "ID", converter = SessionId.class, description = "The session.")
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private String id;

    @Option(
            names = "--expect",
            paramLabel = "VERSION",
            description =
                    "Appends only if the log is at that version. 0: the log must be empty; any: any version; some: any"
                            + " version except 0. Each further line expects the version after the line before it.")
    private @Nullable String expect;

    @Option(names = "--json", description = "Prints each commit as a JSON object, in the form of docs/json.md.")
    private boolean json;

    AppendCommand(Terminal terminal) {
        super(terminal);
    }

    @Override
    public Integer call() throws IOException {
        ExpectedVersion expected = expected();
        boolean chained = !expected.equals(ExpectedVersion.any());
        try (WrittenStore store = new WrittenStore(at.made(), terminal.err());
                BufferedReader in = new BufferedReader(new InputStreamReader(terminal.in(), StandardCharsets.UTF_8))) {
            store.writes(id);
            long number = 0;
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                number++;
                if (!line.isBlank()) {
                    List<EventDraft> events = eventsOf(line, number);
                    Commit commit = get(store.append(id, events, WriteOptions.expecting(expected)));
                    print(commit);
                    expected = chained ? ExpectedVersion.exactly(commit.place()) : expected;
                }
            }
        }
        return 0;
    }

    private ExpectedVersion expected() {
        if (expect == null || expect.equals("any")) {
            return ExpectedVersion.any();
        }
        if (expect.equals("some")) {
            return ExpectedVersion.nonEmptyLog();
        }
        try {
            return ExpectedVersion.exactly(Long.parseLong(expect));
        } catch (IllegalArgumentException e) {
            throw new ParameterException(
                    spec.commandLine(), "invalid --expect '" + expect + "': expected a version, any or some");
        }
    }

    private static List<EventDraft> eventsOf(String line, long number) {
        try {
            Json json = Json.parse(line);
            if (json.kind() == Json.Kind.ARRAY) {
                if (json.elements().isEmpty()) {
                    throw new IllegalArgumentException("the array has no events");
                }
                return json.elements().stream().map(AppendCommand::eventOf).toList();
            }
            return List.of(eventOf(json));
        } catch (DateTimeParseException e) {
            throw new CommandFailure(
                    "line " + number + ": invalid ts: expected an instant such as 2026-04-26T12:34:56Z");
        } catch (IllegalArgumentException e) {
            throw new CommandFailure("line " + number + ": " + e.getMessage());
        }
    }

    private static EventDraft eventOf(Json json) {
        if (!json.isObject()) {
            throw new IllegalArgumentException("invalid event: expected a JSON object");
        }
        String type = json.textOf("event");
        if (type == null) {
            throw new IllegalArgumentException("the event has no \"event\" member, which is its type");
        }
        Json data = json.get("data");
        EventDraft draft = EventDraft.of(type, data == null ? Json.EMPTY_OBJECT : data);
        String uuid = json.textOf("uuid");
        draft = uuid == null ? draft : draft.withId(uuid);
        String ts = json.textOf("ts");
        draft = ts == null ? draft : draft.withAt(Instant.parse(ts));
        Long v = json.longOf("v");
        if (v != null && (v < 1 || v > Integer.MAX_VALUE)) {
            throw new IllegalArgumentException("invalid v " + v + ": expected 1 to " + Integer.MAX_VALUE);
        }
        draft = v == null ? draft : draft.withSchemaVersion(v.intValue());
        draft = draft.withMeta(json.get("meta"));
        Map<String, Json> extra = new HashMap<>(json.members());
        extra.keySet().removeAll(OWN);
        return extra.isEmpty() ? draft : draft.withExtra(extra);
    }

    private void print(Commit commit) {
        if (json) {
            say(commit.toJson().toString());
        } else if (commit.firstVersion() > commit.version()) {
            say("nothing appended, version " + commit.version());
        } else {
            String versions = commit.firstVersion() == commit.version()
                    ? "version " + commit.version()
                    : "versions " + commit.firstVersion() + " to " + commit.version();
            say(versions + "  " + commit.eventId() + (commit.repeated() ? "  (already written)" : ""));
        }
    }
}
