package dev.reel.jsonl;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The result of reading a session's file while a root is opened: its log, and the data for the catalogue and the index.
 * These data are derived immediately, while the events are in memory, unless there are many events.
 */
final class FileRead {

    /** With more events than this, they are read a second time, so that the derived data need not stay in memory. */
    private static final long MANY = 10_000;

    /** The maximum number of events of a span in a rebuilt index. */
    private static final int SPAN_EVENTS = 64;

    /** Receives spans that have no life yet. */
    interface SpanConsumer {
        void accept(Span span) throws IOException;
    }

    private final LogFile log;
    private final @Nullable RowsOfFile rows;
    private final @Nullable List<Span> spans;
    private final long lastPosition;

    private FileRead(LogFile log, @Nullable RowsOfFile rows, @Nullable List<Span> spans, long lastPosition) {
        this.log = log;
        this.rows = rows;
        this.spans = spans;
        this.lastPosition = lastPosition;
    }

    static FileRead of(LogFile log) throws IOException {
        long last = log.version() > log.foreign().events()
                ? log.event(log.version()).position()
                : 0;
        // Foreign events without positions are numbered first.
        if (log.version() > MANY || log.foreign().unplaced() > 0) {
            return new FileRead(log, null, null, last);
        }
        List<Span> spans = new ArrayList<>(1);
        eachNativeSpan(log, Long.MAX_VALUE, spans::add);
        return new FileRead(log, RowsOfFile.of(log), spans, last);
    }

    LogFile log() {
        return log;
    }

    /** Returns the position of the last event if its line states it, otherwise 0. */
    long lastPosition() {
        return lastPosition;
    }

    RowsOfFile rows() {
        return rows == null ? RowsOfFile.of(log) : rows;
    }

    /**
     * Passes on the spans of the native events that the session recorded itself. Events that are consecutive in file
     * and feed form one span.
     */
    void eachNativeSpan(SpanConsumer consumer) throws IOException {
        if (spans == null) {
            eachNativeSpan(log, Long.MAX_VALUE, consumer);
        } else {
            for (Span span : spans) {
                consumer.accept(span);
            }
        }
    }

    /** Does the same for a log, up to a position. */
    static void eachNativeSpan(LogFile log, long upTo, SpanConsumer consumer) throws IOException {
        long from = Math.max(log.inherited(), log.foreign().events()) + 1;
        for (long first = from; first <= log.version(); ) {
            long position = log.event(first).position();
            if (position > upTo) {
                return;
            }
            long next = first + 1;
            while (next <= log.version()
                    && next - first < SPAN_EVENTS
                    && position + next - first <= upTo
                    && log.event(next).position() == position + next - first) {
                next++;
            }
            long begin = log.bytes(first - 1);
            consumer.accept(new Span(
                    position,
                    0,
                    begin,
                    Math.toIntExact(log.bytes(next - 1) - begin),
                    Math.toIntExact(next - first),
                    false));
            first = next;
        }
    }
}
