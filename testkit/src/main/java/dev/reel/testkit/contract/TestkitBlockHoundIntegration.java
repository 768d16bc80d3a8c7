package dev.reel.testkit.contract;

import reactor.blockhound.BlockHound;
import reactor.blockhound.integration.BlockHoundIntegration;

/**
 * Configures BlockHound, if it is installed, to allow the contract's tests to block threads of a store: they verify
 * that a blocking subscriber delays no other. BlockHound loads this class through the service loader.
 */
@SuppressWarnings("exports") // BlockHound is optional
public final class TestkitBlockHoundIntegration implements BlockHoundIntegration {

    /** Used by the service loader. */
    public TestkitBlockHoundIntegration() {}

    @Override
    public void applyTo(BlockHound.Builder builder) {
        allow(builder, ContractGroup.class, "maybe", "await");
        allow(builder, HeldGroup.class, "answerOf", "failureOf");
        allow(builder, DeliveryContract.class, "elsewhere", "block", "blockInSomeWay");
        allow(builder, Probe.class, "waitUntil", "afterAMoment");
    }

    private static void allow(BlockHound.Builder builder, Class<?> type, String... methods) {
        for (String method : methods) {
            builder.allowBlockingCallsInside(type.getName(), method);
        }
    }
}
