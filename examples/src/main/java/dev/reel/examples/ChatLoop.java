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
 * A worker that answers in a session. It may crash, hang, or run twice at any moment:
 *
 * <ul>
 *   <li>the user's message is written under the id of the request, so a repeated request is one message;
 *   <li>an answer is written under an id that is derived from the question, so there is one answer, whichever worker
 *       writes it;
 *   <li>it is streamed part by part: the parts of a crashed worker are kept, and the next worker starts the answer again;
 *   <li>a worker takes the turn before it writes, and passes the turn with each write. The worker that had the turn
 *       before is fenced off: its next write fails, and it stops;
 *   <li>a write whose result is lost is subscribed to again: this is the same write, not a second one.
 * </ul>
 */
public final class ChatLoop {

    private static final Retry RETRY = Retry.backoff(5, Duration.ofMillis(20))
            .filter(error -> error instanceof ReelException known && known.isRetryable())
            .onRetryExhaustedThrow((spec, signal) -> signal.failure());

    /** Any model that can answer. */
    public interface Model {
        /**
         * Answers a question.
         *
         * @param conversation the messages, with the question last
         * @return the answer, part by part
         */
        Flux<String> answer(List<Message> conversation);
    }

    private final SessionStore store;
    private final String worker;
    private final Model model;

    /**
     * Creates a worker.
     *
     * @param store the store that all workers share
     * @param worker the worker's name
     * @param model the model that answers
     */
    public ChatLoop(SessionStore store, String worker, Model model) {
        this.store = store;
        this.worker = worker;
        this.model = model;
    }

    /**
     * Writes a message to a session, and answers it.
     *
     * @param sessionId the session
     * @param requestId the id of the request: the same id is the same question
     * @param text the user's message
     * @return the whole answer; empty if another worker took over and answers instead
     */
    public Mono<Message> ask(String sessionId, String requestId, String text) {
        return store.putMessage(sessionId, MessageDraft.user(text), WriteOptions.idempotencyKey(requestId))
                .retryWhen(RETRY)
                .then(goOn(sessionId));
    }

    /**
     * Answers the last question of a session if it has no answer yet: after a restart, or in place of a worker that
     * hangs.
     *
     * @param sessionId the session
     * @return the whole answer; empty if there is no question, or if another worker took over
     */
    public Mono<Message> goOn(String sessionId) {
        return answered(sessionId)
                .switchIfEmpty(
                        Mono.defer(() -> store.takeTurn(sessionId, worker).retryWhen(RETRY))
                                // Checked again: the previous holder may have finished just before.
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

    /** Leaves out everything after the question: an unfinished answer is not part of the conversation. */
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
     * One worker hangs in the middle of its answer, another takes over, and the first one continues.
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
