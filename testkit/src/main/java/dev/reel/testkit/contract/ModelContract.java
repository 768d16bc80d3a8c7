package dev.reel.testkit.contract;

import dev.reel.SessionStore;
import dev.reel.StoreOptions;
import java.util.function.Function;
import java.util.stream.LongStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Random walks over all operations, compared with a model; {@code -Dreel.seed} runs one, {@code -Dreel.full} many. */
@DisplayName("Random walks beside a plain model")
class ModelContract extends ContractGroup {

    private static final boolean FULL = Boolean.getBoolean("reel.full");

    private final Function<StoreOptions, SessionStore> opener;

    ModelContract(Function<StoreOptions, SessionStore> opener) {
        super(opener);
        this.opener = opener;
    }

    static LongStream seeds() {
        Long given = Long.getLong("reel.seed");
        return given == null ? LongStream.rangeClosed(1, FULL ? 2_000 : 16) : LongStream.of(given);
    }

    @ParameterizedTest(name = "R17, R19, R20: after every step all tables are the fold of the log, seed {0}")
    @MethodSource("seeds")
    void walk(long seed) {
        RandomWalk.seeded(seed).withSteps(FULL ? 1_000 : 200).over(opener);
    }
}
