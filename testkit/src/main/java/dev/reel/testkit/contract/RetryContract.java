package dev.reel.testkit.contract;

import static dev.reel.ExpectedVersion.exactly;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.Anchor;
import dev.reel.CheckpointRequest;
import dev.reel.Commit;
import dev.reel.EventDraft;
import dev.reel.Fork;
import dev.reel.ForkRequest;
import dev.reel.Message;
import dev.reel.MessageDraft;
import dev.reel.Range;
import dev.reel.Session;
import dev.reel.SessionDraft;
import dev.reel.SessionEvent;
import dev.reel.SessionStore;
import dev.reel.Snapshot;
import dev.reel.StoreOptions;
import dev.reel.VersionConflictException;
import dev.reel.WriteOptions;
import dev.reel.spi.DerivedIds;
import dev.reel.testkit.CountingIds;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.reactivestreams.Subscription;
import reactor.core.Disposable;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.util.retry.Retry;

/**
 * R6: the {@code Mono} of a write is one write, regardless of the number of subscriptions. That a write looks its ids
 * up after an unknown outcome can be tested only in a store that can lose a result, so that store's own tests verify
 * it.
 */
abstract class RetryContract extends ContractGroup {

    /** Whether event ids are derived from keys, and so do not show when they were generated. */
    private final boolean isRemote;

    RetryContract(Function<StoreOptions, SessionStore> opener, boolean isRemote) {
        super(opener);
        this.isRemote = isRemote;
    }

    @ParameterizedTest(name = "R6: {0} does nothing before subscription")
    @EnumSource(Write.class)
    void nothingBeforeSubscription(Write write) {
        Write.ground(store(), "s");
        List<SessionEvent> before = feed();
        long position = get(store().position()).position();
        Mono<?> mono = write.call(store(), "s", WriteOptions.none());
        assertEquals(before, feed());
        assertEquals(position, get(store().position()).position());
        append("s", custom("later", 1)); // a write that was started by mistake would appear before this one
        assertEquals(List.of("later"), typesOf(since(before)));
        List<SessionEvent> later = feed();
        answer(mono);
        assertEquals(write.types(), typesOf(since(later)));
    }

    @ParameterizedTest(name = "R6: {0} subscribed to again is the same write, with the same result")
    @EnumSource(Write.class)
    void subscribedAgain(Write write) {
        Write.ground(store(), "s");
        List<SessionEvent> before = feed();
        Mono<?> mono = write.call(store(), "s", WriteOptions.none());
        Optional<Object> first = answer(mono);
        append("other", custom("note", 1));
        List<SessionEvent> after = feed();
        assertEquals(first, answer(mono));
        assertEquals(after, feed());
        assertEquals(
                write.types(), typesOf(since(before)).subList(0, write.types().size()));
    }

    @ParameterizedTest(name = "R6: {0} subscribed to concurrently is one write, with one result")
    @EnumSource(Write.class)
    void subscribedByManyAtOnce(Write write) {
        Write.ground(store(), "s");
        List<SessionEvent> before = feed();
        Mono<Optional<Object>> mono = write.call(store(), "s", WriteOptions.none())
                .<Optional<Object>>map(Optional::of)
                .defaultIfEmpty(Optional.empty());
        List<Optional<Object>> answers =
                atOnce(IntStream.range(0, 8).mapToObj(i -> mono).toList());
        assertEquals(8, answers.size());
        assertEquals(1, answers.stream().distinct().count(), answers::toString);
        assertEquals(write.types(), typesOf(since(before)));
    }

    @ParameterizedTest(name = "R6: {0} that failed is decided again at the next subscription, with the same ids")
    @EnumSource(Write.class)
    void decidedAgainAfterFailure(Write write) {
        Commit ground = Write.ground(store(), "s");
        Mono<?> mono = write.call(store(), "s", WriteOptions.expecting(exactly(ground.version() + 1)));
        VersionConflictException conflict = error(VersionConflictException.class, mono);
        assertEquals(ground.version(), conflict.actual());
        Commit between = append("s", custom("between", 1));
        List<SessionEvent> before = feed();
        Optional<Object> answer = answer(mono);
        List<SessionEvent> written = since(before);
        assertEquals(write.types(), typesOf(written));
        assertTrue(
                isRemote && write != Write.APPEND
                        || number(written.get(0).id()) < number(Objects.requireNonNull(between.eventId())),
                "called before " + between.eventId() + " was, it has "
                        + written.get(0).id());
        assertEquals(answer, answer(mono));
        assertEquals(written, since(before));
    }

    /** Returns the number in an event id of {@link CountingIds}. */
    private static int number(String eventId) {
        return Integer.parseInt(eventId.substring(1));
    }

    @ParameterizedTest(name = "R6: {0} can be retried until the expected version matches")
    @EnumSource(Write.class)
    void retryIsSafe(Write write) {
        Commit ground = Write.ground(store(), "s");
        List<SessionEvent> before = feed();
        Mono<?> mono = write.call(store(), "s", WriteOptions.expecting(exactly(ground.version() + 3)));
        Retry afterOneMore = Retry.from(failures -> failures.concatMap(
                failure -> store().append("s", custom("between", 1)).subscribeOn(Schedulers.boundedElastic())));
        answer(mono.retryWhen(afterOneMore));
        List<String> expected = new ArrayList<>(List.of("between", "between", "between"));
        if (write == Write.PURGE) {
            expected.clear();
        }
        expected.addAll(write.types());
        assertEquals(expected, typesOf(since(before)));
        answer(mono.retry());
        assertEquals(expected, typesOf(since(before)));
    }

    @ParameterizedTest(name = "R6: {0} cancelled before acceptance writes nothing")
    @EnumSource(Write.class)
    void cancelledBefore(Write write) {
        Write.ground(store(), "s");
        List<SessionEvent> before = feed();
        Mono<?> mono = write.call(store(), "s", WriteOptions.none());
        mono.subscribe(new BaseSubscriber<Object>() {
            @Override
            protected void hookOnSubscribe(Subscription subscription) {
                cancel();
            }
        });
        append("s", custom("later", 1));
        assertEquals(List.of("later"), typesOf(since(before)));
        List<SessionEvent> later = feed();
        answer(mono);
        assertEquals(write.types(), typesOf(since(later)));
    }

    @ParameterizedTest(name = "R6: {0} cancelled immediately is written once when it is subscribed to again")
    @EnumSource(Write.class)
    void cancelledAndSubscribedAgain(Write write) {
        Write.ground(store(), "s");
        List<SessionEvent> before = feed();
        Mono<?> mono = write.call(store(), "s", WriteOptions.none());
        for (int i = 0; i < 3; i++) {
            Disposable subscription = mono.subscribe();
            subscription.dispose();
        }
        Optional<Object> answer = answer(mono);
        assertEquals(write.types(), typesOf(since(before)));
        assertEquals(answer, answer(mono));
        assertEquals(write.types(), typesOf(since(before)));
    }

    @Test
    @DisplayName(
            "R6: batches cancelled at any moment are written completely or not at all, and no acknowledged batch is lost")
    void cancelledAnywhere() {
        List<Mono<Commit>> writes = new ArrayList<>();
        AtomicInteger answered = new AtomicInteger();
        for (int i = 0; i < 200; i++) {
            List<EventDraft> batch = List.of(custom("a", i), custom("b", i), custom("c", i));
            writes.add(store().append("s", batch));
        }
        for (int i = 0; i < writes.size(); i++) {
            Disposable subscription = writes.get(i)
                    .subscribeOn(Schedulers.boundedElastic())
                    .subscribe(commit -> answered.incrementAndGet());
            // From 0 to 1 ms later: before the write starts, while it runs, and after its result.
            long moment = System.nanoTime() + i * 5_000L;
            while (System.nanoTime() < moment) {
                Thread.onSpinWait();
            }
            subscription.dispose();
        }
        append("s", custom("marker", 1));
        int answers = answered.get();
        List<SessionEvent> then = log("s");
        assertEquals(1, then.size() % 3, "half a batch: " + typesOf(then));
        assertTrue(then.size() > 3 * answers, then.size() + " events, answers to " + answers);
        writes.forEach(ContractGroup::get);
        List<SessionEvent> now = log("s");
        assertEquals(200 * 3 + 1, now.size());
        assertEquals(then, now.subList(0, then.size()));
        for (Mono<Commit> write : writes) {
            Commit commit = get(write);
            List<SessionEvent> batch = now.subList((int) commit.firstVersion() - 1, (int) commit.version());
            assertEquals(List.of("a", "b", "c"), typesOf(batch));
            assertEquals(1, batch.stream().map(SessionEvent::data).distinct().count());
        }
    }

    @Test
    @DisplayName("R6: the result of a repeated write does not change, whatever happened since")
    void answersStay() {
        Write.ground(store(), "s");
        Mono<Message> put = store().putMessage("s", MessageDraft.user("first").withId("m9"));
        Mono<Session> title = store().putSession("s", SessionDraft.empty().withTitle("first"));
        Message message = get(put);
        Session session = get(title);
        user("s", "m9", "second");
        get(store().putSession("s", SessionDraft.empty().withTitle("second")));
        assertEquals("first", message.text());
        assertEquals(message, get(put));
        assertEquals("first", session.title());
        assertEquals(session, get(title));
        assertEquals("second", get(store().getMessage("s", "m9")).text());
        assertEquals("second", get(store().getSession("s")).title());
    }

    @Test
    @DisplayName("R6: ids are fixed when the method is called, in the order of the calls")
    void idsAreFixedAtTheCall() {
        Mono<Commit> first = store().append("s", List.of(custom("a", 1), custom("b", 2)));
        Mono<Message> second = store().putMessage("s", MessageDraft.user("second"));
        Mono<Message> third = store().putMessage("s", MessageDraft.user("third"));
        Mono<Session> made = store().createSession(SessionDraft.empty().withTitle("made first"));
        Session madeLater = get(store().createSession(SessionDraft.empty().withTitle("made second")));
        Message thirdMessage = get(third);
        Message secondMessage = get(second);
        get(first);
        assertEquals(List.of("user_message", "user_message", "a", "b"), types("s"));
        if (!isRemote) {
            List<Integer> numbers =
                    log("s").stream().map(event -> number(event.id())).toList();
            assertEquals(
                    List.of(numbers.get(2), numbers.get(3), numbers.get(1), numbers.get(0)),
                    numbers.stream().sorted().toList());
        }
        assertEquals(List.of("m1", "m2"), List.of(secondMessage.id(), thirdMessage.id()));
        assertEquals(List.of("s1", "s2"), List.of(get(made).id(), madeLater.id()));
    }

    @Test
    @DisplayName("R6: the ids that a checkpoint and a fork create are fixed when the method is called")
    void checkpointsAndForksAreNamedAtTheCall() {
        Write.ground(store(), "s");
        Mono<Snapshot> first = store().checkpoint(
                        "s", CheckpointRequest.atLastMessage().withLabel("first"))
                .map(checkpoint -> checkpoint.snapshot());
        Mono<Snapshot> second = store().checkpoint(
                        "s", CheckpointRequest.atLastMessage().withLabel("second"))
                .map(checkpoint -> checkpoint.snapshot());
        Mono<Fork> firstFork = store().fork("s", ForkRequest.whole());
        Mono<Fork> secondFork = store().fork("s", ForkRequest.whole());
        assertEquals(
                List.of("c2", "s2"), List.of(get(second).id(), get(secondFork).sessionId()));
        assertEquals(
                List.of("c1", "s1"), List.of(get(first).id(), get(firstFork).sessionId()));
        assertEquals("c1", get(store().getSnapshot("c1")).id());
        assertEquals(
                Optional.of("s"),
                Optional.ofNullable(get(store().getSession("s1")).parentId()));
    }

    @Test
    @DisplayName("R6: a decided write of several events fixes one id, and derives the others from it")
    void furtherEventsFollowFromTheFirst() {
        Write.ground(store(), "s");
        get(store().checkpoint("s", CheckpointRequest.at("m2").withId("here")));
        get(store().redo("s"));
        get(store().rewind("s", Anchor.message("m1")));
        List<SessionEvent> before = feed();
        assertTrue(get(store().rewind("s", Anchor.snapshot("here"))).changed());
        List<SessionEvent> back = since(before);
        assertEquals(List.of("messages_restore", "messages_truncate"), typesOf(back));
        assertTrue(isRemote
                || DerivedIds.ofEvent("s", back.get(0).id(), 1)
                        .equals(back.get(1).id()));

        user("s", "m1", "edited, so that the fork's prefix has m2 too");
        ForkRequest request = ForkRequest.at(Anchor.message("m1")).withSnapshots();
        String fork = get(store().fork("s", request)).sessionId();
        List<SessionEvent> made = all(store().replay(fork, Range.last(2)));
        assertEquals(List.of("session_fork", "messages_truncate"), typesOf(made));
        assertTrue(isRemote
                || DerivedIds.ofEvent(fork, made.get(0).id(), 1)
                        .equals(made.get(1).id()));
        List<String> carried =
                all(store().listSnapshots(fork)).stream().map(Snapshot::id).toList();
        assertTrue(carried.contains(DerivedIds.ofCarriedSnapshot(fork, "snapshot of s")), carried::toString);
    }
}
