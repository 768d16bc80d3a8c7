package dev.reel.jsonl;

import dev.reel.Ids;
import dev.reel.JsonLimits;
import dev.reel.StoreDamagedException;
import dev.reel.Upcasters;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PrimitiveIterator;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reports everything that is wrong with a root, or with one session of it. Changes nothing and takes no lock, so it can
 * run while a store has the root open; what that store is writing at the moment is not reported. Immutable.
 * <pre>{@code
 * RootCheck.of(Path.of("sessions")).run(problem -> System.out.println(problem));
 * }</pre>
 *
 * <p>The check reads every byte of session files, journal, ledger, catalogue and index of positions. The last two are
 * derived from the others. A fault in them is not damage ({@link RootProblem.Kind#DERIVED}): a store that finds it, or
 * the next opening, rebuilds them.
 */
public final class RootCheck {

    /**
     * How often a session is looked at again while another process writes. Two looks with the same result end it
     * earlier.
     */
    private static final int ATTEMPTS = 20;

    private static final int MOST_ATTEMPTS = 5 * ATTEMPTS;

    /** How often the same result is required, with pauses in between, while a journal exists and does not change. */
    private static final int LOOKS_AT_REST = 5;

    private static final long PAUSE_NANOS = 10_000_000;

    /** How many problems of one file are reported in full. */
    private static final int MOST = 10_000;

    private static final int SORTED_IN_MEMORY = 1 << 18;

    /**
     * What was checked.
     *
     * @param sessions how many sessions
     * @param events how many events they have, including inherited ones
     * @param damages how many problems are damage
     * @param others how many other problems there are
     */
    public record Result(long sessions, long events, long damages, long others) {}

    private final Path root;
    private final @Nullable String only;

    private RootCheck(Path root, @Nullable String only) {
        this.root = root;
        this.only = only;
    }

    /**
     * Creates a check of a whole root.
     *
     * @param root the directory
     * @return the check
     */
    public static RootCheck of(Path root) {
        return new RootCheck(root.toAbsolutePath().normalize(), null);
    }

    /**
     * Limits the check to one session. Problems that concern only other sessions are not reported.
     *
     * @param sessionId the session
     * @return a copy
     * @throws IllegalArgumentException if the session id is malformed
     */
    public RootCheck withSession(String sessionId) {
        return new RootCheck(root, Ids.check("session id", sessionId));
    }

    /**
     * Runs the check. Blocks until everything is read.
     *
     * @param found receives each problem, one at a time, on a thread that reads files
     * @return what was checked; no session if the requested one does not exist
     * @throws IOException if a file cannot be read; {@link NoSuchFileException} if the root does not exist, and {@link
     *     NotDirectoryException} if it is not a directory
     */
    public Result run(Consumer<RootProblem> found) throws IOException {
        if (!Files.exists(root)) {
            throw new NoSuchFileException(root.toString());
        }
        if (!Files.isDirectory(root)) {
            throw new NotDirectoryException(root.toString());
        }
        return FileThreads.call("reel-check", () -> run(new RealDisk(root), root, only, found));
    }

    /**
     * Returns the sessions that have files, including damaged ones. Reads no file.
     *
     * @return the session ids
     * @throws IOException if the root cannot be read
     */
    public Set<String> sessionIds() throws IOException {
        return FileThreads.call("reel-check", () -> {
            FileNames.Listing listing = FileNames.list(new RealDisk(root), root);
            Set<String> ids = new TreeSet<>(listing.files().keySet());
            ids.addAll(listing.clashes().keySet());
            if (only != null) {
                ids.retainAll(Set.of(only));
            }
            return ids;
        });
    }

    /** Runs the check on a thread that may read files. */
    static Result run(Disk disk, Path root, @Nullable String only, Consumer<RootProblem> found) throws IOException {
        try (Running running = new Running(disk, root, only, found)) {
            return running.run();
        }
    }

    /** The state of a journal. It changes with every accepted write, and with every deleted segment. */
    private record Stand(@Nullable Mark mark, List<Long> segments) {

        static Stand of(Disk disk, Path root) throws IOException {
            Path journal = RootFiles.journal(root);
            return disk.look(journal) == null
                    ? new Stand(null, List.of())
                    : new Stand(
                            Mark.read(disk, journal),
                            Segment.list(disk, journal).stream()
                                    .map(Segment::number)
                                    .toList());
        }
    }

    /**
     * The state of the root at one moment. The catalogue and the ledger are read first, because the journal is newer.
     */
    private static final class Moment implements Closeable {

        private final Disk disk;
        private final Path root;

        /** The state of the journal before everything else was read. */
        private final Stand stand;

        final Map<String, Catalogue.Entry> listed;
        final long notListed;
        final Ledger ledger;
        final FileNames.Listing listing;
        final JournalView journal;
        private @Nullable IndexLook index;

        Moment(Disk disk, Path root) throws IOException {
            this.disk = disk;
            this.root = root;
            this.stand = Stand.of(disk, root);
            Path own = RootFiles.own(root);
            Format.check(disk, own);
            try (Catalogue catalogue = Catalogue.load(disk, own)) {
                listed = catalogue.entries();
                notListed = catalogue.damagedFrom();
            }
            ledger = Ledger.read(disk, own);
            listing = FileNames.list(disk, root);
            Map<String, Path> files = new HashMap<>();
            listing.files().forEach((id, entry) -> files.put(id, entry.path()));
            journal = JournalView.take(disk, root, files, ledger);
        }

        /**
         * Returns the session whose file was renamed to this one, if the catalogue does not list this one; otherwise
         * null. If the other session has a file too, their positions are disputed; that is found when all positions are
         * compared. A session with entries in the journal owns its file.
         */
        @Nullable
        String otherOf(String id, FileCheck.Held held) throws IOException {
            if (held.own().isEmpty() || listed.containsKey(id) || journal.end(id) >= 0) {
                return null;
            }
            IndexLook look = index;
            if (look == null) {
                look = IndexLook.open(disk, RootFiles.own(root));
                index = look;
            }
            String other = look.otherAt(id, held.own().get(0).position());
            return other == null || listing.files().containsKey(other) ? null : other;
        }

        /**
         * Returns whether the journal is unchanged since before this state was read. If not, its parts may be of
         * different times: the catalogue may list a session whose purge has left the journal since.
         */
        boolean isStill() throws IOException {
            return stand.equals(Stand.of(disk, root));
        }

        @Override
        public void close() throws IOException {
            IndexLook look = index;
            if (look != null) {
                look.close();
            }
            journal.close();
        }
    }

    /** A check in progress. */
    private static final class Running implements Closeable {

        private final Disk disk;
        private final Path root;
        private final @Nullable String only;
        private final Consumer<RootProblem> found;
        private final EventBlocks blocks;
        private final List<String> ids = new ArrayList<>();
        private final Map<String, String> snapshots = new HashMap<>();
        private @Nullable Path sorting;
        private @Nullable SpanSort positions;
        /** Sessions for which the derived files are not checked. */
        private final Set<String> notJudged = new HashSet<>();

        private final List<RootProblem> derived = new ArrayList<>();
        private long sessions;
        private long events;
        private long damages;
        private long others;

        Running(Disk disk, Path root, @Nullable String only, Consumer<RootProblem> found) {
            this.disk = disk;
            this.root = root;
            this.only = only;
            this.found = found;
            this.blocks = new EventBlocks(disk, JsonLimits.DEFAULT, Upcasters.none(), 1);
        }

        Result run() throws IOException {
            Moment now;
            try {
                now = new Moment(disk, root);
            } catch (StoreDamagedException e) {
                // Without the ledger nothing is known of foreign events, so a check of the files would guess.
                tell(e);
                return new Result(0, 0, damages, others);
            }
            try (now) {
                if (only == null) {
                    sorting = Files.createTempDirectory("reel-check");
                    Path runs = sorting.resolve("runs");
                    positions = new SpanSort(new RealDisk(sorting), runs, SORTED_IN_MEMORY);
                    checkJournal(now);
                    checkNames(now);
                }
                Set<String> all = new TreeSet<>(now.listing.files().keySet());
                all.addAll(now.journal.sessions());
                all.addAll(now.listed.keySet());
                all.addAll(now.listing.clashes().keySet());
                for (String id : only == null ? all : all.contains(only) ? Set.of(only) : Set.<String>of()) {
                    checkSession(id, now);
                }
                checkPositions(now);
            }
            return new Result(sessions, events, damages, others);
        }

        private void checkJournal(Moment now) throws IOException {
            StoreDamagedException missing = Redo.missing(disk, root, now.ledger);
            StoreDamagedException damage = missing == null ? now.journal.damage() : missing;
            if (damage != null) {
                tell(damage);
            }
            for (JournalReader.TornEnd torn : now.journal.tornEnds()) {
                if (torn.length() > 0) {
                    String file = FileNames.relative(root, torn.file());
                    tell(new RootProblem(RootProblem.Kind.TORN, null, file, 0, torn.offset(), torn.reason()));
                }
            }
        }

        private void checkNames(Moment now) {
            for (List<Disk.Entry> alike : now.listing.caseTwins()) {
                String others = alike.stream()
                        .skip(1)
                        .map(it -> FileNames.relative(root, it.path()))
                        .reduce((one, more) -> one + ", " + more)
                        .orElse("");
                String file = FileNames.relative(root, alike.get(0).path());
                String reason = "on a file system that ignores case, it would be the same file as " + others;
                tell(new RootProblem(RootProblem.Kind.ALIKE, null, file, 0, 0, reason));
            }
            for (Disk.Entry strange : now.listing.strange()) {
                String file = FileNames.relative(root, strange.path());
                String reason = strange.file()
                        ? "its name contains no valid session id"
                        : "a link, or no file that can be read";
                tell(new RootProblem(RootProblem.Kind.PASSED, null, file, 0, 0, reason));
            }
        }

        private void checkSession(String id, Moment first) throws IOException {
            Moment now = first;
            List<RootProblem> before = null;
            try {
                for (int attempt = 1; ; attempt++) {
                    Looked looked = look(id, now, attempt >= ATTEMPTS);
                    boolean isSame = looked.problems.equals(before);
                    if (looked.isRight()
                            || isAtRest(now, isSame ? attempt : 0)
                            || attempt >= ATTEMPTS && isSame
                            || attempt == MOST_ATTEMPTS) {
                        take(id, looked, now);
                        return;
                    }
                    before = looked.problems;
                    if (now != first) {
                        now.close();
                    }
                    now = new Moment(disk, root);
                }
            } finally {
                if (now != first) {
                    now.close();
                }
            }
        }

        /**
         * Returns whether the findings are certain, and not a write in progress by another process. The journal also
         * stays unchanged while a file is written whose events are all in the journal. So if there may be a writer, the
         * same result has to be found several times.
         */
        private static boolean isAtRest(Moment now, int sameLooks) throws IOException {
            if (!now.isStill()) {
                return false;
            }
            if (now.stand.segments().isEmpty() || sameLooks >= LOOKS_AT_REST) {
                return true;
            }
            LockSupport.parkNanos(PAUSE_NANOS);
            return false;
        }

        /** The result of one look at a session. */
        private record Looked(@Nullable String file, FileCheck.@Nullable Held held, List<RootProblem> problems) {

            boolean isRight() {
                return problems.stream().noneMatch(it -> it.isDamage() || it.kind() == RootProblem.Kind.TORN);
            }
        }

        private Looked look(String id, Moment now, boolean limited) throws IOException {
            List<Disk.Entry> clash = now.listing.clashes().get(id);
            if (clash != null) {
                String file = FileNames.relative(root, clash.get(0).path());
                String reason = "there is another file of this session: "
                        + FileNames.relative(root, clash.get(1).path());
                return new Looked(file, null, List.of(damage(id, file, 1, 0, reason)));
            }
            Disk.Entry entry = now.listing.files().get(id);
            Catalogue.Entry known = now.listed.get(id);
            boolean inJournal = now.journal.end(id) >= 0;
            if (now.journal.isPurged(id) || entry == null && !inJournal && known == null) {
                return new Looked(null, null, List.of());
            }
            if (entry == null && !inJournal) {
                String file = Objects.requireNonNull(known).file();
                return new Looked(file, null, List.of(damage(id, file, 0, 0, "the file of this session is gone")));
            }
            Path path = entry == null ? root.resolve(new FileNames(false).pathOf(id)) : entry.path();
            String file = FileNames.relative(root, path);
            long flushed = now.journal.end(id);
            if (known != null && known.file().equals(file) && !(inJournal && limited)) {
                flushed = Math.max(flushed, known.size());
            }
            List<RootProblem> problems = new ArrayList<>();
            Path lacks = new Held(disk, root).of(path);
            if (disk.look(lacks) != null) {
                String held = "events that the file lacks are held in " + FileNames.relative(root, lacks)
                        + "; the next opening writes them to the file, if it can";
                problems.add(damage(id, file, 0, 0, held));
            }
            long[] more = new long[1];
            List<Ledger.OfFile> parts = partsOf(id, file, now);
            String named = parts.isEmpty()
                    ? String.valueOf(path.getFileName())
                    : parts.get(0).named();
            try (Disk.File open = now.journal.open(id, limited)) {
                FileWalk walk = new FileWalk(
                        open,
                        blocks.codec(),
                        blocks.maxBytes(),
                        named,
                        parts.stream().map(Ledger.OfFile::block).toList());
                FileCheck.Last last = known == null || now.journal.isPurged(id)
                        ? null
                        : new FileCheck.Last(known.version(), known.lastEventId());
                FileCheck.Held held = FileCheck.check(blocks, id, walk, flushed, last, finding -> {
                    if (problems.size() < MOST) {
                        problems.add(problem(id, file, finding));
                    } else {
                        more[0]++;
                    }
                });
                if (held.version() == 0 && open.size() > 0) {
                    RootProblem foreign = new RootProblem(RootProblem.Kind.FOREIGN, id, file, 0, 0, Root.NOT_OURS);
                    return new Looked(file, null, List.of(foreign));
                }
                String other = now.otherOf(id, held);
                if (other != null) {
                    long offset = held.own().get(0).offset();
                    long line = FileLines.numberAt(open, offset);
                    problems.add(damage(id, file, line, offset, RootOpening.anothersEvents(other)));
                }
                if (more[0] > 0) {
                    boolean damaged = problems.stream().anyMatch(RootProblem::isDamage);
                    RootProblem.Kind kind = damaged ? RootProblem.Kind.DAMAGE : RootProblem.Kind.PASSED;
                    String reason = "there are " + more[0] + " more problems";
                    problems.add(new RootProblem(kind, id, file, 0, 0, reason));
                }
                return new Looked(file, held, problems);
            } catch (NoSuchFileException e) {
                String gone = "the file of this session is gone";
                return new Looked(file, null, List.of(damage(id, file, 0, 0, gone)));
            }
        }

        /** A fork without a file has no own parts: the positions that it inherits are checked with its parent. */
        private List<Ledger.OfFile> partsOf(String id, String file, Moment now) {
            return now.journal.beginOf(id) == null ? now.ledger.ofFile(file) : List.of();
        }

        private static RootProblem problem(String id, String file, FileCheck.Finding finding) {
            RootProblem.Kind kind = switch (finding.kind()) {
                case DAMAGE -> RootProblem.Kind.DAMAGE;
                case TORN -> RootProblem.Kind.TORN;
                case NONSENSE -> RootProblem.Kind.NONSENSE;
                case PASSED -> RootProblem.Kind.PASSED;
            };
            return new RootProblem(kind, id, file, finding.line(), finding.offset(), finding.reason());
        }

        private static RootProblem damage(String id, String file, long line, long offset, String reason) {
            return new RootProblem(RootProblem.Kind.DAMAGE, id, file, line, offset, reason);
        }

        private void take(String id, Looked looked, Moment now) throws IOException {
            looked.problems.forEach(this::tell);
            FileCheck.Held held = looked.held;
            String file = looked.file;
            sessions += file == null ? 0 : 1;
            if (held == null || file == null || looked.problems.stream().anyMatch(RootProblem::isDamage)) {
                notJudged.add(id);
            }
            if (held == null || file == null) {
                return;
            }
            if (!notJudged.contains(id)) {
                checkEntry(id, now, held);
            }
            events += held.version();
            held.snapshots().forEach((snapshot, position) -> claim(id, file, snapshot));
            SpanSort sort = positions;
            if (sort != null && !held.own().isEmpty()) {
                ids.add(id);
                // The index does not yet have the events of a file that was added while no store had the root open.
                boolean isNew = notJudged.contains(id) || !now.listed.containsKey(id);
                for (FileCheck.Run run : held.own()) {
                    sort.add(new Span(run.position(), ids.size(), run.offset(), 0, run.count(), isNew));
                }
            }
        }

        private void claim(String id, String file, String snapshot) {
            String other = snapshots.putIfAbsent(snapshot, id);
            if (other != null) {
                String reason = "the snapshot id " + snapshot + " is also held by session " + other;
                tell(new RootProblem(RootProblem.Kind.DISPUTED, id, file, 0, 0, reason));
            }
        }

        private void checkPositions(Moment now) throws IOException {
            SpanSort sort = positions;
            Path directory = sorting;
            if (sort == null || directory == null) {
                return;
            }
            for (PrimitiveIterator.OfLong purges = now.ledger.purgePositions(); purges.hasNext(); ) {
                sort.add(Span.purge(purges.nextLong()));
            }
            Disk temporary = new RealDisk(directory);
            Map<Integer, Span> firsts = new TreeMap<>();
            Map<Integer, Long> counts = new HashMap<>();
            Path all = directory.resolve("all");
            try (Disk.File out = temporary.open(all, Disk.Mode.CREATE)) {
                long size = sort.writeTo(out, span -> {
                    firsts.putIfAbsent(span.life(), span);
                    counts.merge(span.life(), (long) span.count(), Long::sum);
                });
                checkDerived(now, out, size);
            }
            for (Span span : firsts.values()) {
                if (!span.isPurge()) {
                    tellTwice(ids.get(span.life() - 1), span, counts.get(span.life()), now);
                }
            }
        }

        /** A running store changes these files together with their sources, so there is nothing to compare. */
        private void checkDerived(Moment now, Disk.File all, long size) throws IOException {
            Held held = new Held(disk, root);
            derived.addAll(IndexCheck.check(
                    disk,
                    root,
                    blocks.codec(),
                    id -> {
                        Disk.Entry entry = now.listing.files().get(id);
                        boolean isHeld = entry == null || disk.look(held.of(entry.path())) != null;
                        return isHeld || notJudged.contains(id) ? null : now.journal.open(id, false);
                    },
                    all,
                    size));
            if (now.notListed >= 0) {
                String file = FileNames.relative(root, RootFiles.own(root).resolve(RootFiles.CATALOGUE));
                String reason = "what follows differs from what was written; it is rebuilt when the store is opened";
                derived.add(new RootProblem(RootProblem.Kind.DERIVED, null, file, 0, now.notListed, reason));
            }
            if (now.isStill()) {
                derived.forEach(this::tell);
            }
        }

        private void checkEntry(String id, Moment now, FileCheck.Held file) {
            Catalogue.Entry entry = now.listed.get(id);
            Disk.Entry found = now.listing.files().get(id);
            if (entry != null
                    && found != null
                    && now.journal.end(id) < 0
                    && entry.isOf(FileNames.relative(root, found.path()), found)
                    && entry.version() != file.version()) {
                String reason = "it lists " + entry.version() + " events, but its file has " + file.version()
                        + "; it is rebuilt when the store is opened";
                String name = FileNames.relative(root, RootFiles.own(root).resolve(RootFiles.CATALOGUE));
                derived.add(new RootProblem(RootProblem.Kind.DERIVED, id, name, 0, 0, reason));
            }
        }

        private void tellTwice(String id, Span span, @Nullable Long count, Moment now) throws IOException {
            Disk.Entry entry = now.listing.files().get(id);
            Path path = entry == null ? root.resolve(new FileNames(false).pathOf(id)) : entry.path();
            long line;
            try (Disk.File open = now.journal.open(id, false)) {
                line = FileLines.numberAt(open, span.offset());
            } catch (NoSuchFileException e) {
                return; // the session was purged meanwhile
            }
            String reason = "position " + span.position() + " was assigned to another event too"
                    + (count == null || count == 1 ? "" : ", and so were up to " + (count - 1) + " after it");
            tell(new RootProblem(
                    RootProblem.Kind.DISPUTED,
                    id,
                    FileNames.relative(root, path),
                    line,
                    span.offset(),
                    reason + "; the feed has the other event"));
        }

        private void tell(StoreDamagedException e) {
            Path file = Path.of(e.file());
            String name = file.startsWith(root) ? FileNames.relative(root, file) : e.file();
            tell(new RootProblem(RootProblem.Kind.DAMAGE, null, name, e.line(), e.offset(), e.reason()));
        }

        private void tell(RootProblem problem) {
            if (problem.isDamage()) {
                damages++;
            } else {
                others++;
            }
            found.accept(problem);
        }

        @Override
        public void close() throws IOException {
            if (positions != null) {
                positions.close();
            }
            Path directory = sorting;
            if (directory != null) {
                Files.deleteIfExists(directory.resolve("all"));
                Files.deleteIfExists(directory);
            }
        }
    }
}
