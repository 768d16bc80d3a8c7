package dev.reel.jsonl;

import dev.reel.MalformedEventException;
import dev.reel.ReelException;
import dev.reel.SessionEvent;
import dev.reel.internal.engine.Journal;
import dev.reel.spi.LineCodec;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A write that the engine accepted, on its way to the journal and from there to the session's file. */
final class Accepted extends JournalEntry {

    private final Journal.Batch batch;
    private final LogFile log;
    private final JsonlStorage storage;
    /** The purge that callers wait for; null for other entries. */
    private final @Nullable Erasure erasure;
    /**
     * Set when the entry is durable and the engine knows it. An entry that is not durable when its position is settled
     * has failed.
     */
    private volatile boolean durable;

    private Accepted(
            Frame.Kind kind,
            Journal.Batch batch,
            LogFile log,
            JsonlStorage storage,
            @Nullable String parentId,
            @Nullable FileEnd inherited,
            @Nullable Accepted after) {
        super(
                kind,
                batch.sessionId(),
                batch.events().get(0).version(),
                batch.events().get(0).position(),
                lines(batch.events()),
                parentId,
                inherited,
                after);
        this.batch = batch;
        this.log = log;
        this.storage = storage;
        this.erasure = kind == Frame.Kind.PURGE
                ? new Erasure(batch.sessionId(), batch.events().get(0), this::isDurable)
                : null;
    }

    static Accepted of(Journal.Batch batch, JsonlStorage storage, @Nullable Accepted after) {
        LogFile log = (LogFile) Objects.requireNonNull(batch.stored());
        SessionEvent first = batch.events().get(0);
        if (first.version() == 0) {
            return new Accepted(Frame.Kind.PURGE, batch, log, storage, null, null, after);
        }
        String parentId = log.waitsForCopyOf();
        return parentId != null && first.version() == log.inherited() + 1
                ? new Accepted(Frame.Kind.FORK, batch, log, storage, parentId, log.inheritedEnd(), after)
                : new Accepted(Frame.Kind.EVENTS, batch, log, storage, null, null, after);
    }

    /**
     * Returns the encoded events.
     *
     * @throws MalformedEventException if no line can hold one of them; nothing was written
     */
    private static List<byte[]> lines(List<SessionEvent> events) {
        List<byte[]> lines = new ArrayList<>(events.size());
        for (SessionEvent event : events) {
            lines.add(encoded(event));
        }
        return lines;
    }

    /** Returns the event's own line without copying it, because it is never changed. */
    private static byte[] encoded(SessionEvent event) {
        try {
            event.line(); // the event keeps the line
            return LineCodec.standard().encode(event);
        } catch (IllegalArgumentException e) {
            throw new MalformedEventException(
                    event.sessionId(), event.type(), "cannot be written as a line: " + e.getMessage());
        }
    }

    Journal.Batch batch() {
        return batch;
    }

    List<SessionEvent> events() {
        return batch.events();
    }

    LogFile log() {
        return log;
    }

    @Nullable
    Erasure erasure() {
        return erasure;
    }

    boolean isDurable() {
        return durable;
    }

    @Override
    FileEnd sessionEnd() {
        return kind() == Frame.Kind.EVENTS ? new FileEnd(log.version(), log.end(), log.lacksLineFeed()) : FileEnd.EMPTY;
    }

    @Override
    void durable() {
        durable = true;
        storage.settled(this);
        batch.durable();
        if (erasure != null) {
            storage.hurry();
        }
    }

    @Override
    void failed(ReelException why) {
        storage.failed(this);
        batch.failed(why);
    }
}
