package dev.reel.client;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads server-sent events (WHATWG HTML, section 9.2) in the server's form: one {@code data} line each. An incomplete
 * event at the end of the stream is dropped, as the standard requires.
 */
final class SseEvents {

    /**
     * One event.
     *
     * @param id the place to continue after, or null
     * @param name the event's type
     * @param data the event's data
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Event(@Nullable String id, String name, byte[] data) {}

    private static final byte[] ID = prefix("id: ");
    private static final byte[] NAME = prefix("event: ");
    private static final byte[] DATA = prefix("data: ");

    private final Splitter splitter = new Splitter();
    private @Nullable String id;
    private String name = "message";
    private byte @Nullable [] data;

    private static byte[] prefix(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** Returns the events that these bytes complete. */
    List<Event> events(byte[] bytes) {
        List<Event> found = new ArrayList<>();
        for (byte[] line : splitter.lines(bytes)) {
            if (line.length == 0) {
                byte[] whole = data;
                if (whole != null) {
                    found.add(new Event(id, name, whole));
                }
                id = null;
                name = "message";
                data = null;
            } else if (begins(line, DATA)) {
                data = rest(line, DATA);
            } else if (begins(line, ID)) {
                id = text(line, ID);
            } else if (begins(line, NAME)) {
                name = text(line, NAME);
            }
        }
        return found;
    }

    private static boolean begins(byte[] line, byte[] prefix) {
        if (line.length < prefix.length) {
            return false;
        }
        for (int i = 0; i < prefix.length; i++) {
            if (line[i] != prefix[i]) {
                return false;
            }
        }
        return true;
    }

    private static byte[] rest(byte[] line, byte[] prefix) {
        byte[] rest = new byte[line.length - prefix.length];
        System.arraycopy(line, prefix.length, rest, 0, rest.length);
        return rest;
    }

    private static String text(byte[] line, byte[] prefix) {
        return new String(line, prefix.length, line.length - prefix.length, StandardCharsets.UTF_8);
    }
}
