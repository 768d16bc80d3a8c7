package dev.reel.internal;

import dev.reel.EventDraft;
import dev.reel.JsonLimits;
import dev.reel.SessionEvent;
import dev.reel.SessionState;
import dev.reel.Upcasters;
import java.lang.invoke.MethodHandles;
import java.time.Instant;
import java.util.Objects;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Gives {@code dev.reel.spi} access to internals of {@code dev.reel}, so that applications do not see methods that only
 * implementers of a store need. {@link SessionEvent} sets the instance when it is initialized.
 */
public abstract class Access {

    private static volatile @Nullable Access instance;

    /** Called only by {@code dev.reel}. */
    protected Access() {}

    /**
     * Returns the access.
     *
     * @return the only instance
     */
    public static Access get() {
        Access known = instance;
        return known == null ? initialized() : known;
    }

    private static Access initialized() {
        try {
            MethodHandles.lookup().ensureInitialized(SessionEvent.class);
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e); // cannot happen: the class is public and in this module
        }
        return Objects.requireNonNull(instance);
    }

    /**
     * Sets the access. {@code dev.reel} calls it once.
     *
     * @param access the access
     */
    public static void set(Access access) {
        if (instance != null) {
            throw new IllegalStateException("the access is already set");
        }
        instance = access;
    }

    /** The lines of one codec; {@link dev.reel.spi.LineCodec} documents its methods. */
    public interface Lines {

        /**
         * Encodes an event as a native line.
         *
         * @param event the event
         * @return its line
         */
        byte[] encode(SessionEvent event);

        /**
         * Returns whether a line looks native.
         *
         * @param line the line
         * @return whether it does
         */
        boolean isNative(byte[] line);

        /**
         * Reads a native line.
         *
         * @param sessionId the session
         * @param line the line
         * @return the event
         */
        SessionEvent decode(String sessionId, byte[] line);

        /**
         * Reads a foreign line.
         *
         * @param line the line
         * @return what it records
         */
        EventDraft decodeForeign(byte[] line);
    }

    /**
     * Returns the lines of a codec.
     *
     * @param limits the limits of a line
     * @param upcasters convert the events that are read
     * @return the lines
     */
    public abstract Lines lines(JsonLimits limits, Upcasters upcasters);

    /**
     * See {@link dev.reel.spi.Events#of}.
     *
     * @param sessionId the session
     * @param version its version
     * @param position its position
     * @param id the event id
     * @param at the instant
     * @param batch the size of the batch that it begins
     * @param draft the rest
     * @param upcasters convert older versions
     * @return the event
     */
    public abstract SessionEvent event(
            String sessionId,
            long version,
            long position,
            String id,
            Instant at,
            int batch,
            EventDraft draft,
            Upcasters upcasters);

    /**
     * See {@link dev.reel.spi.Events#under}.
     *
     * @param event the event
     * @param otherSessionId the other session
     * @return the event under that session
     */
    public abstract SessionEvent under(SessionEvent event, String otherSessionId);

    /**
     * See {@link dev.reel.spi.Events#batchSize}.
     *
     * @param event the event
     * @return the size of the batch that it begins, else 1
     */
    public abstract int batchSize(SessionEvent event);

    /**
     * See {@link dev.reel.spi.States#lean}.
     *
     * @param sessionId the session
     * @return version 0, no rows
     */
    public abstract SessionState lean(String sessionId);

    /**
     * See {@link dev.reel.spi.States#isLean}.
     *
     * @param state the state
     * @return whether it is lean
     */
    public abstract boolean isLean(SessionState state);

    /**
     * See {@link dev.reel.spi.States#reading}.
     *
     * @param state the state
     * @param log returns the events by version
     * @return the same state
     */
    public abstract SessionState reading(SessionState state, LongFunction<SessionEvent> log);

    /**
     * See {@link dev.reel.spi.States#under}.
     *
     * @param state the state
     * @param otherSessionId the other session
     * @return the state under that session
     */
    public abstract SessionState under(SessionState state, String otherSessionId);

    /**
     * See {@link dev.reel.spi.States#kept}.
     *
     * @param state the state
     * @return the state, in less memory
     */
    public abstract SessionState kept(SessionState state);
}
