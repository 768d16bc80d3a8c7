package dev.reel.internal.engine;

/**
 * Thrown if a file has to be read on a thread that must not block. The caller that catches it repeats the call on a
 * thread that may read ({@link Storage#execute}). Code that may throw it must therefore not have had an effect before.
 */
public final class NeedsReading extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** The only instance; it has no stack trace. */
    @SuppressWarnings("StaticAssignmentOfThrowable") // it is a signal, and thrown often
    public static final NeedsReading SIGNAL = new NeedsReading();

    private NeedsReading() {
        super("repeat the call on a thread that may read files", null, false, false);
    }
}
