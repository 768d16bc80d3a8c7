package dev.reel.spi;

import dev.reel.EventDraft;
import dev.reel.JsonLimits;
import dev.reel.MalformedLineException;
import dev.reel.SessionEvent;
import dev.reel.Upcasters;
import dev.reel.internal.Access;
import java.util.Objects;

/**
 * Writes and reads the lines of session files: one JSON object an event, in UTF-8, without the {@code \n} that ends it.
 *
 * <pre>
 * {"seq":12,"pos":3401,"ts":"2026-04-26T12:34:56.789Z","event":"user_message","uuid":"kY7vZb3eQa0",
 *  "v":2,"batch":3,"data":{…},"meta":{…},"unknown":…,"crc":"47fa9f75"}
 * </pre>
 *
 * <p>A <em>native</em> line has its members in this order and no blank between them; {@code v} is there if it is not 1,
 * {@code batch} if it is more than 1, {@code meta} if there is one; members that this version does not know stand before
 * {@code crc}, which is the CRC-32C (Castagnoli, RFC 3720) in eight lower-case hexadecimal digits of all bytes before
 * {@code ,"crc"}. So one event has one line, and a line whose checksum holds is read without building its data.
 *
 * <p>A <em>foreign</em> line is one of ExAthena's: {@code ts}, {@code event}, {@code data} and {@code uuid} in any order,
 * without checksum, and without {@code seq}, {@code pos}, {@code batch} and {@code crc}: so no damaged native line can
 * pass for one.
 *
 * <p>A codec knows nothing of files, nor whether the versions of two lines follow each other. It is immutable.
 */
public final class LineCodec {

    private static final LineCodec STANDARD = of(JsonLimits.DEFAULT, Upcasters.none());

    private final Access.Lines lines;

    private LineCodec(Access.Lines lines) {
        this.lines = lines;
    }

    /**
     * A codec.
     *
     * @param limits the bounds of a line, and of how deep its data may be; lines beyond them are neither written nor
     *     read, so they must never be made smaller than what a log holds already
     * @param upcasters what the events that it reads are upcast with
     * @return the codec
     */
    public static LineCodec of(JsonLimits limits, Upcasters upcasters) {
        return new LineCodec(Access.get()
                .lines(Objects.requireNonNull(limits, "limits"), Objects.requireNonNull(upcasters, "upcasters")));
    }

    /**
     * The codec with {@link JsonLimits#DEFAULT} and without upcasters.
     *
     * @return the codec
     */
    public static LineCodec standard() {
        return STANDARD;
    }

    /**
     * The native line of an event. An event that was read from a line, or encoded for one, carries it and gives it
     * back: the array is the event's own and must not be changed.
     *
     * @param event the event
     * @return its line, without {@code \n}
     * @throws IllegalArgumentException if {@link #decode} would refuse the line: a version, position, id, type or v
     *     outside its range, data or meta that is not an object, an unknown member with a known name, beyond the limits
     */
    public byte[] encode(SessionEvent event) {
        return lines.encode(Objects.requireNonNull(event, "event"));
    }

    /**
     * Whether a line looks native: it begins with <code>&#123;"seq":</code>, and its last 18 bytes are
     * <code>,"crc":"xxxxxxxx"&#125;</code>. Whether it is whole, {@link #decode} tells.
     *
     * @param line a line, without {@code \n}
     * @return whether to read it with {@link #decode}
     */
    public boolean isNative(byte[] line) {
        return lines.isNative(Objects.requireNonNull(line, "line"));
    }

    /**
     * Reads a native line. The checksum is looked at first; then the members are read in their order, and data, meta and
     * unknown members become slices of the line.
     *
     * @param sessionId the session in whose log the line stands
     * @param line the line, without {@code \n}; the event keeps the array, which must not be changed afterwards
     * @return the event
     * @throws MalformedLineException if the line is not native, its checksum does not hold, or it is not of the form
     *     that {@link #encode} writes
     */
    public SessionEvent decode(String sessionId, byte[] line) {
        Objects.requireNonNull(sessionId, "sessionId");
        Objects.requireNonNull(line, "line");
        return lines.decode(sessionId, line);
    }

    /**
     * Reads a foreign line, forgivingly: a byte order mark before it and blanks around it, a carriage return among them,
     * are passed over; the instant may have any offset and is cut to microseconds; absent data is {@code {}}; an absent
     * {@code uuid}, or one that is not an event id (R21), leaves the draft without an id. Members that are not known are
     * kept as {@link EventDraft#extra()}.
     *
     * @param line the line, without {@code \n}; not kept
     * @return what it records
     * @throws MalformedLineException if it is not one JSON object within the limits, has one of {@code seq},
     *     {@code pos}, {@code batch} and {@code crc}, has no {@code event} or {@code ts} or one that cannot be read, or
     *     has {@code data} or {@code meta} that is not an object, or a {@code v} that is not an integer from 1
     */
    public EventDraft decodeForeign(byte[] line) {
        return lines.decodeForeign(Objects.requireNonNull(line, "line"));
    }
}
