package dev.reel.server;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Percent-encoding (RFC 3986, section 2.1), decoded once and strictly. Netty's decoder replaces bytes that are not
 * UTF-8 with U+FFFD, so two different ids could become equal.
 */
final class Percent {

    private static final String UNRESERVED = "-._~";
    private static final char[] DIGITS = "0123456789ABCDEF".toCharArray();

    private Percent() {}

    /**
     * Decodes a part of a path, of a query or of a header.
     *
     * @param what names the part, for the error
     * @throws HttpProblem 400 if it is malformed, or not UTF-8
     */
    static String decode(String what, String text) {
        byte[] bytes = new byte[text.length()];
        int size = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '%') {
                if (i + 2 >= text.length() || !isHex(text.charAt(i + 1)) || !isHex(text.charAt(i + 2))) {
                    throw HttpProblem.malformed(what + " has a '%' without two hexadecimal digits after it");
                }
                bytes[size++] = (byte) Integer.parseInt(text, i + 1, i + 3, 16);
                i += 2;
            } else if (c > ' ' && c < 0x7f) {
                bytes[size++] = (byte) c;
            } else {
                throw HttpProblem.malformed(what + " has a character that must be percent-encoded");
            }
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes, 0, size))
                    .toString();
        } catch (CharacterCodingException e) {
            throw HttpProblem.malformed(what + " is not percent-encoded UTF-8");
        }
    }

    private static boolean isHex(char c) {
        return c < 0x7f && Character.digit(c, 16) >= 0;
    }

    /** Encodes a text for use in a path, in a query and in a header. */
    static String encode(String text) {
        StringBuilder out = new StringBuilder(text.length() + 8);
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (b & 0xff);
            if (c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || UNRESERVED.indexOf(c) >= 0) {
                out.append(c);
            } else {
                out.append('%').append(DIGITS[c >> 4]).append(DIGITS[c & 15]);
            }
        }
        return out.toString();
    }
}
