package dev.reel;

/** What the texts of both kinds of place have in common. */
final class PlaceText {

    static final int DIGITS = 19;
    static final String START = "-1";

    private PlaceText() {}

    /**
     * The number that digits stand for; no sign, which {@link Long#parseLong} would take.
     *
     * @throws NumberFormatException when there is anything else, or too much
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
