package dev.reel;

import dev.reel.internal.Access;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** The line format that {@link dev.reel.spi.LineCodec} documents. */
final class LineFormat implements Access.Lines {

    private static final String SEQ = "{\"seq\":";
    private static final String CRC = ",\"crc\":\"";
    private static final String END = "\"}";

    /** The length in bytes from the comma before {@code "crc"} to the end of the line. */
    private static final int TAIL = CRC.length() + 8 + END.length();

    /** The usual length of all members except data, meta and unknown ones; only a guess for the buffer's size. */
    private static final int USUAL_FRAME = 256;

    /** The only event type that is in no session's log (R1), so such an event has version 0. */
    private static final String PURGED = "session_purged";

    /** Members that a foreign line must not have. */
    private static final Set<String> NATIVE_ONLY = Set.of("seq", "pos", "batch", "crc");

    private static final LineFormat STANDARD = new LineFormat(JsonLimits.DEFAULT, Upcasters.none());

    private final JsonLimits limits;
    private final Upcasters upcasters;

    private LineFormat(JsonLimits limits, Upcasters upcasters) {
        this.limits = limits;
        this.upcasters = upcasters;
    }

    static LineFormat of(JsonLimits limits, Upcasters upcasters) {
        return new LineFormat(Objects.requireNonNull(limits, "limits"), Objects.requireNonNull(upcasters, "upcasters"));
    }

    static LineFormat standard() {
        return STANDARD;
    }

    @Override
    public byte[] encode(SessionEvent event) {
        byte[] stored = event.storedLine();
        if (stored != null) {
            return stored;
        }
        checkEncodable(event);
        Json meta = event.meta();
        JsonWriter out = new JsonWriter(limits, USUAL_FRAME + event.data().size() + (meta == null ? 0 : meta.size()));
        out.raw(SEQ).number(event.version());
        out.raw(",\"pos\":").number(event.position());
        out.raw(",\"ts\":\"");
        Timestamps.append(out, event.at());
        out.raw("\",\"event\":").string(event.type());
        out.raw(",\"uuid\":\"").raw(event.id()).raw('"');
        if (event.v() != 1) {
            out.raw(",\"v\":").number(event.v());
        }
        if (event.batch() > 1) {
            out.raw(",\"batch\":").number(event.batch());
        }
        out.raw(",\"data\":").value(event.data(), 0);
        if (meta != null) {
            out.raw(",\"meta\":").value(meta, 0);
        }
        event.extra().forEach((name, value) -> out.raw(',').name(name).value(value, 0));
        CRC32C crc = new CRC32C();
        out.update(crc);
        return out.raw(CRC).hex((int) crc.getValue()).raw(END).toBytes();
    }

    private static void checkEncodable(SessionEvent event) {
        require(isPlace(event.version(), event.type()), "version", event.version());
        require(event.position() >= 1, "position", event.position());
        require(Ids.isEventType(event.type()), "type", event.type());
        require(Ids.isEventId(event.id()), "id", event.id());
        require(event.v() >= 1, "v", event.v());
        Json meta = event.meta();
        require(event.data().isObject(), "kind of data", event.data().kind());
        require(meta == null || meta.isObject(), "kind of meta", meta);
        for (String name : event.extra().keySet()) {
            require(!SessionEvent.LINE_MEMBERS.contains(name), "name of an unknown member", name);
        }
    }

    private static void require(boolean holds, String what, @Nullable Object value) {
        if (!holds) {
            throw new IllegalArgumentException("cannot encode an event with this " + what + ": " + value);
        }
    }

    private static boolean isPlace(long version, String type) {
        return version >= 1 || (version == 0 && type.equals(PURGED));
    }

    @Override
    public boolean isNative(byte[] line) {
        int crcAt = line.length - TAIL;
        return crcAt >= SEQ.length()
                && startsWith(line, 0, SEQ)
                && startsWith(line, crcAt, CRC)
                && writtenCrc(line) >= 0
                && startsWith(line, line.length - END.length(), END);
    }

    private static boolean startsWith(byte[] line, int from, String ascii) {
        return new JsonScanner(line, from, line.length).accept(ascii);
    }

    /** The checksum in the line, or -1 if it is malformed. */
    private static long writtenCrc(byte[] line) {
        long crc = 0;
        int end = line.length - END.length();
        for (int i = end - 8; i < end; i++) {
            byte b = line[i];
            int digit = b >= '0' && b <= '9' ? b - '0' : b >= 'a' && b <= 'f' ? b - 'a' + 10 : -1;
            if (digit < 0) {
                return -1;
            }
            crc = (crc << 4) | digit;
        }
        return crc;
    }

    @Override
    public SessionEvent decode(String sessionId, byte[] line) {
        Objects.requireNonNull(sessionId, "sessionId");
        checkLength(line);
        if (!isNative(line)) {
            throw new MalformedLineException("not a native line", 0);
        }
        int end = line.length - TAIL;
        CRC32C crc = new CRC32C();
        crc.update(line, 0, end);
        if (crc.getValue() != writtenCrc(line)) {
            throw new MalformedLineException("the checksum does not hold", end);
        }
        try {
            return readMembers(sessionId, line, end);
        } catch (MalformedJsonException e) {
            throw new MalformedLineException(e.reason(), e.offset(), e);
        }
    }

    private SessionEvent readMembers(String sessionId, byte[] line, int end) {
        LineReader in = new LineReader(line, end, limits.maxDepth());
        in.expect(SEQ);
        long version = in.integer(0, Long.MAX_VALUE);
        in.expect(",\"pos\":");
        long position = in.integer(1, Long.MAX_VALUE);
        in.expect(",\"ts\":\"");
        Instant at = in.instant();
        in.expect(",\"event\":");
        String type = in.type();
        if (!isPlace(version, type)) {
            throw new MalformedLineException("seq must be from 1", SEQ.length());
        }
        in.expect(",\"uuid\":\"");
        String id = in.eventId();
        int v = in.accept(",\"v\":") ? (int) in.integer(2, Integer.MAX_VALUE) : 1;
        int batch = in.accept(",\"batch\":") ? (int) in.integer(2, Integer.MAX_VALUE) : 1;
        in.expect(",\"data\":");
        Json data = in.object();
        Json meta = in.accept(",\"meta\":") ? in.object() : null;
        Map<String, Json> extra = in.unknownMembers();
        return new SessionEvent(
                sessionId, version, position, id, at, type, v, batch, data, meta, extra, upcasters, line);
    }

    private void checkLength(byte[] line) {
        if (line.length > limits.maxBytes()) {
            throw new MalformedLineException("longer than maxBytes " + limits.maxBytes(), limits.maxBytes());
        }
    }

    @Override
    public EventDraft decodeForeign(byte[] line) {
        checkLength(line);
        Json object = foreignObject(line);
        Map<String, Json> members = object.members();
        for (String name : members.keySet()) {
            if (NATIVE_ONLY.contains(name)) {
                throw new MalformedLineException("a foreign line must not have '" + name + "'", 0);
            }
        }
        EventDraft draft = EventDraft.of(foreignType(members), foreignObject(members, "data", Json.EMPTY_OBJECT))
                .withAt(foreignInstant(members));
        String id = object.textOf("uuid");
        if (id != null && Ids.isEventId(id)) {
            draft = draft.withId(id);
        }
        if (members.containsKey("v")) {
            draft = draft.withSchemaVersion(foreignV(object));
        }
        if (members.containsKey("meta")) {
            draft = draft.withMeta(foreignObject(members, "meta", Json.EMPTY_OBJECT));
        }
        Map<String, Json> extra = new LinkedHashMap<>(members);
        extra.keySet().removeAll(SessionEvent.LINE_MEMBERS);
        return extra.isEmpty() ? draft : draft.withExtraAsRead(extra);
    }

    private Json foreignObject(byte[] line) {
        boolean marked = line.length >= 3 && line[0] == (byte) 0xEF && line[1] == (byte) 0xBB && line[2] == (byte) 0xBF;
        int from = marked ? 3 : 0;
        byte[] own = new byte[line.length - from];
        System.arraycopy(line, from, own, 0, own.length);
        try {
            // The line itself adds one level around its data.
            Json value = Json.checked(own, limits.maxDepth() + 1, limits.maxNumberLength());
            if (!value.isObject()) {
                throw new MalformedLineException("not a JSON object", from);
            }
            return value;
        } catch (MalformedJsonException e) {
            throw new MalformedLineException(e.reason(), from + e.offset(), e);
        }
    }

    private static String foreignType(Map<String, Json> members) {
        Json type = members.get("event");
        if (type == null || type.kind() != Json.Kind.STRING || !Ids.isEventType(type.text())) {
            throw new MalformedLineException("'event' must be present and be an event type", 0);
        }
        return type.text();
    }

    private static Instant foreignInstant(Map<String, Json> members) {
        Json ts = members.get("ts");
        Instant at = ts == null || ts.kind() != Json.Kind.STRING ? null : Timestamps.parseForeign(ts.text());
        if (at == null) {
            throw new MalformedLineException("'ts' must be present and be a date and time with an offset", 0);
        }
        return at;
    }

    private static Json foreignObject(Map<String, Json> members, String name, Json absent) {
        Json value = members.getOrDefault(name, absent);
        if (!value.isObject()) {
            throw new MalformedLineException("'" + name + "' must be an object", 0);
        }
        return value;
    }

    private static int foreignV(Json object) {
        Long v = object.longOf("v");
        if (v == null || v < 1 || v > Integer.MAX_VALUE) {
            throw new MalformedLineException("'v' must be an integer from 1", 0);
        }
        return v.intValue();
    }
}
