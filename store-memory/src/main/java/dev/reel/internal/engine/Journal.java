package dev.reel.internal.engine;

import dev.reel.ReelException;
import dev.reel.SessionEvent;
import dev.reel.SessionState;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes accepted writes durable. A store without a journal publishes a write when it is accepted.
 *
 * <p>The engine passes each batch to the journal when it is accepted, and continues to accept writes. Readers do not
 * see a batch, and its writer gets no result, until the journal reports the batch durable.
 */
public interface Journal {

    /**
     * Accepts a batch. The batches of one session are passed one after the other, in order; those of different sessions
     * may be passed concurrently. Must not block.
     *
     * @param batch the batch to make durable
     */
    void write(Batch batch);

    /** An accepted batch that is not durable yet. */
    interface Batch {

        /**
         * The session.
         *
         * @return the session id
         */
        String sessionId();

        /**
         * The events, or the one {@code session_purged} of a purge, with version 0.
         *
         * @return 1 or more events
         */
        List<SessionEvent> events();

        /**
         * The session's rows after this batch.
         *
         * @return the rows at the version of its last event; maybe {@linkplain SessionState#isLean() lean}
         */
        SessionState rows();

        /**
         * The stored log of the session, including inherited events.
         *
         * @return the log that the session has when this batch is published; null if the store has no {@link Storage}
         */
        @Nullable
        StoredLog stored();

        /**
         * Called by the journal when it starts to write the batch; it must later call {@link #durable} or {@link
         * #failed}. Until then the batch's positions count as settled in {@link Engine#settledUpTo}. Must be called on
         * the thread that calls that method.
         */
        void written();

        /**
         * Called by the journal when the batch is durable: once, from any thread, and for the batches of one session in
         * any order.
         */
        void durable();

        /**
         * Called by the journal when the batch failed. Everything accepted after it in its session fails too, whatever
         * the journal reports for it, so the journal must not make any of that durable.
         *
         * @param error the cause and the outcome
         */
        void failed(ReelException error);
    }
}
