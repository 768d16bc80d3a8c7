package dev.reel.examples;

import static dev.reel.testkit.Expected.assistantMessage;
import static dev.reel.testkit.Expected.event;
import static dev.reel.testkit.Expected.log;
import static dev.reel.testkit.Expected.messageDelta;
import static dev.reel.testkit.Expected.userMessage;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.Message;
import dev.reel.Range;
import dev.reel.SessionEvent;
import dev.reel.SessionStore;
import dev.reel.memory.MemorySessionStore;
import dev.reel.testkit.FaultyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;

class ChatLoopTest {

    private static final String ID = "trip";
    private static final String QUESTION = "Is there a night train?";

    private final SessionStore store = MemorySessionStore.create();
    private final List<List<Message>> asked = new ArrayList<>();
    private final ChatLoop quick = loop(store, "quick", Flux.just("At ", "21:25."));

    @AfterEach
    void close() {
        store.close();
    }

    @Test
    void streamsItsAnswerAndCompletesIt() {
        assertEquals("At 21:25.", quick.ask(ID, "r1", QUESTION).block().text());
        log(
                        userMessage(QUESTION),
                        event("session_turn"),
                        messageDelta("At "),
                        messageDelta("21:25."),
                        assistantMessage("At 21:25."))
                .accept(events());
        assertFalse(rows().get(1).partial());
    }

    @Test
    void answersEachQuestionWithWhatWasSaidBefore() {
        quick.ask(ID, "r1", QUESTION).block();
        quick.ask(ID, "r2", "And back?").block();
        assertEquals(4, rows().size());
        assertEquals(3, asked.get(1).size());
    }

    @Test
    void aRequestThatComesTwiceIsOneQuestionWithOneAnswer() {
        Message first = quick.ask(ID, "r1", QUESTION).block();
        int written = events().size();
        assertEquals(
                first,
                loop(store, "other", Flux.just("No.")).ask(ID, "r1", QUESTION).block());
        assertEquals(written, events().size());
    }

    @Test
    void resumesWhatADeadWorkerBegan() {
        loop(store, "dead", Flux.just("Erm").concatWith(Flux.never()))
                .ask(ID, "r1", QUESTION)
                .subscribe()
                .dispose();
        assertTrue(rows().get(1).partial());
        assertEquals("Erm", rows().get(1).text());

        assertEquals("At 21:25.", quick.goOn(ID).block().text());
        assertEquals(2, rows().size());
        assertFalse(rows().get(1).partial());
    }

    @Test
    void isFencedOffByWhoeverTakesOver() {
        Sinks.Many<String> slowly = Sinks.many().unicast().onBackpressureBuffer();
        List<String> heard = new ArrayList<>();
        loop(store, "slow", slowly.asFlux())
                .ask(ID, "r1", QUESTION)
                .doOnNext(answer -> heard.add(answer.text()))
                .doOnError(error -> heard.add(error.toString()))
                .doOnTerminate(() -> heard.add("stopped"))
                .subscribe();
        slowly.tryEmitNext("Erm, ");
        assertEquals("At 21:25.", quick.goOn(ID).block().text());
        int written = events().size();

        slowly.tryEmitNext("no.");
        slowly.tryEmitComplete();
        assertEquals(List.of("stopped"), heard);
        assertEquals(written, events().size());
        assertEquals("At 21:25.", rows().get(1).text());
    }

    @Test
    void goesOnOnlyWithAQuestion() {
        assertEquals(null, quick.goOn("empty").block());
        quick.ask(ID, "r1", QUESTION).block();
        int written = events().size();
        assertEquals("At 21:25.", quick.goOn(ID).block().text());
        assertEquals(written, events().size());
    }

    /** 1 the question, 2 the turn, 3 and 4 the parts, 5 the whole answer. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5})
    void aLostAnswerIsAskedForAgainAndNothingIsWrittenTwice(int n) {
        FaultyStore faulty = FaultyStore.wrap(store);
        faulty.nthWrite(n).losesItsAnswer();
        Message answer = loop(faulty, "quick", Flux.just("At ", "21:25."))
                .ask(ID, "r1", QUESTION)
                .block(Duration.ofSeconds(10));
        assertEquals("At 21:25.", answer.text());
        assertEquals(6, faulty.writesTried());
        log(
                        userMessage(QUESTION),
                        event("session_turn"),
                        messageDelta("At "),
                        messageDelta("21:25."),
                        assistantMessage("At 21:25."))
                .accept(events());
    }

    @Test
    void runs() {
        ChatLoop.main(new String[0]);
    }

    private ChatLoop loop(SessionStore in, String worker, Flux<String> parts) {
        return new ChatLoop(in, worker, conversation -> {
            asked.add(conversation);
            return parts;
        });
    }

    private List<SessionEvent> events() {
        return store.replay(ID, Range.all()).collectList().block();
    }

    private List<Message> rows() {
        return store.listMessages(ID).collectList().block();
    }
}
