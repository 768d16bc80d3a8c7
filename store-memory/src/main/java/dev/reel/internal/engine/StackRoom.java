package dev.reel.internal.engine;

/**
 * Makes sure that some stack is left. A caller may be near the end of its stack. If the stack ended just when this thread
 * has taken over the work of a session, the code that returns that work would not run either. So whoever takes over work
 * tries the stack before: if it ends, the {@link StackOverflowError} comes from here, before anything was changed.
 */
final class StackRoom {

    /** About 5 kB in compiled code and more in the interpreter: more than any clean-up here needs. */
    private static final int LEVELS = 100;

    private StackRoom() {}

    /**
     * Tries the stack.
     *
     * @throws StackOverflowError if not enough is left
     */
    static void check() {
        if (deeper(LEVELS) != LEVELS) {
            throw new AssertionError();
        }
    }

    private static int deeper(int levels) {
        return levels == 0 ? 0 : 1 + deeper(levels - 1);
    }
}
