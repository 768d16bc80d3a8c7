package dev.reel.internal.engine;

import dev.reel.StoreOptions;
import dev.reel.testkit.HeldFlushContract;

/** The engine over a journal that holds its flush. */
class HeldFlushTest extends HeldFlushContract {

    @Override
    protected HeldStore open(StoreOptions options) {
        return new HeldJournal(options);
    }
}
