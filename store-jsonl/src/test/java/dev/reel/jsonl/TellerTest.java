package dev.reel.jsonl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.ReelException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class TellerTest {

    /** An entry that can't be told. */
    private static final class Broken extends JournalEntry {

        Broken() {
            super(Frame.Kind.EVENTS, "a", 1, 1, List.of(new byte[] {'x'}), null, null, null);
        }

        @Override
        FileEnd sessionEnd() {
            return FileEnd.EMPTY;
        }

        @Override
        void durable() {
            throw new IllegalStateException("a test");
        }

        @Override
        void failed(ReelException why) {
            durable();
        }
    }

    @Test
    @DisplayName("where one entry can't be told, those that follow are told all the same")
    void others() {
        List<Throwable> failures = new CopyOnWriteArrayList<>();
        Teller teller = new Teller(failures::add);
        TestEntry next = TestEntry.events("b", 1, 2, "line");
        teller.add(List.of(new Broken(), next));
        teller.close();
        assertTrue(next.isTold());
        assertEquals(
                List.of("a test"), failures.stream().map(Throwable::getMessage).toList());
    }
}
