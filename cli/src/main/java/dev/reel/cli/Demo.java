package dev.reel.cli;

import dev.reel.Anchor;
import dev.reel.Checkpoint;
import dev.reel.CheckpointRequest;
import dev.reel.EventDraft;
import dev.reel.Fork;
import dev.reel.ForkRequest;
import dev.reel.From;
import dev.reel.Json;
import dev.reel.Message;
import dev.reel.MessageDelta;
import dev.reel.MessageDraft;
import dev.reel.Range;
import dev.reel.Rewind;
import dev.reel.Role;
import dev.reel.Session;
import dev.reel.SessionDraft;
import dev.reel.SessionEvent;
import dev.reel.SessionQuery;
import dev.reel.SessionState;
import dev.reel.SessionStore;
import dev.reel.cli.Terminal.Style;
import dev.reel.jsonl.ImportResult;
import dev.reel.jsonl.JsonlImport;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** Shows in seven scenes what Reel does. The scenes are always the same; each number in them is read from the store. */
final class Demo {

    private static final String ID = "fix-login";
    private static final String FORK = "fix-login-2";
    private static final String MODEL = "demo";

    private static final int LISTED = 6;

    private final SessionStore store;
    private final Path sample;
    private final Stage stage;
    private final @Nullable Path root;

    /** The widths of three columns: the first one, and each of the others. */
    private final int writer;

    private final int reader;

    /** The width of each of two columns. */
    private final int half;

    /** The width of the description of a step, before its result. */
    private final int step;

    /**
     * Creates a demo.
     *
     * @param root the directory of the store; null if the store is in memory
     */
    Demo(SessionStore store, Path sample, Stage stage, @Nullable Path root) {
        this.store = store;
        this.sample = sample;
        this.stage = stage;
        this.root = root;
        this.reader = (stage.width - 11) / 3;
        this.writer = reader + 3;
        this.half = Math.min(45, (stage.width - 5) / 2);
        this.step = Math.min(44, stage.width - 42);
    }

    /** Runs the demo. Returns false if the rebuilt rows differ from the rows that the store serves. */
    boolean play() {
        clear();
        stage.say(stage.styled(Style.BOLD, "Reel") + "  record, replay, tail, rewind and fork the sessions of agents");
        stage.say("");
        stage.say("   A session is one conversation. Each write to it is an event on its log, which only ever grows.");
        stage.say("   Rows (sessions, messages, snapshots) are computed from the log, and from nothing else.");
        stage.pause(1_500);
        record();
        list();
        tail();
        String snapshot = rewind();
        fork(snapshot);
        asOf();
        boolean same = rebuild();
        stage.say("");
        stage.say(
                root == null
                        ? "That was Reel, in memory. Next:  " + stage.styled(Style.BOLD, "./reel import DIR")
                                + "  for your own sessions,  " + stage.styled(Style.BOLD, "./reel --help")
                                + "  for all commands."
                        : "That was Reel, on disk. Next:  "
                                + stage.styled(Style.BOLD, "./reel ls --store " + Text.oneLine(root.toString())));
        return same;
    }

    /** Removes the sessions that an earlier run left in the store. */
    private void clear() {
        for (String id : List.of(ID, FORK)) {
            Session session = store.getSession(id).block();
            if (session == null && !get(store.replay(id, Range.last(1)).hasElements())) {
                continue;
            }
            if (session == null || !MODEL.equals(session.model())) {
                throw new CommandFailure(
                        "the store has a session " + id + " that is not the demo's; pass another" + " --store");
            }
            store.purge(id).block();
        }
    }

    // 1

    private void record() {
        stage.scene("Import what was recorded elsewhere", "JsonlImport.into(store).run()");
        ImportResult result = ImportCommand.run(JsonlImport.into(store).withRoot(sample), sample);
        stage.say("   " + stage.styled(Style.BOLD, Text.count(result.sessions(), "session")) + ", "
                + Text.count(result.events(), "event") + ", " + Text.count(result.messages(), "message") + ", "
                + Text.count(result.problems().size(), "problem") + "  "
                + stage.styled(Style.DIM, "(JSONL files in ExAthena's format)"));
        stage.pause(450);
    }

    // 2

    private void list() {
        stage.scene("List sessions, most recently changed first", "store.listSessions(query)");
        stage.say(stage.styled(Style.DIM, row("session", "events", "user", "assistant", "tool", "first question")));
        List<SessionState> states = get(store.listSessions(SessionQuery.all().withLimit(LISTED))
                .map(Session::id)
                .concatMap(store::state)
                .collectList());
        for (SessionState state : states) {
            stage.say(row(
                    state.sessionId(),
                    Text.number(state.version()),
                    count(state, Role.USER),
                    count(state, Role.ASSISTANT),
                    count(state, Role.TOOL),
                    firstQuestion(state)));
            stage.pause(80);
        }
        long all = get(store.listSessions(SessionQuery.all()).count());
        stage.explain("… and " + Text.number(all - states.size()) + " more");
        stage.pause(450);
    }

    private String row(String session, String events, String user, String assistant, String tool, String question) {
        return "   " + Text.fit(session, 22) + Text.right(events, 8) + Text.right(user, 6) + Text.right(assistant, 11)
                + Text.right(tool, 6) + "   " + Text.cut(question, stage.width - 59);
    }

    private static String count(SessionState state, Role role) {
        return Text.number(
                state.messages().stream().filter(it -> it.role() == role).count());
    }

    private static String firstQuestion(SessionState state) {
        return state.messages().stream()
                .filter(it -> it.role() == Role.USER)
                .findFirst()
                .map(Demo::textOf)
                .orElse("");
    }

    // 3

    private void tail() {
        stage.scene("Tail a session while it is written", "store.tail(id, From.start())");
        stage.explain("An agent writes. Two readers follow its log: first the existing events, then the new ones.");
        stage.explain("A requests all events. B is slow and requests one event at a time, so nothing piles up for it.");
        stage.say("");
        get(store.putSession(
                ID, SessionDraft.empty().withTitle("Safari login fails").withModel(MODEL)));
        get(store.putMessage(ID, MessageDraft.user("Why does it fail?").withId("q1")));
        get(store.putMessage(ID, MessageDraft.assistant("Let me look.").withId("a1")));
        Follower a = Follower.of(store.tail(ID, From.start()));
        Follower b = Follower.of(store.tail(ID, From.start()));
        a.requestUnbounded();
        moment(
                stage.styled(Style.BOLD, Text.fit("agent  writes", writer)),
                stage.styled(Style.BOLD, Text.fit("A  requests all", reader)),
                stage.styled(Style.BOLD, "B  requests one by one"));
        long bHas = 0;
        for (long version = 1; version <= 3; version++) {
            boolean bAsks = version != 2;
            bHas += bAsks ? 1 : 0;
            moment("", read(a, version, Style.CYAN), bAsks ? read(b, bHas) : "");
        }
        moment("", stage.styled(Style.DIM, Text.fit("─ caught up; live from here ─", reader)), "");
        List<Mono<?>> script = List.of(
                store.append(ID, EventDraft.of("tool_call", Json.object("name", "grep", "pattern", "Set-Cookie"))),
                store.putMessage(ID, MessageDraft.of(Role.TOOL, "SameSite=None").withId("t1")),
                store.appendToMessage(ID, MessageDelta.of("a2", 0, "Found it: ")),
                store.appendToMessage(ID, MessageDelta.of("a2", 1, "the cookie has ")),
                store.appendToMessage(ID, MessageDelta.of("a2", 2, "SameSite=None ")),
                store.appendToMessage(ID, MessageDelta.of("a2", 3, "but not Secure, ")),
                store.appendToMessage(ID, MessageDelta.of("a2", 4, "so it is dropped.")),
                store.putMessage(
                        ID,
                        MessageDraft.assistant(
                                        "Found it: the cookie has SameSite=None but not Secure, so it is dropped.")
                                .withId("a2")));
        long version = 3;
        for (Mono<?> write : script) {
            get(write);
            version++;
            SessionEvent event = get(store.replay(ID, Range.last(1)).next());
            boolean bAsks = version % 3 == 0;
            bHas += bAsks ? 1 : 0;
            moment(
                    stage.styled(Style.YELLOW, Text.fit(describe(event), writer)),
                    read(a, version, Style.CYAN),
                    bAsks ? read(b, bHas) : "");
        }
        String agent = stage.styled(Style.DIM, Text.fit("   done; B continues", writer));
        while (bHas < version) {
            bHas++;
            moment(agent, "", read(b, bHas));
            agent = "";
        }
        a.cancel();
        b.cancel();
        stage.explain("Both have every event once, in order. The deltas streamed one answer; a reader that starts");
        stage.explain("in the middle gets the parts so far. The last event wrote the whole answer: one message row.");
        stage.pause(350);
    }

    private void moment(String agent, String a, String b) {
        stage.say("   " + (agent.isEmpty() ? Text.fit("", writer) : agent) + " │ "
                + (a.isEmpty() ? Text.fit("", reader) : a) + " │ " + b);
        stage.pause(260);
    }

    private String read(Follower a, long version, Style style) {
        SessionEvent event = a.next();
        check(event, version);
        return stage.styled(style, Text.fit(describe(event), reader));
    }

    private String read(Follower b, long version) {
        b.request(1);
        SessionEvent event = b.next();
        check(event, version);
        return stage.styled(Style.MAGENTA, Text.cut(describe(event), reader));
    }

    private static void check(SessionEvent event, long version) {
        if (event.version() != version) {
            throw new CommandFailure("a tail emitted version " + event.version() + ", expected " + version);
        }
    }

    private static String describe(SessionEvent event) {
        String version = Text.right("" + event.version(), 2) + " ";
        Json data = event.data();
        Json message = data.get("message");
        return version
                + switch (event.type()) {
                    case "user_message" -> Text.fit("user", 6) + quoted(message);
                    case "assistant_message" -> Text.fit("agent", 6) + quoted(message);
                    case "tool_result" -> Text.fit("tool", 6) + quoted(message);
                    case "message_delta" -> Text.fit("part", 6) + "“" + data.textOf("text") + "”";
                    case "tool_call" -> Text.fit("call", 6) + data.textOf("name") + " " + data.textOf("pattern");
                    case "session_start" -> Text.fit("start", 6) + data.textOf("title");
                    default -> event.type();
                };
    }

    private static String quoted(@Nullable Json message) {
        return "“" + (message == null ? "" : Text.oneLine(String.valueOf(message.textOf("content")))) + "”";
    }

    // 4

    private String rewind() {
        stage.scene("Rewind and redo", "store.checkpoint / rewind / redo");
        Checkpoint checkpoint =
                get(store.checkpoint(ID, CheckpointRequest.atLastMessage().withLabel("cause found")));
        String snapshot = checkpoint.snapshot().id();
        step("checkpoint “cause found”", checkpoint.version(), "");
        get(store.putMessage(ID, MessageDraft.user("Fix it.").withId("q2")));
        said(ID, "q2", Style.YELLOW);
        get(store.putMessage(
                ID, MessageDraft.assistant("Done: I removed the cookie check.").withId("a3")));
        said(ID, "a3", Style.YELLOW);
        stage.explain("That was wrong. Back to the snapshot:");
        Rewind back = get(store.rewind(ID, Anchor.snapshot(snapshot)));
        step(
                "rewind to the snapshot",
                back.version(),
                Text.count(back.cut(), "message") + " cut, " + back.left() + " left");
        Rewind forth = get(store.redo(ID));
        step("redo", forth.version(), Text.count(forth.restored(), "message") + " back, " + forth.left() + " left");
        stage.explain("Both were recorded as events: the log grew from " + (back.version() - 1) + " to "
                + forth.version() + ". Nothing was erased.");
        return snapshot;
    }

    private void step(String what, long version, String effect) {
        stage.say("   " + Text.fit(what, step) + stage.styled(Style.DIM, Text.fit("→ version " + version, 15))
                + stage.styled(Style.CYAN, effect));
        stage.pause(500);
    }

    private void said(String session, String message, Style style) {
        Message row = get(store.getMessage(session, message));
        stage.say("   " + stage.styled(style, Text.fit(line(row), step))
                + stage.styled(Style.DIM, "→ version " + row.seq()));
        stage.pause(450);
    }

    private static String line(Message message) {
        String who = message.role() == Role.ASSISTANT ? "agent" : message.role().text();
        return Text.fit(who, 6) + "“" + textOf(message) + "”";
    }

    private static String textOf(Message message) {
        return Text.oneLine(Objects.requireNonNullElse(message.text(), ""));
    }

    // 5

    private void fork(String snapshot) {
        stage.scene("Fork: try something else from the same point", "store.fork(id, ForkRequest.at(…))");
        Fork fork = get(store.fork(ID, ForkRequest.at(Anchor.snapshot(snapshot)).withId(FORK)));
        stage.say("   " + FORK + " has the first " + fork.parentVersion() + " events of " + ID
                + stage.styled(Style.DIM, "  (shared, not copied)"));
        stage.pause(450);
        get(store.putMessage(
                FORK, MessageDraft.user("Fix it, and keep the check.").withId("q2")));
        get(store.putMessage(
                FORK,
                MessageDraft.assistant("Done: Secure is set, the check stays.").withId("a3")));
        stage.say("");
        stage.say(stage.styled(Style.BOLD, "   " + Text.fit(ID, half + 2) + FORK));
        for (String id : List.of("a2", "q2", "a3")) {
            Message left = get(store.getMessage(ID, id));
            Message right = get(store.getMessage(FORK, id));
            Style style = textOf(left).equals(textOf(right)) ? Style.DIM : Style.MAGENTA;
            stage.say("   " + stage.styled(style == Style.DIM ? style : Style.CYAN, Text.fit(line(left), half)) + "  "
                    + stage.styled(style, Text.cut(line(right), half)));
            stage.pause(500);
        }
        stage.pause(350);
    }

    // 6

    private void asOf() {
        stage.scene("Read the session as of any version", "store.asOf(id, version)");
        SessionState now = get(store.state(ID));
        Map<Long, String> versions = new TreeMap<>(Map.of(
                3L, "before the answer", 8L, "in the middle of it", 15L, "after the rewind", now.version(), "now"));
        for (long version : versions.keySet()) {
            SessionState then = get(store.asOf(ID, version));
            Message last = then.messages().get(then.messages().size() - 1);
            String text = line(last) + (last.partial() ? " …" : "");
            stage.say("   " + Text.fit("version " + version, 12)
                    + stage.styled(Style.DIM, Text.fit(Objects.requireNonNull(versions.get(version)), 21))
                    + Text.right(Text.count(then.messages().size(), "message"), 10) + "   "
                    + stage.styled(last.partial() ? Style.YELLOW : Style.CYAN, Text.cut(text, stage.width - 52)));
            stage.pause(400);
        }
        stage.pause(500);
    }

    // 7

    private boolean rebuild() {
        stage.scene("Rebuild all rows from the logs", "store.replay(id, all).reduce(…)");
        long[] sums = new long[4];
        List<String> ids = get(store.sessionIds().collectList());
        int same = 0;
        for (String id : ids) {
            SessionState rebuilt =
                    get(store.replay(id, Range.all()).reduce(SessionState.empty(id), SessionState::apply));
            sums[0] += rebuilt.version();
            sums[1] += rebuilt.messages().size();
            sums[2] += rebuilt.snapshots().size();
            boolean equal = Objects.equals(rebuilt.session(), get(store.getSession(id)))
                    && rebuilt.messages().equals(get(store.listMessages(id).collectList()))
                    && rebuilt.snapshots().equals(get(store.listSnapshots(id).collectList()));
            same += equal ? 1 : 0;
        }
        stage.say("   folded " + Text.count(sums[0], "event") + " of " + Text.count(ids.size(), "log") + " into "
                + Text.count(ids.size(), "session") + ", " + Text.count(sums[1], "message") + " and "
                + Text.count(sums[2], "snapshot"));
        boolean all = same == ids.size();
        stage.say(
                all
                        ? stage.styled(Style.GREEN, "   ✓ each row equals the one that the store serves")
                        : stage.styled(Style.RED, "   ✗ the rows of " + (ids.size() - same) + " sessions differ"));
        stage.pause(400);
        return all;
    }

    /** Blocks: a command may, on its own thread. */
    private static <T> T get(Mono<T> mono) {
        T value = mono.block();
        if (value == null) {
            throw new CommandFailure("the store completed without a result");
        }
        return value;
    }
}
