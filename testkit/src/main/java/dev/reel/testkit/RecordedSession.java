package dev.reel.testkit;

import dev.reel.Change;
import dev.reel.Commit;
import dev.reel.EventDraft;
import dev.reel.ExpectedVersion;
import dev.reel.Ids;
import dev.reel.SessionEvent;
import dev.reel.SessionState;
import dev.reel.SessionStore;
import dev.reel.Upcasters;
import dev.reel.WriteOptions;
import dev.reel.spi.Events;
import dev.reel.spi.LineCodec;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A session recorded in a JSONL file, in Reel's or ExAthena's format. A test can write it into a store, or pass its
 * events directly to the code under test, at once or at the recorded pace.
 *
 * <pre>{@code
 * RecordedSession trip = RecordedSession.fromClassPath("sessions/trip.jsonl");
 *
 * StepVerifier.create(trip.flux().filter(Expected.toolResult()))
 *         .assertNext(Expected.toolResult("21:25 from Lisboa Oriente"))
 *         .verifyComplete();
 *
 * StepVerifier.withVirtualTime(() -> trip.atRecordedPace())
 *         .expectSubscription()
 *         .thenAwait(Duration.ofHours(1))
 *         .expectNextCount(trip.events().size())
 *         .verifyComplete();
 *
 * StepVerifier.create(trip.into(store).then(store.getSession("trip")))
 *         .expectNextCount(1)
 *         .verifyComplete();
 * }</pre>
 *
 * <p>The file is read completely and strictly: each line that cannot be read is an error that names file and line, so a
 * test notices a broken recording. (The import of {@code reel-store-jsonl} keeps every line that it can read.)
 * Immutable.
 */
public final class RecordedSession {

    private static final String SUFFIX = ".jsonl";

    /** The length of a byte order mark in UTF-8, in bytes. */
    private static final int BYTE_ORDER_MARK = 3;

    /** The maximal size of a batch, which is within the bounds of any usual store. */
    private static final int BATCH = 1_000;

    private final String sessionId;
    private final List<SessionEvent> events;

    private RecordedSession(String sessionId, List<SessionEvent> events) {
        this.sessionId = sessionId;
        this.events = events;
    }

    /**
     * Reads a file. The session's id is the file's name without {@code .jsonl}.
     *
     * @param file the file
     * @return the session
     * @throws UncheckedIOException if it cannot be read
     * @throws IllegalArgumentException if a line is not an event, or the file contains none; the message names file and
     *     line
     */
    public static RecordedSession fromFile(Path file) {
        try {
            return parse(file.toString(), Files.readAllBytes(file));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read recorded session " + file + ": " + e.getMessage(), e);
        }
    }

    /**
     * Reads a resource of the class path, such as a file in {@code src/test/resources}. The session's id is the last
     * part of its name without {@code .jsonl}. On the module path, the module that has the resource must open its
     * directory ({@code opens sessions;} for {@code sessions/trip.jsonl}), or the resource must be in the module's
     * root.
     *
     * @param resource its name from the root of the class path, without a leading slash
     * @return the session
     * @throws UncheckedIOException if it does not exist or cannot be read
     * @throws IllegalArgumentException if a line is not an event, or the resource contains none; the message names
     *     resource and line
     */
    public static RecordedSession fromClassPath(String resource) {
        ClassLoader context = Thread.currentThread().getContextClassLoader();
        ClassLoader loader = context != null ? context : RecordedSession.class.getClassLoader();
        try (InputStream in = loader.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IOException("not on the class path, or in a directory that its module does not open");
            }
            return parse(resource, in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read recorded session " + resource + ": " + e.getMessage(), e);
        }
    }

    /**
     * Reads lines from a string.
     *
     * @param sessionId the session's id, and the name of the file in errors
     * @param lines the lines, separated by line feeds
     * @return the session
     * @throws IllegalArgumentException if a line is not an event, or there is none; the message names the line
     */
    public static RecordedSession of(String sessionId, String lines) {
        return parse(sessionId + SUFFIX, lines.getBytes(StandardCharsets.UTF_8));
    }

    private static RecordedSession parse(String file, byte[] bytes) {
        String name = file.substring(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1);
        String id = name.endsWith(SUFFIX) ? name.substring(0, name.length() - SUFFIX.length()) : name;
        Reader reader = new Reader(file, name, Ids.check("session id", id));
        int from = isMarked(bytes) ? BYTE_ORDER_MARK : 0;
        for (int line = 1; from < bytes.length; line++) {
            int to = from;
            while (to < bytes.length && bytes[to] != '\n') {
                to++;
            }
            boolean returned = to > from && bytes[to - 1] == '\r';
            reader.read(line, Arrays.copyOfRange(bytes, from, returned ? to - 1 : to));
            from = to + 1;
        }
        if (reader.events.isEmpty()) {
            throw new IllegalArgumentException(file + " contains no event");
        }
        return new RecordedSession(id, List.copyOf(reader.events));
    }

    private static boolean isMarked(byte[] bytes) {
        return bytes.length >= BYTE_ORDER_MARK
                && bytes[0] == (byte) 0xEF
                && bytes[1] == (byte) 0xBB
                && bytes[2] == (byte) 0xBF;
    }

    /**
     * The id of the session.
     *
     * @return the session id
     */
    public String sessionId() {
        return sessionId;
    }

    /**
     * The events.
     *
     * @return all of them in order; unmodifiable
     */
    public List<SessionEvent> events() {
        return events;
    }

    /**
     * The state that results from the events.
     *
     * @return the state after the last event
     */
    public SessionState state() {
        SessionState state = SessionState.empty(sessionId);
        for (SessionEvent event : events) {
            state = state.apply(event);
        }
        return state;
    }

    /**
     * Emits the events without delay.
     *
     * @return a finite flux
     */
    public Flux<SessionEvent> flux() {
        return Flux.fromIterable(events);
    }

    /**
     * Emits the events at the recorded pace: the first one immediately, each later one after the time between its
     * instant and the previous one's. It uses Reactor's parallel scheduler, looked up at subscription, so with {@code
     * StepVerifier.withVirtualTime} no real time passes.
     *
     * @return a finite flux
     */
    public Flux<SessionEvent> atRecordedPace() {
        return atRecordedPace(Duration.ofSeconds(Long.MAX_VALUE));
    }

    /**
     * Like {@link #atRecordedPace()}, with a limit for long pauses.
     *
     * @param longestPause longer pauses are reduced to this
     * @return a finite flux
     */
    public Flux<SessionEvent> atRecordedPace(Duration longestPause) {
        return Flux.range(0, events.size()).concatMap(i -> {
            SessionEvent event = events.get(i);
            Duration pause = i == 0 ? Duration.ZERO : pauseBefore(i, longestPause);
            return pause.isZero() ? Mono.just(event) : Mono.delay(pause).thenReturn(event);
        });
    }

    /** No pause if the clock was set back between the events. */
    private Duration pauseBefore(int i, Duration longest) {
        Duration pause = Duration.between(events.get(i - 1).at(), events.get(i).at());
        return pause.isNegative() ? Duration.ZERO : pause.compareTo(longest) > 0 ? longest : pause;
    }

    /**
     * Writes the session into a store as it was recorded, including ids, instants and unknown members.
     *
     * @param store the store; it must not have this session, or only the first of these events
     * @return the last commit; subscribing again is safe
     */
    public Mono<Commit> into(SessionStore store) {
        return into(store, sessionId);
    }

    /**
     * Writes the session into a store under another id; see {@link #into(SessionStore)}.
     *
     * @param store the store
     * @param id the id of the session to write
     * @return the last commit; subscribing again is safe
     */
    public Mono<Commit> into(SessionStore store, String id) {
        Ids.check("session id", id);
        return Flux.fromIterable(batches())
                .concatMap(batch -> {
                    SessionEvent first = batch.get(0);
                    WriteOptions options = WriteOptions.recorded();
                    if (first.version() > 1) {
                        SessionEvent before = events.get((int) first.version() - 2);
                        options = options.withExpected(ExpectedVersion.exactly(before.version(), before.id()));
                    }
                    return store.append(
                            id, batch.stream().map(EventDraft::copyOf).toList(), options);
                })
                .last();
    }

    /** Splits the events into batches. Each {@code session_fork} starts a batch, as it does in a log. */
    private List<List<SessionEvent>> batches() {
        List<List<SessionEvent>> batches = new ArrayList<>();
        int from = 0;
        for (int i = 1; i <= events.size(); i++) {
            if (i == events.size()
                    || i - from == BATCH
                    || events.get(i).type().equals(Change.Kind.SESSION_FORK.type())) {
                batches.add(events.subList(from, i));
                from = i;
            }
        }
        return batches;
    }

    @Override
    public String toString() {
        return "recorded session " + sessionId + ", " + events.size() + " events";
    }

    /** Reads the lines of one file, in which foreign lines come before native ones. */
    private static final class Reader {

        private final LineCodec codec = LineCodec.standard();
        private final String file;
        private final String name;
        private final String sessionId;
        private final List<SessionEvent> events = new ArrayList<>();
        private final Map<String, SessionEvent> byId = new HashMap<>();
        private boolean isNative;

        Reader(String file, String name, String sessionId) {
            this.file = file;
            this.name = name;
            this.sessionId = sessionId;
        }

        void read(int number, byte[] line) {
            try {
                isNative |= codec.isNative(line);
                SessionEvent event = isNative ? readNative(line) : readForeign(number, line);
                if (event != null) {
                    events.add(event);
                    byId.put(event.id(), event);
                }
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(file + ", line " + number + ": " + e.getMessage(), e);
            }
        }

        private SessionEvent readNative(byte[] line) {
            SessionEvent event = codec.decode(sessionId, line);
            if (event.version() != events.size() + 1) {
                throw new IllegalArgumentException("seq " + event.version() + ", expected " + (events.size() + 1));
            }
            if (byId.containsKey(event.id())) {
                throw new IllegalArgumentException("uuid " + event.id() + " occurs twice");
            }
            return event;
        }

        /** Returns null for a blank line and for a duplicate. */
        private @Nullable SessionEvent readForeign(int number, byte[] line) {
            if (isBlank(line)) {
                return null;
            }
            EventDraft draft = codec.decodeForeign(line);
            Instant at = Objects.requireNonNull(draft.at(), "a foreign line has its instant");
            String id = draft.id() == null ? derivedId(number, line) : draft.id();
            String base = id;
            SessionEvent known = byId.get(id);
            for (int n = 2; known != null; n++) {
                if (isSame(known, draft)) {
                    return null;
                }
                id = base + "~" + n;
                known = byId.get(id);
            }
            long version = events.size() + 1L;
            return Events.of(sessionId, version, version, id, at, 1, draft.withId(id), Upcasters.none());
        }

        private static boolean isSame(SessionEvent event, EventDraft draft) {
            return event.type().equals(draft.type())
                    && event.v() == draft.v()
                    && event.data().equals(draft.data());
        }

        private static boolean isBlank(byte[] line) {
            for (byte b : line) {
                if (b != ' ' && b != '\t' && b != '\r') {
                    return false;
                }
            }
            return true;
        }

        /**
         * Derives an id in the same way as the import of {@code reel-store-jsonl}, so that both give the event the same
         * id.
         */
        private String derivedId(int number, byte[] line) {
            try {
                MessageDigest digest = MessageDigest.getInstance("SHA-256");
                digest.update((name + "\0" + number + "\0").getBytes(StandardCharsets.UTF_8));
                byte[] hash = digest.digest(line);
                return Base64.getUrlEncoder()
                        .withoutPadding()
                        .encodeToString(hash)
                        .substring(0, 22);
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("SHA-256 is not available", e);
            }
        }
    }
}
