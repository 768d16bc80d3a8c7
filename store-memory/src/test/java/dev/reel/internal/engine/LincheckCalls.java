package dev.reel.internal.engine;

import dev.reel.Commit;
import dev.reel.DuplicateEventException;
import dev.reel.EventDraft;
import dev.reel.ExpectedVersion;
import dev.reel.Json;
import dev.reel.Range;
import dev.reel.SessionStore;
import dev.reel.VersionConflictException;
import dev.reel.WriteOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import reactor.core.publisher.Mono;

/**
 * The calls that Lincheck combines: reads of one session, and appends with each kind of expectation. There are few ids
 * and low versions, so that repeats, conflicts and hits are all common. Each call returns its result as a word.
 */
@Param(name = "id", gen = IntGen.class, conf = "1:4")
@Param(name = "version", gen = IntGen.class, conf = "0:3")
public abstract class LincheckCalls {

    abstract String append(List<String> ids, ExpectedVersion expected);

    abstract List<String> events();

    abstract String lastOf();

    private static List<String> ids(int first, int count) {
        return IntStream.range(first, first + count).mapToObj(id -> "e" + id).toList();
    }

    @Operation
    public String append(@Param(name = "id") int id) {
        return append(ids(id, 1), ExpectedVersion.any());
    }

    @Operation
    public String appendTwo(@Param(name = "id") int id) {
        return append(ids(id, 2), ExpectedVersion.any());
    }

    @Operation
    public String appendToEmpty(@Param(name = "id") int id) {
        return append(ids(id, 1), ExpectedVersion.emptyLog());
    }

    @Operation
    public String appendToNonEmpty(@Param(name = "id") int id) {
        return append(ids(id, 1), ExpectedVersion.nonEmptyLog());
    }

    @Operation
    public String appendAt(@Param(name = "id") int id, @Param(name = "version") int version) {
        return append(ids(id, 1), ExpectedVersion.exactly(version));
    }

    @Operation
    public String appendBehind(
            @Param(name = "id") int id, @Param(name = "id") int last, @Param(name = "version") int version) {
        return append(ids(id, 1), ExpectedVersion.exactly(version + 1, "e" + last));
    }

    @Operation
    public String state() {
        return lastOf();
    }

    @Operation
    public List<String> replay() {
        return events();
    }

    /** The calls on a store. */
    abstract static class OnStore extends LincheckCalls {

        private final SessionStore store;

        OnStore(SessionStore store) {
            this.store = store;
        }

        @Override
        String append(List<String> ids, ExpectedVersion expected) {
            List<EventDraft> events = ids.stream()
                    .map(id -> EventDraft.of("n", Json.EMPTY_OBJECT).withId(id))
                    .toList();
            return store.append("s", events, WriteOptions.expecting(expected))
                    .map(OnStore::wordOf)
                    .onErrorResume(VersionConflictException.class, e -> Mono.just("conflict at " + e.actual()))
                    .onErrorResume(DuplicateEventException.class, e -> Mono.just("duplicate"))
                    .block();
        }

        private static String wordOf(Commit commit) {
            return (commit.repeated() ? "repeated " : "wrote ") + commit.firstVersion() + " to " + commit.version();
        }

        @Override
        List<String> events() {
            return store.replay("s", Range.all())
                    .map(event -> event.version() + " " + event.id())
                    .collect(Collectors.toList())
                    .block();
        }

        @Override
        String lastOf() {
            return store.state("s")
                    .map(state -> state.version() + " " + state.lastEventId())
                    .defaultIfEmpty("nothing")
                    .block();
        }
    }

    /** The calls on a list: the sequential specification. */
    public static final class OnList extends LincheckCalls {

        private final List<String> log = new ArrayList<>();

        @Override
        String append(List<String> ids, ExpectedVersion expected) {
            List<Integer> versions = ids.stream().map(id -> log.indexOf(id) + 1).toList();
            int first = versions.get(0);
            if (versions.stream().anyMatch(version -> version > 0)) {
                boolean inOrder = first > 0
                        && versions.equals(IntStream.range(first, first + ids.size())
                                .boxed()
                                .toList());
                return inOrder ? "repeated " + first + " to " + (first + ids.size() - 1) : "duplicate";
            }
            if (!expected.holds(log.size(), log.isEmpty() ? null : log.get(log.size() - 1))) {
                return "conflict at " + log.size();
            }
            log.addAll(ids);
            return "wrote " + (log.size() - ids.size() + 1) + " to " + log.size();
        }

        @Override
        List<String> events() {
            return IntStream.range(0, log.size())
                    .mapToObj(n -> n + 1 + " " + log.get(n))
                    .toList();
        }

        @Override
        String lastOf() {
            return log.isEmpty() ? "nothing" : log.size() + " " + log.get(log.size() - 1);
        }
    }
}
