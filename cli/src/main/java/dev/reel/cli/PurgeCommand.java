package dev.reel.cli;

import dev.reel.Session;
import dev.reel.SessionQuery;
import dev.reel.SessionStore;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code reel purge}. */
@Command(
        name = "purge",
        header = "Erases sessions permanently, with their logs.",
        description = {
            "",
            "Only their ids remain in the store. It asks for confirmation unless you pass --yes. Forks"
                    + " are separate sessions and keep their history; --with-forks erases them too."
        })
final class PurgeCommand extends StoreCommand {

    /** How many sessions are printed before the question. */
    private static final int SHOWN = 10;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Parameters(arity = "0..*", paramLabel = "ID", converter = SessionId.class, description = "The sessions.")
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private List<String> ids = List.of();

    @Option(names = "--with-forks", description = "Also erases their forks, and the forks of those.")
    private boolean withForks;

    @Option(
            names = "--unchanged-for",
            paramLabel = "TIME",
            converter = Period.class,
            description = "Instead of ids: all sessions unchanged for this long, such as 90d, 12h or 2w.")
    private @Nullable Duration unchanged;

    @Option(names = "--dry-run", description = "Only prints what would be purged.")
    private boolean dryRun;

    @Option(names = "--yes", description = "Does not ask for confirmation.")
    private boolean yes;

    PurgeCommand(Terminal terminal) {
        super(terminal);
    }

    @Override
    public Integer call() throws IOException {
        if (ids.isEmpty() == (unchanged == null)) {
            throw new ParameterException(
                    spec.commandLine(),
                    ids.isEmpty()
                            ? "No sessions: pass their ids or --unchanged-for TIME"
                            : "Pass session ids or --unchanged-for TIME, not both");
        }
        try (SessionStore store = dryRun ? at.forReading() : writing()) {
            Instant before = unchanged == null ? Instant.MAX : Instant.now().minus(unchanged);
            List<String> over = new ArrayList<>(unchanged == null ? named(store) : unchangedSince(store, before));
            if (over.isEmpty()) {
                say("No session to purge.");
                return 0;
            }
            if (dryRun) {
                over.forEach(id -> say(Text.oneLine(id)));
                say("Would purge " + Text.count(over.size(), "session") + ".");
                return 0;
            }
            if (!yes && !isConfirmed(over)) {
                throw new CommandFailure("nothing was purged; answer y, or pass --yes");
            }
            return purge(store, over, before);
        }
    }

    private Set<String> named(SessionStore store) {
        Set<String> over = new LinkedHashSet<>();
        for (String id : ids) {
            if (!isThere(store, id)) {
                throw noSession(id);
            }
            add(store, id, over);
        }
        return over;
    }

    private void add(SessionStore store, String id, Set<String> over) {
        if (over.add(id) && withForks) {
            for (Session fork :
                    store.listSessions(SessionQuery.all().withParent(id)).toIterable()) {
                add(store, fork.id(), over);
            }
        }
    }

    private Set<String> unchangedSince(SessionStore store, Instant before) {
        Set<String> over = new LinkedHashSet<>();
        for (Session session : store.listSessions(SessionQuery.all()).toIterable()) {
            if (session.updatedAt().isBefore(before)) {
                add(store, session.id(), over);
            }
        }
        return over;
    }

    private boolean isConfirmed(List<String> over) throws IOException {
        over.stream().limit(SHOWN).forEach(id -> terminal.err().println("  " + Text.oneLine(id)));
        if (over.size() > SHOWN) {
            terminal.err().println("  … and " + Text.number(over.size() - SHOWN) + " more");
        }
        String which = over.size() == 1 ? "this session" : "these " + Text.count(over.size(), "session");
        terminal.err().print("Purge " + which + " permanently? [y/N] ");
        terminal.err().flush();
        // Not closed: standard input belongs to the process.
        String answer = new BufferedReader(new InputStreamReader(terminal.in(), StandardCharsets.UTF_8)).readLine();
        if (answer == null) {
            terminal.err().println();
        }
        return answer != null && Set.of("y", "yes").contains(answer.strip().toLowerCase(Locale.ROOT));
    }

    private int purge(SessionStore store, List<String> over, Instant before) {
        int purged = 0;
        for (String id : over) {
            // It may have changed while the user was asked.
            Session now = unchanged == null ? null : getOrNull(store.getSession(id));
            if (now != null && !withForks && !now.updatedAt().isBefore(before)) {
                continue;
            }
            getOrNull(store.purge(id));
            purged++;
        }
        say("Purged " + Text.count(purged, "session") + ".");
        return 0;
    }
}
