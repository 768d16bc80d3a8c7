package dev.reel.internal.engine;

/**
 * Thrown where something has to be read from a file on a thread that must not block. Whoever catches it does the same
 * again on a thread that may ({@link Storage#execute}); so nothing that may throw it has had an effect before.
 */
public final class NeedsReading extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** The only one: it has no stack trace. */
    @SuppressWarnings("StaticAssignmentOfThrowable") // it is a signal, and thrown often
    public static final NeedsReading SIGNAL = new NeedsReading();

    private NeedsReading() {
        super("to be done again on a thread that may read files", null, false, false);
    }
}
