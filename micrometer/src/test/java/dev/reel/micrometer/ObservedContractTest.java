package dev.reel.micrometer;

import dev.reel.SessionStore;
import dev.reel.StoreOptions;
import dev.reel.memory.MemorySessionStore;
import dev.reel.testkit.contract.SessionStoreContract;
import io.micrometer.core.instrument.observation.DefaultMeterObservationHandler;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.ObservationRegistry;

/** An observed store fulfils the contract, like the store that it wraps. */
class ObservedContractTest extends SessionStoreContract {

    @Override
    protected SessionStore open(StoreOptions options) {
        ObservationRegistry registry = ObservationRegistry.create();
        registry.observationConfig().observationHandler(new DefaultMeterObservationHandler(new SimpleMeterRegistry()));
        return ObservedSessionStore.of(MemorySessionStore.create(options), registry);
    }
}
