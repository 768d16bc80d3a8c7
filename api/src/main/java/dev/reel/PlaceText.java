package dev.reel;

/** The parts of the text form that both kinds of place share. */
final class PlaceText {

    static final int DIGITS = 19;
    static final String START = "-1";

    private PlaceText() {}

    /** Appends a number with {@link #DIGITS} digits. Streams write a place with each event, so no format is parsed. */
    static StringBuilder append(StringBuilder text, long number) {
        String digits = Long.toString(number);
        return text.append("0".repeat(DIGITS - digits.length())).append(digits);
    }

    /**
     * Parses digits. A sign, which {@link Long#parseLong} would accept, is rejected.
     *
     * @throws NumberFormatException if the text contains anything else, or the number is too large
     */
    static long number(String digits) {
        for (int i = 0; i < digits.length(); i++) {
            if (digits.charAt(i) < '0' || digits.charAt(i) > '9') {
                throw new NumberFormatException("not a digit: " + digits);
            }
        }
        return Long.parseLong(digits);
    }
}
