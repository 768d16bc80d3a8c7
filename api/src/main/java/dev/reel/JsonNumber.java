package dev.reel;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.OptionalLong;

/**
 * A JSON number by value: {@code ±digits × 10^exponent}, with digits that neither begin nor end with a zero. Every
 * value has exactly one such form, so the record's own equality is equality by value. No exponent is ever expanded:
 * {@code 1e999999999} costs as much as {@code 1}.
 *
 * @param negative whether the number is below zero; false for zero, because {@code -0} equals {@code 0}
 * @param digits the significant digits; empty for zero
 * @param exponent the power of ten of the last digit; 0 for zero
 */
record JsonNumber(boolean negative, String digits, BigInteger exponent) {

    private static final JsonNumber ZERO = new JsonNumber(false, "", BigInteger.ZERO);

    /** An exponent of at most this many characters always fits into an int. */
    private static final int SHORT_EXPONENT = 9;

    /** The maximum number of digits of a long. */
    private static final int LONG_DIGITS = 19;

    /** Parses a number in the form of RFC 8259, section 6, which the caller has checked. */
    static JsonNumber of(String token) {
        boolean negative = token.charAt(0) == '-';
        int end = exponentMark(token);
        int point = token.indexOf('.');
        int wholeEnd = point < 0 ? end : point;
        String whole = token.substring(negative ? 1 : 0, wholeEnd);
        String fraction = point < 0 ? "" : token.substring(point + 1, end);
        String all = whole + fraction;
        int first = 0;
        while (first < all.length() && all.charAt(first) == '0') {
            first++;
        }
        if (first == all.length()) {
            return ZERO;
        }
        int last = all.length();
        while (all.charAt(last - 1) == '0') {
            last--;
        }
        BigInteger exponent = writtenExponent(token, end)
                .add(BigInteger.valueOf(wholeEnd - end))
                .add(BigInteger.valueOf(point < 0 ? 0 : 1))
                .add(BigInteger.valueOf(all.length() - last));
        return new JsonNumber(negative, all.substring(first, last), exponent);
    }

    private static int exponentMark(String token) {
        for (int i = 0; i < token.length(); i++) {
            if ((token.charAt(i) | 0x20) == 'e') {
                return i;
            }
        }
        return token.length();
    }

    private static BigInteger writtenExponent(String token, int mark) {
        if (mark == token.length()) {
            return BigInteger.ZERO;
        }
        String text = token.substring(mark + 1);
        return text.length() <= SHORT_EXPONENT ? BigInteger.valueOf(Integer.parseInt(text)) : new BigInteger(text);
    }

    /** The value as a long, or empty if it has a fraction or does not fit. */
    OptionalLong toLong() {
        if (digits.isEmpty()) {
            return OptionalLong.of(0);
        }
        if (exponent.signum() < 0 || exponent.compareTo(BigInteger.valueOf(LONG_DIGITS)) > 0) {
            return OptionalLong.empty();
        }
        int zeros = exponent.intValue();
        if (digits.length() + zeros > LONG_DIGITS) {
            return OptionalLong.empty();
        }
        BigInteger value = new BigInteger((negative ? "-" : "") + digits + "0".repeat(zeros));
        return value.bitLength() < Long.SIZE ? OptionalLong.of(value.longValue()) : OptionalLong.empty();
    }

    /**
     * Converts the number to Java: a Long, a BigInteger if it is larger, or a BigDecimal if it is written with a
     * fraction or an exponent.
     *
     * @throws ArithmeticException if the exponent is outside the range of BigDecimal
     */
    static Number toJava(String token) {
        if (token.indexOf('.') >= 0 || exponentMark(token) < token.length()) {
            return toDecimal(token);
        }
        if (token.length() < LONG_DIGITS) {
            return Long.parseLong(token);
        }
        BigInteger value = new BigInteger(token);
        if (value.bitLength() < Long.SIZE) {
            return value.longValue();
        }
        return value;
    }

    /**
     * Converts the number to a BigDecimal with the scale in which it is written.
     *
     * @throws ArithmeticException if the exponent is outside the range of BigDecimal
     */
    static BigDecimal toDecimal(String token) {
        try {
            return new BigDecimal(token);
        } catch (NumberFormatException e) {
            // The grammar was checked, so only the exponent can be wrong.
            ArithmeticException beyond = new ArithmeticException("exponent outside the range of BigDecimal");
            beyond.initCause(e);
            throw beyond;
        }
    }
}
