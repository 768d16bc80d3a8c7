package dev.reel.testkit;

import reactor.blockhound.BlockHound;
import reactor.blockhound.integration.BlockHoundIntegration;

/**
 * Tells BlockHound, in a JVM where it is installed, that tests of the contract wait on threads of a store on purpose: they
 * show that a subscriber that does so holds up nobody else. BlockHound finds this class as a service.
 */
@SuppressWarnings("exports") // BlockHound is optional
public final class TestkitBlockHoundIntegration implements BlockHoundIntegration {

    /** For the service loader. */
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
