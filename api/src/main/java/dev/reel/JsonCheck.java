package dev.reel;

import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.json.JsonFactory;

/**
 * Checks JSON that comes from outside. Jackson checks the grammar (RFC 8259) and finds duplicate member names. This
 * class checks what Jackson leaves open: strictly valid UTF-8 (Unicode 15, table 3-7), no other encoding, exactly one
 * value, and the {@link JsonLimits}.
 *
 * <p>Jackson (since 3.1) rejects names with an unpaired surrogate, although the grammar allows them. Therefore {@link
 * JsonWriter} rejects them too: everything that is written can be read.
 */
final class JsonCheck {

    /** Unlimited: this class checks the limits, so that each error names the limit that the caller can set. */
    private static final StreamReadConstraints UNBOUNDED = StreamReadConstraints.builder()
            .maxNestingDepth(Integer.MAX_VALUE)
            .maxNumberLength(Integer.MAX_VALUE)
            .maxStringLength(Integer.MAX_VALUE)
            .maxNameLength(Integer.MAX_VALUE)
            .build();

    private static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(UNBOUNDED)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private JsonCheck() {}

    /**
     * Checks all of {@code json}, including blanks around the value.
     *
     * @throws MalformedJsonException if it is not one JSON value in UTF-8, is nested too deeply, or contains a number
     *     that is too long
     */
    static void check(byte[] json, int maxDepth, int maxNumberLength) {
        checkUtf8(json);
        try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), json)) {
            checkTokens(parser, json.length, maxDepth, maxNumberLength);
        } catch (JacksonException e) {
            throw new MalformedJsonException(reasonOf(e), offset(e.getLocation(), json.length), e);
        }
    }

    /** Jackson's message, without the sentence in brackets that names its source and options. */
    private static String reasonOf(JacksonException e) {
        String message = e.getOriginalMessage();
        int brackets = message.indexOf(" (start marker at [Source");
        return brackets < 0 ? message : message.substring(0, brackets);
    }

    private static void checkTokens(JsonParser parser, int length, int maxDepth, int maxNumberLength) {
        int depth = 0;
        boolean any = false;
        for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
            if (any && depth == 0) {
                throw new MalformedJsonException("more than one value", tokenOffset(parser, length));
            }
            any = true;
            if (token.isStructStart()) {
                depth++;
                if (depth > maxDepth) {
                    throw new MalformedJsonException(
                            "nested deeper than maxDepth " + maxDepth, tokenOffset(parser, length));
                }
            } else if (token.isStructEnd()) {
                depth--;
            } else if (token.isNumeric() && parser.getStringLength() > maxNumberLength) {
                throw new MalformedJsonException(
                        "number longer than maxNumberLength " + maxNumberLength, tokenOffset(parser, length));
            }
        }
        if (!any) {
            throw new MalformedJsonException("no value", length);
        }
    }

    private static int tokenOffset(JsonParser parser, int length) {
        return offset(parser.currentTokenLocation(), length);
    }

    private static int offset(TokenStreamLocation location, int length) {
        return (int) Math.max(0, Math.min(location == null ? 0 : location.getByteOffset(), length));
    }

    /**
     * Rejects everything that is not UTF-8, a byte order mark, and NUL. From these Jackson would detect UTF-16 or
     * UTF-32, or it would skip the mark; it would then accept bytes that a reader of UTF-8 files rejects.
     */
    private static void checkUtf8(byte[] json) {
        if (json.length >= 3 && json[0] == (byte) 0xEF && json[1] == (byte) 0xBB && json[2] == (byte) 0xBF) {
            throw new MalformedJsonException("a byte order mark before the value", 0);
        }
        int i = 0;
        while (i < json.length) {
            int b = json[i];
            if (b > 0) {
                i++;
            } else if (b == 0) {
                throw new MalformedJsonException("a NUL byte", i);
            } else {
                i = sequenceEnd(json, i);
            }
        }
    }

    private static int sequenceEnd(byte[] json, int start) {
        int lead = json[start] & 0xFF;
        int length;
        int lowest = 0x80;
        int highest = 0xBF;
        if (lead >= 0xC2 && lead <= 0xDF) {
            length = 2;
        } else if (lead >= 0xE0 && lead <= 0xEF) {
            length = 3;
            lowest = lead == 0xE0 ? 0xA0 : lowest;
            highest = lead == 0xED ? 0x9F : highest;
        } else if (lead >= 0xF0 && lead <= 0xF4) {
            length = 4;
            lowest = lead == 0xF0 ? 0x90 : lowest;
            highest = lead == 0xF4 ? 0x8F : highest;
        } else {
            throw new MalformedJsonException("not valid UTF-8", start);
        }
        for (int i = start + 1; i < start + length; i++) {
            int b = i < json.length ? json[i] & 0xFF : 0;
            if (b < lowest || b > highest) {
                throw new MalformedJsonException("not valid UTF-8", start);
            }
            lowest = 0x80;
            highest = 0xBF;
        }
        return start + length;
    }
}
