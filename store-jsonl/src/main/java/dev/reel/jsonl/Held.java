package dev.reel.jsonl;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Events that could not be written to a session's file, stored so that the journal's segments can be deleted: the
 * session's frames, in {@code .reel/held/<path of its file in the root>}. The format is that of a journal segment with
 * the number 1.
 *
 * <p>A new file is flushed and replaces the old one atomically. So a crash leaves the old one or the new one, and
 * frames that are in neither are still in the journal.
 *
 * <p>A damaged held file is kept under a name that ends with {@value #DAMAGED}, and its session is treated as damaged.
 */
final class Held {

    private static final int NUMBER = 1;
    private static final String DRAFT = ".draft";
    private static final String DAMAGED = ".damaged";

    private final Disk disk;
    private final Path root;
    private final Path directory;
    private final Map<Path, String> damages = new LinkedHashMap<>();

    /** Opens the held frames of a root. */
    Held(Disk disk, Path root) {
        this.disk = disk;
        this.root = root;
        this.directory = RootFiles.own(root).resolve(RootFiles.HELD);
    }

    /** Returns the path for the held frames of a session's file, which need not exist. */
    Path of(Path file) {
        return directory.resolve(root.relativize(file));
    }

    /** Holds these frames, in place of earlier ones of the file; flushed on return. */
    void put(Path file, List<Frame> frames) throws IOException {
        Path place = of(file);
        Path parent = Objects.requireNonNull(place.getParent());
        Path draft = place.resolveSibling(place.getFileName() + DRAFT);
        disk.createDirectories(parent);
        try (Disk.File out = disk.open(draft, Disk.Mode.CREATE)) {
            out.truncate(0);
            out.writeFully(Segment.header(NUMBER, 0), 0);
            long at = Segment.HEADER;
            for (Frame frame : frames) {
                int size = Math.toIntExact(frame.size());
                out.writeFully(frame.at(NUMBER, at), at);
                at += size;
            }
            out.flush(draft.toString());
        }
        disk.move(draft, place);
        disk.flushDirectory(parent);
    }

    /** Deletes the held frames of a file; flushed on return. */
    void delete(Path file) throws IOException {
        Path place = of(file);
        for (Path each : List.of(place, place.resolveSibling(place.getFileName() + DAMAGED))) {
            if (disk.look(each) != null) {
                disk.delete(each);
                disk.flushDirectory(Objects.requireNonNull(each.getParent()));
            }
        }
    }

    /** Returns the faults of held files, by session file; complete after all are read. */
    Map<Path, String> damages() {
        return damages;
    }

    /** Returns all held frames in order, by the session file to which they belong. Renames damaged files. */
    Map<Path, List<Frame>> all() throws IOException {
        Map<Path, List<Frame>> found = new LinkedHashMap<>();
        collect(directory, found);
        return found;
    }

    private void collect(Path from, Map<Path, List<Frame>> found) throws IOException {
        if (disk.look(from) == null) {
            return;
        }
        for (Disk.Entry entry : disk.list(from)) {
            if (entry.directory()) {
                collect(entry.path(), found);
            } else if (entry.file()) {
                take(entry.path(), found);
            }
        }
    }

    private void take(Path place, Map<Path, List<Frame>> found) throws IOException {
        String name = String.valueOf(place.getFileName());
        if (name.endsWith(DAMAGED)) {
            damages.put(fileOf(place, name.substring(0, name.length() - DAMAGED.length())), "damaged");
        } else if (!name.endsWith(DRAFT)) {
            List<Frame> frames = new ArrayList<>();
            String problem = read(place, frames);
            if (problem == null) {
                frames.sort(Comparator.comparingLong(Frame::firstPosition));
                found.put(fileOf(place, name), frames);
            } else {
                disk.move(place, place.resolveSibling(name + DAMAGED));
                disk.flushDirectory(Objects.requireNonNull(place.getParent()));
                damages.put(fileOf(place, name), problem);
            }
        }
    }

    private Path fileOf(Path place, String name) {
        return root.resolve(directory.relativize(place)).resolveSibling(name);
    }

    private @Nullable String read(Path place, List<Frame> frames) throws IOException {
        try (SegmentReader reader = new SegmentReader(disk, place, NUMBER, 0)) {
            long size = reader.size();
            for (Frame frame = reader.next(size); frame != null; frame = reader.next(size)) {
                frames.add(frame);
            }
            return size == 0 ? "it is empty" : reader.problem();
        }
    }
}
