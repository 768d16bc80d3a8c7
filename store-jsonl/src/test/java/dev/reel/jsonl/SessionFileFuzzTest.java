package dev.reel.jsonl;

import com.code_intelligence.jazzer.junit.FuzzTest;
import org.junit.jupiter.api.Tag;

/** Searches for a session file that breaks the rule; in a separate process, with {@code -Pfuzz}. */
@Tag("fuzz")
class SessionFileFuzzTest {

    @FuzzTest(maxDuration = "30s")
    void session(byte[] bytes) throws Exception {
        AnySessionFile.check(bytes);
    }
}
