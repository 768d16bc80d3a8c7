package dev.reel.testkit.contract;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Waits for conditions that no publisher signals. */
final class Waits {

    /** How long a test waits for an expected signal, unless its contract says otherwise. */
    static final Duration STANDARD = Duration.ofSeconds(20);

    /** One for all threads: a test waits on threads of its own too. */
    private static volatile Duration patience = STANDARD;

    private Waits() {}

    /** Sets how long the next test waits; each contract does so before each test. */
    static void setPatience(Duration time) {
        patience = time;
    }

    static Duration patience() {
        return patience;
    }

    /** Waits until a condition holds; fails with its description if it does not. */
    static void until(String what, BooleanSupplier holds) {
        long deadline = System.nanoTime() + patience().toNanos();
        while (!holds.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("waited for: " + what);
            }
            pause();
        }
    }

    private static void pause() {
        try {
            Thread.sleep(1);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while waiting", e);
        }
    }
}
