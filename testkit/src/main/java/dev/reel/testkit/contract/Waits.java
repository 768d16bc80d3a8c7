package dev.reel.testkit.contract;

import java.util.function.BooleanSupplier;

/** Waits for conditions that no publisher signals. */
final class Waits {

    private Waits() {}

    /** Waits until a condition holds; fails with its description if it does not. */
    static void until(String what, BooleanSupplier holds) {
        long deadline = System.nanoTime() + ContractGroup.patience().toNanos();
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
