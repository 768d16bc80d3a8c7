package dev.reel.internal.engine;

import reactor.blockhound.BlockHound;
import reactor.blockhound.integration.BlockHoundIntegration;

/**
 * Tells BlockHound, where an application uses it, that the idle threads of a {@link Pool} may wait for their next task,
 * and that starting a thread may take the executor's lock for a moment. BlockHound finds this class as a service.
 */
public final class EngineBlockHoundIntegration implements BlockHoundIntegration {

    /** For the service loader. */
    public EngineBlockHoundIntegration() {}

    @Override
    public void applyTo(BlockHound.Builder builder) {
        builder.allowBlockingCallsInside(PoolQueue.class.getName(), "poll")
                .allowBlockingCallsInside(Pool.class.getName(), "execute");
    }
}
