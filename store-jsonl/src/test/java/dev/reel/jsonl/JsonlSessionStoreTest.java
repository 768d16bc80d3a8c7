package dev.reel.jsonl;

import dev.reel.SessionStore;
import dev.reel.StoreOptions;
import dev.reel.testkit.contract.SessionStoreContract;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** The durable store keeps the contract if it acknowledges writes after their flush. */
class JsonlSessionStoreTest extends SessionStoreContract {

    @TempDir
    static Path roots;

    @Override
    protected SessionStore open(StoreOptions options) {
        return JsonlSessionStore.open(fresh(roots), options, JsonlStoreOptions.standard());
    }

    static Path fresh(Path within) {
        try {
            return Files.createTempDirectory(within, "root");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
