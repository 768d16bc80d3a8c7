package dev.reel.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import reactor.blockhound.BlockHound;
import reactor.blockhound.BlockingOperationError;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** BlockHound depends on JVM flags; without them it detects nothing. */
class BlockHoundTest {

    @Test
    void bites() {
        BlockHound.install();
        Object seen = Mono.fromCallable(() -> {
                    Thread.sleep(1);
                    return (Object) "slept unseen";
                })
                .subscribeOn(Schedulers.parallel())
                .onErrorResume(Mono::just)
                .block(Duration.ofSeconds(5));
        assertInstanceOf(BlockingOperationError.class, seen);
    }
}
