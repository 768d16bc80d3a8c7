package dev.reel.testkit;

import dev.reel.testkit.contract.SessionStoreContract;

/** What a tool for users' tests must not do: use the contract for authors of stores. */
public final class ToolThatKnowsTheContract {
    private ToolThatKnowsTheContract() {}

    static Class<?> knowsTheContract() {
        return SessionStoreContract.class;
    }
}
