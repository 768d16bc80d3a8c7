package dev.reel.internal.engine;

/**
 * Checks that enough stack is left. A caller may be near the end of its stack. If the stack overflowed just after this
 * thread has taken over the work of a session, the clean-up code would overflow too. A thread therefore calls {@link
 * #check} before it takes over work: an overflow is then thrown here, before anything is changed.
 */
final class StackRoom {

    /** About 5 kB in compiled code and more in the interpreter: more than any clean-up here needs. */
    private static final int LEVELS = 100;

    private StackRoom() {}

    /**
     * Checks the stack.
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
