package dev.reel.internal.engine;

import reactor.blockhound.BlockHound;
import reactor.blockhound.integration.BlockHoundIntegration;

/**
 * Configures BlockHound, if the application uses it, to allow two blocking calls: the idle threads of a {@link Pool}
 * wait for their next task, and starting a thread briefly takes the executor's lock. BlockHound loads this class
 * through the service loader.
 */
public final class EngineBlockHoundIntegration implements BlockHoundIntegration {

    /** Used by the service loader. */
    public EngineBlockHoundIntegration() {}

    @Override
    public void applyTo(BlockHound.Builder builder) {
        builder.allowBlockingCallsInside(PoolQueue.class.getName(), "poll")
                .allowBlockingCallsInside(Pool.class.getName(), "execute");
    }
}
