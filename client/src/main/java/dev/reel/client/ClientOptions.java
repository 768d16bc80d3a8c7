package dev.reel.client;

import dev.reel.IdGenerator;
import dev.reel.InvalidInputException;
import dev.reel.Json;
import dev.reel.Upcasters;
import java.time.Clock;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.util.context.ContextView;

/**
 * How a client talks to its server. An immutable value.
 *
 * <pre>{@code
 * ClientOptions options = ClientOptions.standard().withToken(System.getenv("REEL_TOKEN")).withMaxTails(1_000);
 * }</pre>
 */
public final class ClientOptions {

    private static final int THREADS_PER_CORE = 10;

    private static final ClientOptions STANDARD = new ClientOptions(new Values());

    /** What is set; copied before it is changed, so that no setting drops another. */
    private static final class Values implements Cloneable {

        private @Nullable String token;
        private Upcasters upcasters = Upcasters.none();
        private IdGenerator ids = IdGenerator.random(Clock.systemUTC());
        private @Nullable Function<ContextView, @Nullable Json> metaFromContext;
        private int maxConnections = 64;
        private int maxTails = 256;
        private int deliveryThreads = THREADS_PER_CORE * Runtime.getRuntime().availableProcessors();
        private Duration answerTimeout = Duration.ofSeconds(30);
        private Duration heartbeat = Duration.ofSeconds(15);
        private int retries = 3;
        private Duration firstBackoff = Duration.ofMillis(100);
        private Duration maxBackoff = Duration.ofSeconds(5);

        @Override
        protected Values clone() {
            try {
                return (Values) super.clone();
            } catch (CloneNotSupportedException e) {
                throw new AssertionError(e);
            }
        }
    }

    private final Values values;

    private ClientOptions(Values values) {
        this.values = values;
    }

    /**
     * No token, no upcasters; 64 connections for calls and 256 for streams; ten delivery threads a core; 30 seconds for an answer to begin; a heartbeat of 15
     * seconds, as a server sends it; a call is repeated up to 3 times, after 100 milliseconds at first and 5 seconds at most.
     *
     * @return these options
     */
    public static ClientOptions standard() {
        return STANDARD;
    }

    private interface Change {
        void of(Values values);
    }

    private ClientOptions with(Change change) {
        Values copy = values.clone();
        change.of(copy);
        return new ClientOptions(copy);
    }

    private static int within(String what, int value, int least) {
        if (value < least) {
            throw new InvalidInputException(what + " must be " + least + " or more: " + value);
        }
        return value;
    }

    private static Duration positive(String what, Duration value) {
        if (value.isNegative() || value.isZero()) {
            throw new InvalidInputException(what + " must be longer than 0: " + value);
        }
        return value;
    }

    /**
     * The token that the server wants.
     *
     * @param token visible ASCII
     * @return a copy
     * @throws InvalidInputException when it has anything else
     */
    public ClientOptions withToken(String token) {
        if (token.isEmpty() || !token.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
            throw new InvalidInputException("a token must be visible ASCII characters without blanks");
        }
        return with(copy -> copy.token = token);
    }

    /**
     * How events of older versions are read.
     *
     * @param upcasters the upcasters, as a store takes them
     * @return a copy
     */
    public ClientOptions withUpcasters(Upcasters upcasters) {
        Objects.requireNonNull(upcasters, "upcasters");
        return with(copy -> copy.upcasters = upcasters);
    }

    /**
     * The generator of ids for writes without one. The client generates them, so that a repeated request is the same write.
     *
     * @param ids the generator
     * @return a copy
     */
    public ClientOptions withIds(IdGenerator ids) {
        Objects.requireNonNull(ids, "ids");
        return with(copy -> copy.ids = ids);
    }

    /**
     * What each write's events carry as metadata from the Reactor context of the subscriber, as a store's option does; the
     * write's own metadata wins.
     *
     * @param meta gives the metadata, or null for none
     * @return a copy
     */
    public ClientOptions withMetaFromContext(Function<ContextView, @Nullable Json> meta) {
        Objects.requireNonNull(meta, "meta");
        return with(copy -> copy.metaFromContext = meta);
    }

    /**
     * How many connections calls share; a call that finds none waits for one.
     *
     * @param connections 1 or more
     * @return a copy
     * @throws InvalidInputException when it is less
     */
    public ClientOptions withMaxConnections(int connections) {
        within("the connections", connections, 1);
        return with(copy -> copy.maxConnections = connections);
    }

    /**
     * How many threads call subscribers: as many tails, as many reads and as many answers to writes can be busy at a time.
     *
     * @param threads 1 or more, for each of the three
     * @return a copy
     * @throws InvalidInputException when it is less
     */
    public ClientOptions withDeliveryThreads(int threads) {
        int checked = within("the delivery threads", threads, 1);
        return with(copy -> copy.deliveryThreads = checked);
    }

    /**
     * How many tails may be open at one time. Each has a connection of its own; one more fails with {@link
     * dev.reel.StoreBusyException}.
     *
     * @param tails 1 or more
     * @return a copy
     * @throws InvalidInputException when it is less
     */
    public ClientOptions withMaxTails(int tails) {
        within("the open tails", tails, 1);
        return with(copy -> copy.maxTails = tails);
    }

    /**
     * How long an answer may take to begin.
     *
     * @param timeout longer than 0
     * @return a copy
     * @throws InvalidInputException when it is not
     */
    public ClientOptions withAnswerTimeout(Duration timeout) {
        positive("the time for an answer", timeout);
        return with(copy -> copy.answerTimeout = timeout);
    }

    /**
     * The server's heartbeat. A tail that hears nothing for two of them connects anew.
     *
     * @param interval longer than 0
     * @return a copy
     * @throws InvalidInputException when it is not
     */
    public ClientOptions withHeartbeat(Duration interval) {
        positive("the heartbeat", interval);
        return with(copy -> copy.heartbeat = interval);
    }

    /**
     * How often a call is repeated whose connection failed. Repeating is safe: a write has an id, and is done once. A tail
     * connects anew as long as it is subscribed to.
     *
     * @param times 0 or more
     * @return a copy
     * @throws InvalidInputException when it is negative
     */
    public ClientOptions withRetries(int times) {
        within("the retries", times, 0);
        return with(copy -> copy.retries = times);
    }

    /**
     * How long a repetition waits, doubled each time, with half of it by chance.
     *
     * @param first the first wait, longer than 0
     * @param most the longest wait
     * @return a copy
     * @throws InvalidInputException when they are not longer than 0
     */
    public ClientOptions withBackoff(Duration first, Duration most) {
        positive("the first wait", first);
        positive("the longest wait", most);
        return with(copy -> {
            copy.firstBackoff = first;
            copy.maxBackoff = most;
        });
    }

    @Nullable
    String token() {
        return values.token;
    }

    Upcasters upcasters() {
        return values.upcasters;
    }

    IdGenerator ids() {
        return values.ids;
    }

    @Nullable
    Function<ContextView, @Nullable Json> metaFromContext() {
        return values.metaFromContext;
    }

    int maxConnections() {
        return values.maxConnections;
    }

    int deliveryThreads() {
        return values.deliveryThreads;
    }

    int maxTails() {
        return values.maxTails;
    }

    Duration answerTimeout() {
        return values.answerTimeout;
    }

    Duration heartbeat() {
        return values.heartbeat;
    }

    int retries() {
        return values.retries;
    }

    Duration firstBackoff() {
        return values.firstBackoff;
    }

    Duration maxBackoff() {
        return values.maxBackoff;
    }

    /** Without the token. */
    @Override
    public String toString() {
        return "ClientOptions[token=" + (values.token != null) + ", upcasters=" + values.upcasters + ", maxConnections="
                + values.maxConnections + ", maxTails=" + values.maxTails + ", deliveryThreads="
                + values.deliveryThreads + ", answerTimeout=" + values.answerTimeout
                + ", heartbeat=" + values.heartbeat + ", retries=" + values.retries + ", firstBackoff="
                + values.firstBackoff + ", maxBackoff=" + values.maxBackoff + "]";
    }
}
