package dev.reel.examples;

import dev.reel.FencedException;
import dev.reel.From;
import dev.reel.Message;
import dev.reel.MessageDelta;
import dev.reel.MessageDraft;
import dev.reel.ReelException;
import dev.reel.ResumeRequest;
import dev.reel.ResumedSession;
import dev.reel.SessionStore;
import dev.reel.Turn;
import dev.reel.WriteOptions;
import dev.reel.memory.MemorySessionStore;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/**
 * A worker that answers in a session, and that may die, hang or be doubled at any moment:
 *
 * <ul>
 *   <li>what the user says is written under the id of the request, so a request that comes twice is one message;
 *   <li>an answer is written under an id that follows from the question, so there is one answer, whoever gives it;
 *   <li>it is streamed part by part: what a dead worker had said is not lost, and the next one begins it again;
 *   <li>whoever goes on takes the turn first, and names it in each write: the worker that had it before is fenced off,
 *       hears so at its next write, and stops;
 *   <li>a write whose answer is lost is subscribed to again: the same write, not one more.
 * </ul>
 */
public final class ChatLoop {

    private static final Retry RETRY = Retry.backoff(5, Duration.ofMillis(20))
            .filter(error -> error instanceof ReelException known && known.isRetryable())
            .onRetryExhaustedThrow((spec, signal) -> signal.failure());

    /** Whatever can answer. */
    public interface Model {
        /**
         * Answers.
         *
         * @param conversation the messages, the question last
         * @return the answer, part by part
         */
        Flux<String> answer(List<Message> conversation);
    }

    private final SessionStore store;
    private final String worker;
    private final Model model;

    /**
     * A worker.
     *
     * @param store the store that all workers share
     * @param worker its name
     * @param model what answers
     */
    public ChatLoop(SessionStore store, String worker, Model model) {
        this.store = store;
        this.worker = worker;
        this.model = model;
    }

    /**
     * Says something in a session, and answers it.
     *
     * @param sessionId the session
     * @param requestId names the request: the same again is the same question
     * @param text what the user says
     * @return the whole answer; empty when another worker took over, and answers instead
     */
    public Mono<Message> ask(String sessionId, String requestId, String text) {
        return store.putMessage(sessionId, MessageDraft.user(text), WriteOptions.idempotencyKey(requestId))
                .retryWhen(RETRY)
                .then(goOn(sessionId));
    }

    /**
     * Answers the last question of a session, unless it is answered: after a restart, or instead of a worker that hangs.
     *
     * @param sessionId the session
     * @return the whole answer; empty where nothing was asked, or when another worker took over
     */
    public Mono<Message> goOn(String sessionId) {
        return answered(sessionId)
                .switchIfEmpty(
                        Mono.defer(() -> store.takeTurn(sessionId, worker).retryWhen(RETRY))
                                // Once more: its last holder may have finished just before.
                                .flatMap(turn -> answered(sessionId).switchIfEmpty(answer(turn))))
                .onErrorResume(FencedException.class, fenced -> Mono.empty());
    }

    private Mono<Message> answered(String sessionId) {
        return upToTheQuestion(sessionId)
                .flatMap(resumed -> store.getMessage(sessionId, answerId(resumed)))
                .filter(answer -> !answer.partial());
    }

    private Mono<Message> answer(Turn turn) {
        WriteOptions mine = WriteOptions.none().withTurn(turn);
        String sessionId = turn.sessionId();
        return upToTheQuestion(sessionId)
                .flatMap(resumed -> model.answer(resumed.messages())
                        .index()
                        .concatMap(part -> store.appendToMessage(
                                        sessionId, MessageDelta.of(answerId(resumed), part.getT1(), part.getT2()), mine)
                                .retryWhen(RETRY)
                                .thenReturn(part.getT2()))
                        .collect(Collectors.joining())
                        .flatMap(text -> store.putMessage(
                                        sessionId, MessageDraft.assistant(text).withId(answerId(resumed)), mine)
                                .retryWhen(RETRY)));
    }

    /** Without what follows the question: an answer that was cut off is no part of the conversation. */
    private Mono<ResumedSession> upToTheQuestion(String sessionId) {
        return store.resume(sessionId, ResumeRequest.upToLastUserMessage())
                .filter(resumed -> resumed.lastUserMessage() != null);
    }

    private static String answerId(ResumedSession resumed) {
        Message question = resumed.lastUserMessage();
        if (question == null) {
            throw new IllegalArgumentException("there is no question");
        }
        return "re:" + question.id();
    }

    /**
     * One worker hangs in the middle of its answer, another takes over, and the first one wakes up.
     *
     * @param args none
     */
    public static void main(String[] args) {
        try (SessionStore store = MemorySessionStore.create()) {
            Duration pause = Duration.ofMillis(200);
            ChatLoop sleepy = new ChatLoop(
                    store,
                    "sleepy",
                    talk -> Flux.just("There ", "is ")
                            .concatWith(Mono.just("erm").delaySubscription(pause.multipliedBy(8))));
            ChatLoop quick = new ChatLoop(
                    store,
                    "quick",
                    talk -> Flux.just("There ", "is ", "one ", "at 21:25.").delayElements(pause));

            store.tail("trip", From.start())
                    .subscribe(event -> System.out.println(event.version() + " " + event.type() + " " + event.data()));
            Mono<String> first = sleepy.ask("trip", "request-1", "Is there a night train?")
                    .mapNotNull(Message::text)
                    .defaultIfEmpty("(fenced off)");
            Mono<String> second = quick.goOn("trip").mapNotNull(Message::text).delaySubscription(pause.multipliedBy(2));
            Mono.zip(first, second)
                    .doOnNext(both -> System.out.println("sleepy: " + both.getT1() + ", quick: " + both.getT2()))
                    .block();
        }
    }
}
