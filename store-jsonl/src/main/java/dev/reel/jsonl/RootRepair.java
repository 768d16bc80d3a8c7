package dev.reel.jsonl;

import dev.reel.Ids;
import dev.reel.JsonLimits;
import dev.reel.SessionDamagedException;
import dev.reel.StoreOptions;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Makes damaged session files readable again. Immutable.
 * <pre>{@code
 * RootRepair.of(Path.of("sessions")).run(done -> System.out.println(done));
 * }</pre>
 *
 * <p>The repair takes the root's lock. It first writes the journal's events into the files. The original of each
 * damaged file is kept below {@code .reel/kept}. A new file with everything that can be read replaces it: unreadable
 * lines are left out, and later native lines get consecutive versions. If a file is shorter than it once was, or is
 * gone, that state is accepted. The index and the catalogue are deleted; the next opening rebuilds them from all files.
 *
 * <p>It cannot repair two files of one session, because only a person can decide which one is right. It also cannot
 * repair a damaged journal or ledger ({@link dev.reel.StoreDamagedException}).
 */
public final class RootRepair {

    /** How many positions are reserved at once. */
    private static final long BLOCK = 1_000;

    /**
     * What happened to a line, or to a file.
     *
     * @param sessionId the session
     * @param file the path of the file in the root, with {@code /}
     * @param line the line's number in the original, from 1; 0 if it concerns the file as a whole
     * @param offset the offset at which the line began, in bytes
     * @param what what was wrong, and what was done
     */
    public record Action(String sessionId, String file, long line, long offset, String what) {}

    /**
     * What was done.
     *
     * @param repaired how many files were repaired
     * @param originals the paths of the kept originals
     */
    public record Result(int repaired, List<Path> originals) {

        /**
         * Copies the list.
         *
         * @param repaired how many files were repaired
         * @param originals the paths of the kept originals
         */
        public Result {
            originals = List.copyOf(originals);
        }
    }

    private final Path root;
    private final @Nullable String only;
    private final boolean adopt;

    private RootRepair(Path root, @Nullable String only, boolean adopt) {
        this.root = root;
        this.only = only;
        this.adopt = adopt;
    }

    /**
     * Creates a repair of all damaged sessions of a root.
     *
     * @param root the directory
     * @return the repair
     */
    public static RootRepair of(Path root) {
        return new RootRepair(root.toAbsolutePath().normalize(), null, false);
    }

    /**
     * Limits the repair to one session.
     *
     * @param sessionId the session
     * @return a copy
     * @throws IllegalArgumentException if the session id is malformed
     */
    public RootRepair withSession(String sessionId) {
        return new RootRepair(root, Ids.check("session id", sessionId), adopt);
    }

    /**
     * Sets what happens to lines that ExAthena appended after Reel's lines. By default they are left out. If adopted,
     * they become events of the session with new positions.
     *
     * @param newAdopt true to keep them as events
     * @return a copy
     */
    public RootRepair withAdopted(boolean newAdopt) {
        return new RootRepair(root, only, newAdopt);
    }

    /**
     * Runs the repair. Blocks until everything is done and flushed.
     *
     * @param told receives the action for each line that does not stay unchanged, one at a time, on a thread that
     *     writes files
     * @return what was done
     * @throws dev.reel.StoreLockedException if a store has the root open for writing
     * @throws dev.reel.StoreDamagedException if the journal or the ledger is damaged
     * @throws IOException if a file cannot be read or written; {@link NoSuchFileException} if the root does not exist,
     *     and {@link NotDirectoryException} if it is not a directory
     */
    public Result run(Consumer<Action> told) throws IOException {
        if (!Files.exists(root)) {
            throw new NoSuchFileException(root.toString());
        }
        if (!Files.isDirectory(root)) {
            throw new NotDirectoryException(root.toString());
        }
        return FileThreads.call("reel-repair", () -> {
            Disk disk = new RealDisk(root);
            Path own = RootFiles.own(root);
            disk.createDirectories(own);
            Clock clock = Clock.systemUTC();
            Closeable lock = RootLock.take(own, clock);
            try {
                return run(disk, root, clock, only, adopt, told);
            } finally {
                lock.close();
            }
        });
    }

    /** Runs the repair on a thread that may read and write files. The caller holds the lock. */
    static Result run(Disk disk, Path root, Clock clock, @Nullable String only, boolean adopt, Consumer<Action> told)
            throws IOException {
        Format.check(disk, RootFiles.own(root));
        try (Ledger ledger = Ledger.open(disk, RootFiles.own(root))) {
            return new Running(disk, root, clock, ledger, adopt, told).run(only);
        }
    }

    /** A session that is damaged, or that has fewer events than it once had. */
    private record Damaged(String id, Path file, long flushed, long missing) {}

    /** A repair in progress. */
    private static final class Running {

        private final Disk disk;
        private final Path root;
        private final Path own;
        private final Clock clock;
        private final Ledger ledger;
        private final boolean adopt;
        private final Consumer<Action> told;
        private final EventBlocks blocks;
        private final Kept kept;
        private final Held held;
        /** Session files into which held frames were written. */
        private final List<Path> brought = new ArrayList<>();

        private long lastPosition;
        private long reserved;

        Running(Disk disk, Path root, Clock clock, Ledger ledger, boolean adopt, Consumer<Action> told) {
            this.disk = disk;
            this.root = root;
            this.own = RootFiles.own(root);
            this.clock = clock;
            this.ledger = ledger;
            this.adopt = adopt;
            this.told = told;
            this.blocks = new EventBlocks(
                    disk, JsonLimits.DEFAULT, StoreOptions.standard().upcasters(), 1);
            this.kept = new Kept(disk, root);
            this.held = new Held(disk, root);
        }

        Result run(@Nullable String only) throws IOException {
            FileNames names = new FileNames(FileNames.ignoresCase(disk, own));
            Redo redo = Redo.of(disk, root, names, ledger, blocks, clock.instant());
            Map<String, Catalogue.Entry> known = known(redo);
            bringIn(redo, only);
            FileNames.Listing listing = FileNames.list(disk, root);
            clashes(listing, only);
            List<Damaged> damaged = damaged(listing, known, only);
            List<String> gone = new ArrayList<>(known.keySet());
            gone.removeIf(id -> only != null && !only.equals(id)
                    || listing.files().containsKey(id)
                    || listing.clashes().containsKey(id));
            if (damaged.isEmpty() && gone.isEmpty() && brought.isEmpty()) {
                return new Result(0, List.of());
            }
            lastPosition = Math.max(ledger.reservedUpTo(), redo.lastPosition());
            reserved = lastPosition;
            forgetWhatCanBeMadeAnew();
            forgetJournal(redo.nextSegment());
            redo.deleteDone();
            for (String id : gone) {
                String file = FileNames.relative(root, root.resolve(names.pathOf(id)));
                told.accept(new Action(id, file, 0, 0, "the file of this session is gone; so is the session"));
            }
            List<Path> originals = new ArrayList<>();
            for (Damaged one : damaged) {
                Path original = repair(one);
                if (original != null) {
                    originals.add(original);
                }
            }
            for (Path file : brought) {
                held.delete(file);
            }
            if (reserved > lastPosition) {
                ledger.reserve(lastPosition, clock.instant());
            }
            return new Result(damaged.size(), originals);
        }

        private void clashes(FileNames.Listing listing, @Nullable String only) {
            listing.clashes().forEach((id, files) -> {
                if (only == null || only.equals(id)) {
                    String file = FileNames.relative(root, files.get(0).path());
                    String other = FileNames.relative(root, files.get(1).path());
                    String what = "there is another file of this session: " + other
                            + "; nothing was done: move one of them elsewhere by hand";
                    told.accept(new Action(id, file, 0, 0, what));
                }
            });
        }

        /** Returns the catalogue's entries of sessions that were not purged since. */
        private Map<String, Catalogue.Entry> known(Redo redo) throws IOException {
            Map<String, Catalogue.Entry> known = new HashMap<>();
            try (Catalogue catalogue = Catalogue.load(disk, own)) {
                known.putAll(catalogue.entries());
            }
            known.keySet().removeAll(redo.purged());
            return known;
        }

        /**
         * Appends held events of sessions to whatever their files contain. The lines that stood at their places are
         * then treated like other lines: adopted or left out.
         */
        private void bringIn(Redo redo, @Nullable String only) throws IOException {
            for (Map.Entry<String, List<Frame>> one : redo.left().entrySet()) {
                String id = one.getKey();
                if (only != null && !only.equals(id)) {
                    continue;
                }
                Path file = redo.fileOf(id);
                String relative = FileNames.relative(root, file);
                if (one.getValue().stream().anyMatch(frame -> frame.kind() != Frame.Kind.EVENTS)) {
                    SessionDamagedException why =
                            Objects.requireNonNull(redo.refused().get(id));
                    told.accept(new Action(id, relative, 0, 0, "nothing was done: " + why.getMessage()));
                    continue;
                }
                try {
                    append(file, one.getValue());
                } catch (IOException e) {
                    if (Disk.isOfAll(e)) {
                        throw e;
                    }
                    told.accept(new Action(
                            id,
                            relative,
                            0,
                            0,
                            "nothing was done, because the file cannot be written: " + Disk.reasonOf(e)));
                    continue;
                }
                brought.add(file);
                String what = "held events that the file lacked were written to it";
                told.accept(new Action(id, relative, 0, 0, what));
            }
        }

        private void append(Path file, List<Frame> frames) throws IOException {
            disk.createDirectories(Objects.requireNonNull(file.getParent()));
            try (Disk.File open = disk.open(file, Disk.Mode.CREATE)) {
                long at = open.size();
                byte[] last = {'\n'};
                open.readFully(ByteBuffer.wrap(last), Math.max(0, at - 1));
                if (last[0] != '\n') {
                    open.writeFully(ByteBuffer.wrap(new byte[] {'\n'}), at++);
                }
                for (Frame frame : frames) {
                    ByteBuffer bytes = frame.bytes().duplicate();
                    if (bytes.get(bytes.position()) == '\n') {
                        bytes.get();
                    }
                    int size = bytes.remaining();
                    open.writeFully(bytes, at);
                    at += size;
                }
                open.flush(file.toString());
            }
            disk.flushDirectory(Objects.requireNonNull(file.getParent()));
        }

        private List<Damaged> damaged(
                FileNames.Listing listing, Map<String, Catalogue.Entry> listed, @Nullable String only)
                throws IOException {
            List<Damaged> damaged = new ArrayList<>();
            for (Map.Entry<String, Disk.Entry> one : listing.files().entrySet()) {
                String id = one.getKey();
                if (only == null || only.equals(id)) {
                    Path file = one.getValue().path();
                    Catalogue.Entry entry = listed.get(id);
                    long known = entry == null ? -1 : entry.size();
                    FileCheck.Last last =
                            entry == null ? null : new FileCheck.Last(entry.version(), entry.lastEventId());
                    boolean[] wrong = new boolean[1];
                    List<Ledger.OfFile> parts = ledger.ofFile(FileNames.relative(root, file));
                    FileCheck.check(blocks, id, file, named(file, parts), blocksOf(parts), known, last, finding -> {
                        wrong[0] |= finding.kind() == FileCheck.Kind.DAMAGE;
                    });
                    if (wrong[0]) {
                        long size = one.getValue().size();
                        damaged.add(new Damaged(id, file, known, size < known ? known : 0));
                    }
                }
            }
            return damaged;
        }

        private static String named(Path file, List<Ledger.OfFile> parts) {
            return parts.isEmpty()
                    ? String.valueOf(file.getFileName())
                    : parts.get(0).named();
        }

        private static List<ForeignPart.Block> blocksOf(List<Ledger.OfFile> parts) {
            return parts.stream().map(Ledger.OfFile::block).toList();
        }

        /**
         * They describe the files before the repair. Spans without lives are in doubt, so the next opening rebuilds the
         * index.
         */
        private void forgetWhatCanBeMadeAnew() throws IOException {
            for (String name : List.of(RootFiles.CATALOGUE, RootFiles.LIVES)) {
                disk.delete(own.resolve(name));
            }
            disk.syncDirectory(own);
        }

        /**
         * All its events are in flushed files. They must not be written again at the old places after the files are
         * replaced.
         */
        private void forgetJournal(long nextSegment) throws IOException {
            Path journal = own.resolve(RootFiles.JOURNAL);
            if (disk.look(journal) == null) {
                return;
            }
            try (Disk.File mark = disk.open(Mark.file(journal), Disk.Mode.CREATE)) {
                mark.writeFully(new Mark(nextSegment - 1, 0, 0, 0, nextSegment).encode(), 0);
                mark.sync();
            }
            for (Segment segment : Segment.list(disk, journal)) {
                // Each deletion is flushed before the next: a frame must never reappear without the frames that
                // followed it.
                disk.delete(segment.file());
                disk.syncDirectory(journal);
            }
        }

        private @Nullable Path repair(Damaged damaged) throws IOException {
            Path file = damaged.file;
            String relative = FileNames.relative(root, file);
            List<Ledger.OfFile> parts = ledger.ofFile(relative);
            List<ForeignPart.Block> before = blocksOf(parts);
            lastPosition = Math.max(lastPosition, lastOf(file, parts));
            FileRepair.Result result = FileRepair.repair(
                    blocks,
                    kept,
                    damaged.id,
                    file,
                    named(file, parts),
                    before,
                    adopt,
                    damaged.flushed,
                    this::nextPosition,
                    fate -> told.accept(new Action(damaged.id, relative, fate.line(), fate.offset(), fate.what())));
            if (damaged.missing > 0) {
                String what = "the file was flushed up to offset " + damaged.missing + "; the rest of it is kept";
                told.accept(new Action(damaged.id, relative, 0, 0, what));
            }
            if (!result.placed().equals(before)) {
                ledger.positionsOf(anew(relative, damaged.id, parts, result.placed()), clock.instant());
            }
            return result.original();
        }

        private static List<Ledger.OfFile> anew(
                String file, String id, List<Ledger.OfFile> parts, List<ForeignPart.Block> placed) {
            Ledger.OfFile first = parts.get(0);
            List<ForeignPart.Block> now = placed.isEmpty()
                    ? List.of(new ForeignPart.Block(first.block().first(), 0, 0, 0))
                    : placed;
            List<Ledger.OfFile> lines = new ArrayList<>();
            for (ForeignPart.Block block : now) {
                lines.add(new Ledger.OfFile(file, id, first.named(), first.inherited(), block, lines.isEmpty()));
            }
            return lines;
        }

        /**
         * Returns the last position that a line of a file states. Events that are moved to its end need higher
         * positions.
         */
        private long lastOf(Path file, List<Ledger.OfFile> parts) throws IOException {
            long last = 0;
            try (Disk.File open = disk.open(file, Disk.Mode.READ)) {
                FileWalk walk =
                        new FileWalk(open, blocks.codec(), blocks.maxBytes(), named(file, parts), blocksOf(parts));
                while (walk.next()) {
                    last = Math.max(last, walk.kind == FileWalk.Kind.FOREIGN ? 0 : walk.position);
                }
            }
            return last;
        }

        private long nextPosition() {
            lastPosition++;
            if (lastPosition > reserved) {
                reserved = lastPosition + BLOCK;
                try {
                    ledger.reserve(reserved, clock.instant());
                } catch (IOException e) {
                    throw new UncheckedIOException("positions can't be reserved", e);
                }
            }
            return lastPosition;
        }
    }
}
