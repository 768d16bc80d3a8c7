package dev.reel.internal.engine;

import dev.reel.cli.Reel;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** What a class of the engine must not do: use the command, be in no room, and block. */
public final class Offender implements AutoCloseable {
    private Offender() {}

    static Class<?> knowsTheCommand() {
        return Reel.class;
    }

    static Class<?> knowsTheFront() {
        return Engine.class;
    }

    static void sleeps() throws InterruptedException {
        Thread.sleep(1);
    }

    static Object blocks() {
        return Mono.empty().block();
    }

    static Object iterates() {
        return Flux.empty().toIterable();
    }

    static Runnable blocksInALambda() {
        return () -> Mono.empty().block();
    }

    static Function<CompletableFuture<String>, String> blocksByReference() {
        return CompletableFuture::join;
    }

    static Object getsFromASubclassOfFuture(CompletableFuture<String> future) throws Exception {
        return future.get();
    }

    /** Allowed: a close method may wait. */
    @Override
    public void close() {
        Mono.empty().block();
    }
}
