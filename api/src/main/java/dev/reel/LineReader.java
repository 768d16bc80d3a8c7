package dev.reel;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** Reads the members of a native line one after the other. It accepts only the form that {@link LineFormat} writes. */
final class LineReader {

    private final byte[] line;
    private final int end;
    private final int maxDepth;
    private final JsonScanner in;

    /** Reads {@code line} up to {@code end}, where its checksum begins. */
    LineReader(byte[] line, int end, int maxDepth) {
        this.line = line;
        this.end = end;
        this.maxDepth = maxDepth;
        this.in = new JsonScanner(line, 0, end);
    }

    boolean accept(String ascii) {
        return in.accept(ascii);
    }

    void expect(String ascii) {
        if (!in.accept(ascii)) {
            throw new MalformedLineException(ascii + " was expected", in.at());
        }
    }

    /** Reads decimal digits without a sign and without leading zeros. */
    long integer(long lowest, long highest) {
        int from = in.at();
        int to = from;
        while (to < end && line[to] >= '0' && line[to] <= '9') {
            to++;
        }
        boolean canonical = to > from && (line[from] != '0' || to == from + 1);
        // At most 19 digits: a value above the range of long overflows to a negative one, which is rejected below.
        if (!canonical || to - from > 19) {
            throw new MalformedLineException("an integer was expected", from);
        }
        long value = 0;
        for (int i = from; i < to; i++) {
            value = value * 10 + (line[i] - '0');
        }
        if (value < lowest || value > highest) {
            throw new MalformedLineException("an integer from " + lowest + " to " + highest + " was expected", from);
        }
        in.passTo(to);
        return value;
    }

    /** Reads up to and including the closing quote. */
    Instant instant() {
        int from = in.at();
        int to = closingQuote(from);
        Instant at = Timestamps.parse(line, from, to);
        if (at == null) {
            throw new MalformedLineException("malformed instant", from);
        }
        in.passTo(to + 1);
        return at;
    }

    /** Reads up to and including the closing quote; an event id contains no character that would be escaped. */
    String eventId() {
        int from = in.at();
        int to = closingQuote(from);
        String id = new String(line, from, to - from, StandardCharsets.ISO_8859_1);
        if (!Ids.isEventId(id)) {
            throw new MalformedLineException("not an event id", from);
        }
        in.passTo(to + 1);
        return id;
    }

    private int closingQuote(int from) {
        int to = from;
        while (to < end && line[to] != '"') {
            to++;
        }
        if (to == end) {
            throw new MalformedLineException("unterminated string", from);
        }
        return to;
    }

    String type() {
        int from = in.at();
        String type = in.text();
        if (!Ids.isEventType(type)) {
            throw new MalformedLineException("not an event type", from);
        }
        return type;
    }

    Json object() {
        int from = in.at();
        if (in.kind() != Json.Kind.OBJECT) {
            throw new MalformedLineException("an object was expected", from);
        }
        return in.value(maxDepth);
    }

    /** Reads all remaining members. */
    Map<String, Json> unknownMembers() {
        if (in.atEnd()) {
            return Map.of();
        }
        Map<String, Json> members = new LinkedHashMap<>();
        while (!in.atEnd()) {
            expect(",");
            int from = in.at();
            String name = in.text();
            if (SessionEvent.LINE_MEMBERS.contains(name) || members.containsKey(name)) {
                throw new MalformedLineException("unexpected member", from);
            }
            expect(":");
            members.put(name, in.value(maxDepth));
        }
        return Collections.unmodifiableMap(members);
    }
}
