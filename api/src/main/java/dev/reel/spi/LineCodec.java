package dev.reel.spi;

import dev.reel.EventDraft;
import dev.reel.JsonLimits;
import dev.reel.MalformedLineException;
import dev.reel.SessionEvent;
import dev.reel.Upcasters;
import dev.reel.internal.Access;
import java.util.Objects;

/**
 * Writes and reads the lines of session files: one JSON object per event, in UTF-8, without the {@code \n} that ends
 * the line.
 *
 * <pre>
 * {"seq":12,"pos":3401,"ts":"2026-04-26T12:34:56.789Z","event":"user_message","uuid":"kY7vZb3eQa0",
 *  "v":2,"batch":3,"data":{…},"meta":{…},"unknown":…,"crc":"47fa9f75"}
 * </pre>
 *
 * <p>A <em>native</em> line has its members in this order, without blanks between them. {@code v} is present if it is
 * not 1, {@code batch} if it is more than 1, {@code meta} if there is any. Members that this version does not know
 * precede {@code crc}, which is the CRC-32C (Castagnoli, RFC 3720) of all bytes before {@code ,"crc"}, in eight
 * lower-case hexadecimal digits. So each event has exactly one line, and a line whose checksum matches can be read
 * without parsing its data.
 *
 * <p>A <em>foreign</em> line is a line of ExAthena: {@code ts}, {@code event}, {@code data} and {@code uuid} in any
 * order, without checksum. It must not have {@code seq}, {@code pos}, {@code batch} or {@code crc}, so a damaged native
 * line is never read as a foreign one.
 *
 * <p>A codec does not read files, and does not check whether the versions of two lines are consecutive. It is
 * immutable.
 */
public final class LineCodec {

    private static final LineCodec STANDARD = of(JsonLimits.DEFAULT, Upcasters.none());

    private final Access.Lines lines;

    private LineCodec(Access.Lines lines) {
        this.lines = lines;
    }

    /**
     * Creates a codec.
     *
     * @param limits the limits of a line, and of the nesting of its data. Lines that exceed them are neither written
     *     nor read, so never lower the limits below those of the lines in existing logs
     * @param upcasters convert the events that are read
     * @return the codec
     */
    public static LineCodec of(JsonLimits limits, Upcasters upcasters) {
        return new LineCodec(Access.get()
                .lines(Objects.requireNonNull(limits, "limits"), Objects.requireNonNull(upcasters, "upcasters")));
    }

    /**
     * Returns the codec with {@link JsonLimits#DEFAULT} and without upcasters.
     *
     * @return the codec
     */
    public static LineCodec standard() {
        return STANDARD;
    }

    /**
     * Encodes an event as a native line. An event that was read from a line, or whose {@link
     * SessionEvent#line()} was called, keeps that line, and this method returns it: the array belongs to the event and
     * must not be modified.
     *
     * @param event the event
     * @return its line, without {@code \n}
     * @throws IllegalArgumentException if {@link #decode} would reject the line: a version, position, id, type or v is
     *     outside its range, data or meta is not an object, an unknown member has a known name, or a limit is exceeded
     */
    public byte[] encode(SessionEvent event) {
        return lines.encode(Objects.requireNonNull(event, "event"));
    }

    /**
     * Returns whether a line looks native: it begins with <code>&#123;"seq":</code>, and its last 18 bytes are
     * <code>,"crc":"xxxxxxxx"&#125;</code>. Only {@link #decode} checks whether the line is intact.
     *
     * @param line a line, without {@code \n}
     * @return whether to read it with {@link #decode}
     */
    public boolean isNative(byte[] line) {
        return lines.isNative(Objects.requireNonNull(line, "line"));
    }

    /**
     * Reads a native line. The checksum is checked first; then the members are read in their order. Data, meta and
     * unknown members become slices of the line.
     *
     * @param sessionId the session whose log contains the line
     * @param line the line, without {@code \n}; the event keeps the array, which must not be modified afterwards
     * @return the event
     * @throws MalformedLineException if the line is not native, its checksum does not match, or it does not have the
     *     form that {@link #encode} writes
     */
    public SessionEvent decode(String sessionId, byte[] line) {
        Objects.requireNonNull(sessionId, "sessionId");
        Objects.requireNonNull(line, "line");
        return lines.decode(sessionId, line);
    }

    /**
     * Reads a foreign line leniently. A byte order mark before it and blanks around it, including a carriage return,
     * are ignored. The instant may have any offset and is cut to microseconds. Missing data is {@code {}}. If {@code
     * uuid} is missing or is not an event id (R21), the draft has no id. Unknown members are kept as {@link
     * EventDraft#extra()}.
     *
     * @param line the line, without {@code \n}; not kept
     * @return the draft of the recorded event
     * @throws MalformedLineException if it is not one JSON object within the limits; if it has {@code seq}, {@code
     *     pos}, {@code batch} or {@code crc}; if {@code event} or {@code ts} is missing or cannot be read; if {@code
     *     data} or {@code meta} is not an object; or if {@code v} is not an integer from 1
     */
    public EventDraft decodeForeign(byte[] line) {
        return lines.decodeForeign(Objects.requireNonNull(line, "line"));
    }
}
