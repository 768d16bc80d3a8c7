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
 * The options of a client. Immutable.
 *
 * <pre>{@code
 * ClientOptions options = ClientOptions.standard().withToken(System.getenv("REEL_TOKEN")).withMaxTails(1_000);
 * }</pre>
 */
public final class ClientOptions {

    private static final int THREADS_PER_CORE = 10;

    private static final ClientOptions STANDARD = new ClientOptions(new Values());

    /** The current settings. Each {@code with} method copies them before it changes one, so the others are kept. */
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
     * Returns the default options: no token, no upcasters; 64 connections for calls and 256 for streams; ten delivery
     * threads per core; an answer must begin within 30 seconds; a heartbeat of 15 seconds, the server's default; a
     * failed call is repeated up to 3 times, after 100 milliseconds at first and 5 seconds at most.
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
     * Sets the token that the server requires.
     *
     * @param token visible ASCII characters
     * @return a copy
     * @throws InvalidInputException if it has any other character
     */
    public ClientOptions withToken(String token) {
        if (token.isEmpty() || !token.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
            throw new InvalidInputException("a token must be visible ASCII characters without blanks");
        }
        return with(copy -> copy.token = token);
    }

    /**
     * Sets how events of older versions are read.
     *
     * @param upcasters the upcasters, the same as for a store
     * @return a copy
     */
    public ClientOptions withUpcasters(Upcasters upcasters) {
        Objects.requireNonNull(upcasters, "upcasters");
        return with(copy -> copy.upcasters = upcasters);
    }

    /**
     * Sets the generator of ids for writes without one. The client generates them, so a repeated request is the same
     * write.
     *
     * @param ids the generator
     * @return a copy
     */
    public ClientOptions withIds(IdGenerator ids) {
        Objects.requireNonNull(ids, "ids");
        return with(copy -> copy.ids = ids);
    }

    /**
     * Sets the metadata that each write's events get from the Reactor context of the subscriber, like the option of a
     * store. Metadata of the write itself takes precedence.
     *
     * @param meta returns the metadata, or null for none
     * @return a copy
     */
    public ClientOptions withMetaFromContext(Function<ContextView, @Nullable Json> meta) {
        Objects.requireNonNull(meta, "meta");
        return with(copy -> copy.metaFromContext = meta);
    }

    /**
     * Sets how many connections the calls share. If all are in use, a call waits for one.
     *
     * @param connections 1 or more
     * @return a copy
     * @throws InvalidInputException if it is less than 1
     */
    public ClientOptions withMaxConnections(int connections) {
        within("the connections", connections, 1);
        return with(copy -> copy.maxConnections = connections);
    }

    /**
     * Sets how many threads call subscribers. This is how many subscribers of tails, of reads, and of writes can be
     * busy at the same time.
     *
     * @param threads 1 or more, for each of the three kinds
     * @return a copy
     * @throws InvalidInputException if it is less than 1
     */
    public ClientOptions withDeliveryThreads(int threads) {
        int checked = within("the delivery threads", threads, 1);
        return with(copy -> copy.deliveryThreads = checked);
    }

    /**
     * Sets how many tails may be open at the same time. Each has its own connection. A further tail fails with {@link
     * dev.reel.StoreBusyException}.
     *
     * @param tails 1 or more
     * @return a copy
     * @throws InvalidInputException if it is less than 1
     */
    public ClientOptions withMaxTails(int tails) {
        within("the open tails", tails, 1);
        return with(copy -> copy.maxTails = tails);
    }

    /**
     * Sets how long the client waits for an answer to begin.
     *
     * @param timeout longer than 0
     * @return a copy
     * @throws InvalidInputException if it is 0 or negative
     */
    public ClientOptions withAnswerTimeout(Duration timeout) {
        positive("the time for an answer", timeout);
        return with(copy -> copy.answerTimeout = timeout);
    }

    /**
     * Sets the server's heartbeat interval. A tail that receives nothing for two intervals reconnects.
     *
     * @param interval longer than 0
     * @return a copy
     * @throws InvalidInputException if it is 0 or negative
     */
    public ClientOptions withHeartbeat(Duration interval) {
        positive("the heartbeat", interval);
        return with(copy -> copy.heartbeat = interval);
    }

    /**
     * Sets how often a call is repeated after its connection failed. Repeating is safe: a write has an id and is done
     * only once. A tail reconnects for as long as it has a subscriber.
     *
     * @param times 0 or more
     * @return a copy
     * @throws InvalidInputException if it is negative
     */
    public ClientOptions withRetries(int times) {
        within("the retries", times, 0);
        return with(copy -> copy.retries = times);
    }

    /**
     * Sets how long the client waits before it repeats a call. The wait doubles each time, and is varied at random by
     * up to half.
     *
     * @param first the first wait, longer than 0
     * @param most the longest wait
     * @return a copy
     * @throws InvalidInputException if one is 0 or negative
     */
    public ClientOptions withBackoff(Duration first, Duration most) {
        positive("the first backoff", first);
        positive("the longest backoff", most);
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

    /** Does not print the token. */
    @Override
    public String toString() {
        return "ClientOptions[token=" + (values.token != null) + ", upcasters=" + values.upcasters + ", maxConnections="
                + values.maxConnections + ", maxTails=" + values.maxTails + ", deliveryThreads="
                + values.deliveryThreads + ", answerTimeout=" + values.answerTimeout
                + ", heartbeat=" + values.heartbeat + ", retries=" + values.retries + ", firstBackoff="
                + values.firstBackoff + ", maxBackoff=" + values.maxBackoff + "]";
    }
}
