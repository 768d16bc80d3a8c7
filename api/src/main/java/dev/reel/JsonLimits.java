package dev.reel;

/**
 * The bounds within which JSON from outside is taken. What lies beyond is refused with a {@link MalformedJsonException}
 * that names the bound.
 *
 * @param maxBytes bytes of UTF-8 that one value may take, blanks around it included; from 1
 * @param maxDepth objects and arrays that may lie inside each other, 0 being a string or number by itself; from 1 to
 *     {@value #HIGHEST_DEPTH}
 * @param maxNumberLength characters that one number may take, sign, point and exponent included; from 1 to
 *     {@value #HIGHEST_NUMBER_LENGTH}
 */
public record JsonLimits(int maxBytes, int maxDepth, int maxNumberLength) {

    /**
     * The highest {@link #maxDepth()}: what equals, hashCode and toJava of {@link Json}, which recurse, can go down on
     * a thread with a small stack.
     */
    public static final int HIGHEST_DEPTH = 1_000;

    /**
     * The highest {@link #maxNumberLength()}: the time for turning digits into a number grows with their square.
     */
    public static final int HIGHEST_NUMBER_LENGTH = 10_000;

    /**
     * 64 MiB, 500 levels, numbers of 1,000 characters: as deep and as long as the defaults of Jackson 3 read, so that
     * what a store took can be read by others.
     */
    public static final JsonLimits DEFAULT = new JsonLimits(64 * 1024 * 1024, 500, 1_000);

    /**
     * Checks the bounds.
     *
     * @param maxBytes bytes of UTF-8 that one value may take
     * @param maxDepth objects and arrays that may lie inside each other
     * @param maxNumberLength characters that one number may take
     * @throws InvalidInputException if a bound is outside what this page says of it
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
