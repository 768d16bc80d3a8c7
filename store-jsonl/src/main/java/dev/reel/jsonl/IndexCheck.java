package dev.reel.jsonl;

import dev.reel.MalformedLineException;
import dev.reel.spi.LineCodec;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Checks the index of positions against the session files: its checksums and order, that each span has the lines that
 * it describes, and that no event is missing. Changes nothing.
 *
 * <p>Such problems cost no data: a store that finds one rebuilds the index.
 */
final class IndexCheck implements Closeable {

    /** How many problems of one file are reported. */
    private static final int MOST = 20;

    private static final int BLOCK = 1_000;
    private static final int OPEN_FILES = 64;

    /** Opens the files of sessions. */
    interface Files {

        /** Returns the file of a session with the journal's bytes for it; null if the session is not to be checked. */
        Disk.@Nullable File open(String sessionId) throws IOException;
    }

    private final Disk disk;
    private final Path root;
    private final Path own;
    private final LineCodec codec;
    private final Files files;
    private final List<RootProblem> problems = new ArrayList<>();
    private final Map<Integer, String> names = new HashMap<>();
    private final LinkedHashMap<String, Disk.File> open = new LinkedHashMap<>();

    private IndexCheck(Disk disk, Path root, LineCodec codec, Files files) {
        this.disk = disk;
        this.root = root;
        this.own = RootFiles.own(root);
        this.codec = codec;
        this.files = files;
    }

    /**
     * Checks the index.
     *
     * @param expected the events of the sessions and of the ledger, in the order of positions
     * @param size the size of {@code expected} in spans
     */
    static List<RootProblem> check(Disk disk, Path root, LineCodec codec, Files files, Disk.File expected, long size)
            throws IOException {
        try (IndexCheck check = new IndexCheck(disk, root, codec, files)) {
            check.check(expected, size);
            return check.problems;
        }
    }

    private void check(Disk.File expected, long size) throws IOException {
        Path livesPath = own.resolve(RootFiles.LIVES);
        Path spansPath = own.resolve(RootFiles.SPANS);
        if (disk.look(livesPath) == null) {
            return; // no index was created yet, or a repair deleted it
        }
        try (Disk.File livesFile = disk.open(livesPath, Disk.Mode.READ)) {
            Lives lives = Lives.follow(livesFile);
            if (livesFile.size() == 0) {
                return;
            }
            if (!lives.isSound()) {
                String reason =
                        Lives.firstOf(livesFile) == 0 ? "its header is invalid" : "it differs from what was flushed";
                tell(RootFiles.LIVES, 0, reason);
                return;
            }
            for (int life = lives.first(); life <= lives.highest(); life++) {
                name(lives, life);
            }
            if (disk.look(spansPath) == null) {
                if (lives.flushedSpans() > 0) {
                    tell(RootFiles.SPANS, 0, "the file is gone");
                }
                return;
            }
            try (Disk.File spans = disk.open(spansPath, Disk.Mode.READ)) {
                check(lives, spans, expected, size);
            }
        }
    }

    private void check(Lives lives, Disk.File spans, Disk.File expected, long size) throws IOException {
        long there = spans.size() / Span.SIZE;
        if (there < lives.flushedSpans()) {
            tell(
                    RootFiles.SPANS,
                    spans.size(),
                    "the file ends here, but had " + lives.flushedSpans() * Span.SIZE + " flushed bytes");
        }
        Expected missing = new Expected(expected, size);
        long before = 0;
        for (long at = 0; at < there; at += BLOCK) {
            ByteBuffer block = ByteBuffer.allocate((int) Math.min(BLOCK, there - at) * Span.SIZE);
            spans.readFully(block, at * Span.SIZE);
            for (int i = 0; (i + 1) * Span.SIZE <= block.position(); i++) {
                Span span = Span.read(block, i * Span.SIZE, at + i);
                String reason = span == null
                        ? "its checksum does not hold"
                        : span.position() <= before ? "position " + span.position() + " is not above " + before : null;
                if (reason != null && at + i >= lives.flushedSpans()) {
                    break; // left by a crash; the next opening cuts it off
                }
                if (span != null && reason == null) {
                    before = span.last();
                    missing.covered(span);
                    reason = span.isPurge() ? null : problemOf(lives, span);
                }
                if (reason != null) {
                    tell(RootFiles.SPANS, (at + i) * Span.SIZE, reason);
                }
            }
        }
        String lacks = missing.finish(before);
        if (lacks != null && problems.isEmpty()) {
            tell(RootFiles.SPANS, spans.size(), lacks);
        }
    }

    private @Nullable String problemOf(Lives lives, Span span) throws IOException {
        if (!lives.isKnown(span.life())) {
            return "life " + span.life() + " does not exist";
        }
        String id = name(lives, span.life());
        if (id == null || span.foreign()) {
            return null; // of a purged session, or lines that do not state their positions
        }
        Disk.File file = open(id);
        if (file == null) {
            return null;
        }
        ByteBuffer block = ByteBuffer.allocate(span.bytes());
        file.readFully(block, span.offset());
        block.flip();
        for (int i = 0; i < span.count(); i++) {
            int begin = block.position();
            int end = begin;
            while (end < block.limit() && block.get(end) != '\n') {
                end++;
            }
            byte[] line = new byte[end - begin];
            block.get(begin, line);
            if (end == block.limit() || !isAt(id, line, span.position() + i)) {
                return "position " + (span.position() + i) + " of session " + id + " is not at offset "
                        + (span.offset() + begin) + " of its file";
            }
            block.position(end + 1);
        }
        return block.hasRemaining() ? "there are more bytes after position " + span.last() + " of session " + id : null;
    }

    private boolean isAt(String id, byte[] line, long position) {
        try {
            return codec.decode(id, line).position() == position;
        } catch (MalformedLineException e) {
            return false;
        }
    }

    /** Returns the session of a life; null if it has ended or its name is invalid, which is reported once. */
    private @Nullable String name(Lives lives, int life) throws IOException {
        String known = names.get(life);
        if (known == null) {
            try {
                Lives.Name name = lives.isOver(life) ? null : lives.name(life);
                known = name == null ? "" : name.sessionId();
            } catch (DamagedIndexException e) {
                tell(RootFiles.LIVES, 0, "the name of life " + life + " is invalid");
                known = "";
            }
            names.put(life, known);
        }
        return known.isEmpty() ? null : known;
    }

    private Disk.@Nullable File open(String id) throws IOException {
        Disk.File known = open.get(id);
        if (known == null) {
            try {
                known = files.open(id);
            } catch (NoSuchFileException e) {
                return null; // the session's own check reports that
            }
            if (known == null) {
                return null;
            }
            if (open.size() == OPEN_FILES) {
                Map.Entry<String, Disk.File> oldest = open.entrySet().iterator().next();
                open.remove(oldest.getKey());
                oldest.getValue().close();
            }
            open.put(id, known);
        }
        return known;
    }

    private void tell(String name, long offset, String reason) {
        String file = FileNames.relative(root, own.resolve(name));
        if (problems.size() < MOST) {
            problems.add(new RootProblem(
                    RootProblem.Kind.DERIVED, null, file, 0, offset, reason + "; it is rebuilt when it is next used"));
        }
    }

    @Override
    public void close() throws IOException {
        for (Disk.File file : open.values()) {
            file.close();
        }
    }

    /** The events that must be in the index. */
    private static final class Expected {

        private final Disk.File file;
        private final long size;
        /** Spans that begin before the part of the index that was read, and how many of their events were found. */
        private final TreeMap<Long, Span> begun = new TreeMap<>();

        private final Map<Long, Integer> seen = new HashMap<>();
        private long read;
        private long missing;
        private long first;

        Expected(Disk.File file, long size) {
            this.file = file;
            this.size = size;
        }

        void covered(Span span) throws IOException {
            readTo(span.last());
            Map.Entry<Long, Span> at = begun.floorEntry(span.position());
            if (at != null) {
                seen.merge(at.getKey(), span.count(), Integer::sum);
            }
            while (!begun.isEmpty() && begun.firstEntry().getValue().last() <= span.last()) {
                over(begun.pollFirstEntry().getValue(), Long.MAX_VALUE);
            }
        }

        private void readTo(long position) throws IOException {
            while (read < size) {
                ByteBuffer one = ByteBuffer.allocate(Span.SIZE);
                file.readFully(one, read * Span.SIZE);
                Span next = Span.read(one, 0, read);
                if (next == null || next.position() > position) {
                    return;
                }
                begun.put(next.position(), next);
                read++;
            }
        }

        private void over(Span span, long upTo) {
            long wanted = Math.min(span.last(), upTo) - span.position() + 1;
            Integer there = seen.remove(span.position());
            // Events that may be missing are marked as foreign.
            if (!span.foreign() && (there == null ? 0 : there) < wanted) {
                missing += wanted - (there == null ? 0 : there);
                first = first == 0 ? span.position() : first;
            }
        }

        @Nullable
        String finish(long last) throws IOException {
            readTo(last);
            begun.values().forEach(span -> over(span, last));
            return missing == 0 ? null : "it lacks " + missing + " events, from position " + first + " on";
        }
    }
}
