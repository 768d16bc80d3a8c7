package dev.reel.jsonl;

import dev.reel.Change;
import dev.reel.EventDraft;
import dev.reel.MalformedLineException;
import dev.reel.SessionEvent;
import dev.reel.SessionState;
import dev.reel.spi.Events;
import dev.reel.spi.States;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reports everything that is wrong with a session's file, line by line, and all events that the fold cannot apply.
 * Reads every byte, including data, and changes nothing.
 */
final class FileCheck {

    /** The severity of a finding. */
    enum Kind {
        /** The session cannot be read. */
        DAMAGE,
        /** Never acknowledged; cut off when the store is opened for writing. */
        TORN,
        /** An event that is kept but changes no row. */
        NONSENSE,
        /** A line among foreign lines that is not an event and is passed over. */
        PASSED
    }

    /**
     * A finding.
     *
     * @param kind the severity
     * @param line the line's number, from 1
     * @param offset the offset at which the line begins
     * @param reason what is wrong, in one line
     */
    record Finding(Kind kind, long line, long offset, String reason) {}

    /**
     * The contents of a file.
     *
     * @param version the version of the last event
     * @param snapshots the ids of the snapshots in its rows, each with the position from which the session holds the id
     * @param own the events that the session recorded itself, in runs of consecutive positions; without inherited ones
     */
    record Held(long version, Map<String, Long> snapshots, List<Run> own) {}

    /**
     * Events with consecutive positions.
     *
     * @param position the position of the first event
     * @param offset the offset of its line
     * @param count how many events
     */
    record Run(long position, long offset, int count) {}

    private final EventBlocks blocks;
    private final String sessionId;
    private final FileWalk walk;
    /**
     * An event that is known to be in a file.
     *
     * @param version its version
     * @param id its id
     */
    record Last(long version, @Nullable String id) {}

    private final @Nullable Last last;
    private final SnapshotClaims claims = new SnapshotClaims();
    private final List<Run> own = new ArrayList<>();
    private final long knownFlushed;
    private final Consumer<Finding> found;
    private SessionState rows;

    private FileCheck(
            EventBlocks blocks,
            String sessionId,
            FileWalk walk,
            long knownFlushed,
            @Nullable Last last,
            Consumer<Finding> found) {
        this.last = last;
        this.blocks = blocks;
        this.sessionId = sessionId;
        this.walk = walk;
        this.knownFlushed = knownFlushed;
        this.found = found;
        this.rows = States.lean(sessionId);
    }

    /**
     * Checks a file.
     *
     * @param named the file name from which the ids of foreign events are derived
     * @param placed the foreign events that have positions; empty if none have
     * @param knownFlushed the offset up to which the file is known to be flushed, or -1
     * @param last an event that the file must have, or null
     * @param found receives the findings, in the order of the file
     */
    static void check(
            EventBlocks blocks,
            String sessionId,
            Path file,
            String named,
            List<ForeignPart.Block> placed,
            long knownFlushed,
            @Nullable Last last,
            Consumer<Finding> found)
            throws IOException {
        try (Disk.File open = blocks.disk().open(file, Disk.Mode.READ)) {
            FileWalk walk = new FileWalk(open, blocks.codec(), blocks.maxBytes(), named, placed);
            check(blocks, sessionId, walk, knownFlushed, last, found);
        }
    }

    /** Checks the lines of a walk and returns their contents. */
    static Held check(
            EventBlocks blocks,
            String sessionId,
            FileWalk walk,
            long knownFlushed,
            @Nullable Last last,
            Consumer<Finding> found)
            throws IOException {
        FileCheck check = new FileCheck(blocks, sessionId, walk, knownFlushed, last, found);
        check.check();
        long birth = check.own.isEmpty() ? 0 : check.own.get(0).position;
        return new Held(walk.version, check.claims.of(check.rows, birth), check.own);
    }

    private void check() throws IOException {
        while (walk.next()) {
            switch (walk.kind) {
                case NATIVE -> nativeEvent();
                case FOREIGN -> {
                    record(walk.position(walk.version));
                    fold(foreignEvent(Objects.requireNonNull(walk.draft)));
                }
                case PASSED -> {
                    if (!walk.isBlank()) {
                        tell(Kind.PASSED, walk.reason);
                    }
                }
                case WRONG -> {
                    if (walk.isTorn(knownFlushed)) {
                        found.accept(new Finding(Kind.TORN, walk.tornLine(), walk.tornOffset(), walk.reason));
                        return;
                    }
                    tell(Kind.DAMAGE, walk.reason);
                }
            }
        }
        long end = walk.lines.nextOffset();
        String fault = walk.foreignFault();
        if (fault != null) {
            found.accept(new Finding(Kind.DAMAGE, walk.lines.number + 1, end, fault));
        }
        String batchFault = walk.batchFault();
        if (batchFault != null) {
            Kind kind = walk.batchOffset < knownFlushed ? Kind.DAMAGE : Kind.TORN;
            found.accept(new Finding(kind, walk.batchLine, walk.batchOffset, batchFault));
        }
        if (last != null && walk.version < last.version()) {
            String reason = "the file has " + walk.version + " events, and had " + last.version();
            found.accept(new Finding(Kind.DAMAGE, walk.lines.number + 1, end, reason));
        }
        if (end < knownFlushed) {
            found.accept(new Finding(Kind.DAMAGE, walk.lines.number + 1, end, FileWalk.tooShort(knownFlushed)));
        }
    }

    private void nativeEvent() {
        try {
            SessionEvent event = blocks.codec().decode(sessionId, walk.lines.copy());
            if (event.change() instanceof Change.SessionFork fork && fork.parentVersion() == event.version() - 1) {
                own.clear();
            }
            record(event.position());
            fold(event);
        } catch (MalformedLineException e) {
            tell(Kind.DAMAGE, e.reason() + " (byte " + e.offset() + " of the line)");
        }
    }

    private SessionEvent foreignEvent(EventDraft draft) {
        return Events.of(
                sessionId,
                walk.version,
                1,
                Objects.requireNonNull(draft.id()),
                Objects.requireNonNull(draft.at()),
                1,
                draft,
                blocks.upcasters());
    }

    private void fold(SessionEvent event) {
        if (last != null && event.version() == last.version() && !event.id().equals(last.id())) {
            tell(Kind.DAMAGE, Root.ANOTHER);
        }
        String nonsense = nonsense(event);
        if (nonsense != null) {
            tell(Kind.NONSENSE, nonsense);
        }
        rows = rows.apply(event);
        claims.see(event, rows);
    }

    private void record(long position) {
        if (position == 0) {
            return; // positions are assigned when a store opens the file for writing
        }
        int last = own.size() - 1;
        if (last >= 0 && own.get(last).position + own.get(last).count == position) {
            Run run = own.get(last);
            own.set(last, new Run(run.position, run.offset, run.count + 1));
        } else {
            own.add(new Run(position, walk.lines.offset, 1));
        }
    }

    private @Nullable String nonsense(SessionEvent event) {
        String problem = EventDraft.copyOf(event).problem();
        if (problem != null) {
            return "the " + event.type() + " " + event.id() + " " + problem;
        }
        Change change = event.change();
        if (change instanceof Change.SessionTurn turn && turn.epoch() != rows.epoch() + 1) {
            return "a turn of epoch " + turn.epoch() + " follows epoch " + rows.epoch();
        }
        if (change instanceof Change.SessionFork fork && fork.parentVersion() != event.version() - 1) {
            return "a fork at version " + fork.parentVersion() + " follows version " + (event.version() - 1);
        }
        if (change instanceof Change.RestoreMessages && rows.redoable() == 0) {
            return "messages_restore, but no messages are cut";
        }
        return null;
    }

    private void tell(Kind kind, String reason) {
        found.accept(new Finding(kind, walk.lines.number, walk.lines.offset, reason));
    }
}
