package dev.reel;

/**
 * Limits for JSON that is read from outside. JSON that exceeds a limit is rejected with a {@link
 * MalformedJsonException} that names the limit.
 *
 * @param maxBytes the maximum length of one value in bytes of UTF-8, including blanks around it; from 1
 * @param maxDepth the maximum nesting of objects and arrays (a string or number by itself has depth 0); from 1 to
 *     {@value #HIGHEST_DEPTH}
 * @param maxNumberLength the maximum length of one number in characters, including sign, point and exponent; from 1 to
 *     {@value #HIGHEST_NUMBER_LENGTH}
 */
public record JsonLimits(int maxBytes, int maxDepth, int maxNumberLength) {

    /**
     * The highest {@link #maxDepth()}. Methods of {@link Json} that recurse (equals, hashCode, toJava) can reach this
     * depth on a thread with a small stack.
     */
    public static final int HIGHEST_DEPTH = 1_000;

    /**
     * The highest {@link #maxNumberLength()}: the time to convert digits to a number grows with the square of their
     * count.
     */
    public static final int HIGHEST_NUMBER_LENGTH = 10_000;

    /**
     * The default: 64 MiB, 500 levels, numbers of 1,000 characters. Depth and number length are those that Jackson 3
     * reads by default, so other programs can read what a store accepted.
     */
    public static final JsonLimits DEFAULT = new JsonLimits(64 * 1024 * 1024, 500, 1_000);

    /**
     * Checks the limits.
     *
     * @param maxBytes the maximum length of one value in bytes of UTF-8
     * @param maxDepth the maximum nesting of objects and arrays
     * @param maxNumberLength the maximum length of one number in characters
     * @throws InvalidInputException if a limit is outside its range
     */
    public JsonLimits {
        checkBound("maxBytes", maxBytes, Integer.MAX_VALUE);
        checkBound("maxDepth", maxDepth, HIGHEST_DEPTH);
        checkBound("maxNumberLength", maxNumberLength, HIGHEST_NUMBER_LENGTH);
    }

    private static void checkBound(String name, int value, int highest) {
        if (value < 1 || value > highest) {
            throw new InvalidInputException(name + " must be from 1 to " + highest + ": " + value);
        }
    }
}
