package dev.reel.jsonl;

import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The members of a native line before its data, read in place without creating objects. A line whose checksum matches
 * was written by the store, so its data need not be checked.
 */
final class NativeLine {

    private static final byte[] SEQ = ascii("{\"seq\":");
    private static final byte[] POS = ascii(",\"pos\":");
    private static final byte[] TS = ascii(",\"ts\":\"");
    private static final byte[] EVENT = ascii("\",\"event\":\"");
    private static final byte[] UUID = ascii("\",\"uuid\":\"");
    private static final byte[] V = ascii("\",\"v\":");
    private static final byte[] V_END = ascii("\"");
    private static final byte[] BATCH = ascii(",\"batch\":");
    private static final byte[] DATA = ascii(",\"data\":{");
    private static final byte[] CRC = ascii(",\"crc\":\"");
    private static final byte[] END = ascii("\"}");
    private static final byte[] FORK = ascii("session_fork");
    private static final byte[] PURGED = ascii("session_purged");

    /** The number of bytes from the comma before {@code "crc"} to the end of the line. */
    private static final int TAIL = CRC.length + 8 + END.length;

    long version;
    long position;

    /** The size of its batch, if it is the first of several events; otherwise 1. */
    int batch;

    /** The {@link HintTable#hash} of its id. */
    int idHash;

    boolean fork;
    boolean purged;

    /** Whether the checksum matches. */
    boolean whole;

    private final CRC32C crc = new CRC32C();
    private byte[] bytes = {};
    private int at;
    private int end;

    /** Returns whether a line looks native, by its beginning and its end. */
    static boolean isOne(byte[] bytes, int from, int to) {
        int crcAt = to - TAIL;
        return crcAt >= from + SEQ.length
                && startsWith(bytes, from, SEQ)
                && startsWith(bytes, crcAt, CRC)
                && writtenCrc(bytes, to) >= 0
                && startsWith(bytes, to - END.length, END);
    }

    /** Returns whether these are the first bytes of a native line whose rest is missing. */
    static boolean begins(byte[] bytes, int from, int to) {
        int length = Math.min(to - from, SEQ.length);
        for (int i = 0; i < length; i++) {
            if (bytes[from + i] != SEQ[i]) {
                return false;
            }
        }
        return length > 0;
    }

    /** Reads a line that looks native; returns what is wrong with it, or null. */
    @Nullable
    String read(byte[] line, int from, int to) {
        bytes = line;
        at = from;
        end = to - TAIL;
        crc.reset();
        crc.update(line, from, end - from);
        whole = crc.getValue() == writtenCrc(line, to);
        if (!whole) {
            return "the checksum does not hold";
        }
        return readHead() ? null : "not in the form of a native line";
    }

    private boolean readHead() {
        if (!pass(SEQ)) {
            return false;
        }
        version = integer();
        if (version < 0 || !pass(POS)) {
            return false;
        }
        position = integer();
        if (position < 1 || !pass(TS) || !passText() || !pass(EVENT)) {
            return false;
        }
        int type = at;
        if (!passText()) {
            return false;
        }
        fork = is(type, at, FORK);
        purged = is(type, at, PURGED);
        if (!pass(UUID)) {
            return false;
        }
        int id = at;
        if (!passText()) {
            return false;
        }
        idHash = HintTable.hash(new String(bytes, id, at - id, StandardCharsets.UTF_8));
        if (pass(V) ? integer() < 2 : !pass(V_END)) {
            return false;
        }
        long size = pass(BATCH) ? integer() : 1;
        batch = (int) size;
        return size >= 1 && size <= Integer.MAX_VALUE && startsWith(bytes, at, DATA);
    }

    /** Moves to the quote that ends a string. No string before the data contains an escaped quote. */
    private boolean passText() {
        while (at < end && bytes[at] != '"') {
            if (bytes[at] == '\\') {
                at++;
            }
            at++;
        }
        return at < end;
    }

    /** Reads decimal digits; returns -1 if there are none, or too many. */
    private long integer() {
        int from = at;
        long value = 0;
        while (at < end && bytes[at] >= '0' && bytes[at] <= '9') {
            value = value * 10 + (bytes[at++] - '0');
        }
        return at == from || at - from > 18 ? -1 : value;
    }

    private boolean pass(byte[] wanted) {
        if (at + wanted.length > end || !startsWith(bytes, at, wanted)) {
            return false;
        }
        at += wanted.length;
        return true;
    }

    private boolean is(int from, int to, byte[] wanted) {
        return to - from == wanted.length && startsWith(bytes, from, wanted);
    }

    private static boolean startsWith(byte[] bytes, int from, byte[] wanted) {
        for (int i = 0; i < wanted.length; i++) {
            if (bytes[from + i] != wanted[i]) {
                return false;
            }
        }
        return true;
    }

    /** Returns the checksum that a line states, or -1 if it states none. */
    private static long writtenCrc(byte[] bytes, int to) {
        long value = 0;
        int last = to - END.length;
        for (int i = last - 8; i < last; i++) {
            byte b = bytes[i];
            int digit = b >= '0' && b <= '9' ? b - '0' : b >= 'a' && b <= 'f' ? b - 'a' + 10 : -1;
            if (digit < 0) {
                return -1;
            }
            value = (value << 4) | digit;
        }
        return value;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
