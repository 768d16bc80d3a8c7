package dev.reel.internal.engine;

import dev.reel.StoreOptions;
import dev.reel.testkit.contract.HeldFlushContract;

/** The engine with a journal whose flush can be held. */
class HeldFlushTest extends HeldFlushContract {

    @Override
    protected HeldStore open(StoreOptions options) {
        return new HeldJournal(options);
    }
}
