package dev.reel.jsonl;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A session's file that is read as a root is opened: its log, and what catalogue and index want to know of it. That is
 * found out at once, while the events are in memory, unless there is much of it.
 */
final class FileRead {

    /** So many events are read a second time rather than what is known of them kept in memory. */
    private static final long MANY = 10_000;

    /** How many events a span of an index that is made anew has at most. */
    private static final int SPAN_EVENTS = 64;

    /** Takes spans that have no life yet. */
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
        // Foreign events that have no positions yet get them first.
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

    /** The position of the last event, where its line says it; else 0. */
    long lastPosition() {
        return lastPosition;
    }

    RowsOfFile rows() {
        return rows == null ? RowsOfFile.of(log) : rows;
    }

    /** Gives what the session recorded itself in native lines: what stands together, in file and feed, as one. */
    void eachNativeSpan(SpanConsumer consumer) throws IOException {
        if (spans == null) {
            eachNativeSpan(log, Long.MAX_VALUE, consumer);
        } else {
            for (Span span : spans) {
                consumer.accept(span);
            }
        }
    }

    /** The same of a log, of what has positions up to one. */
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
