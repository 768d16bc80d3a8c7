package dev.reel.internal.engine;

import dev.reel.ReelException;
import dev.reel.SessionEvent;
import dev.reel.SessionState;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What makes accepted writes durable: the one thing in which stores on this engine differ. A store without one publishes
 * at acceptance.
 *
 * <p>The engine hands over each batch when it is accepted, and goes on accepting. Nothing of a batch is seen by readers,
 * and no answer is given, before the journal says that it is durable.
 */
public interface Journal {

    /**
     * Takes a batch. The batches of one session come one after the other, in order; those of several sessions come from
     * several threads. Must not block.
     *
     * @param batch what is to be made durable
     */
    void write(Batch batch);

    /** A batch that was accepted, and waits to be durable. */
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
         * What the session adds up to after this batch.
         *
         * @return the rows at the version of its last event; maybe {@linkplain SessionState#isLean() lean}
         */
        SessionState rows();

        /**
         * Where the session's events are stored, what it inherited included.
         *
         * @return the log that the session has when this batch is published; null where the store has no {@link Storage}
         */
        @Nullable
        StoredLog stored();

        /**
         * The journal is writing the batch, and will say that it is durable or that it failed. Until then its positions
         * count as settled in {@link Engine#settledUpTo}. For the thread that asks for that.
         */
        void written();

        /**
         * The journal says that the batch is durable. Called once, from any thread; batches of one session in any order.
         */
        void durable();

        /**
         * The journal says that the batch failed. All that was accepted after it in its session fails with it, whatever
         * the journal says of that; a journal must not make any of that durable.
         *
         * @param error why, and with what outcome
         */
        void failed(ReelException error);
    }
}
