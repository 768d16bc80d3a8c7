package dev.reel;

import dev.reel.internal.Access;
import java.time.Instant;
import java.util.function.LongFunction;

/** The internals that this package opens to {@code dev.reel.spi} only. */
final class Opened extends Access {

    @Override
    public Lines lines(JsonLimits limits, Upcasters upcasters) {
        return LineFormat.of(limits, upcasters);
    }

    @Override
    public SessionEvent event(
            String sessionId,
            long version,
            long position,
            String id,
            Instant at,
            int batch,
            EventDraft draft,
            Upcasters upcasters) {
        return SessionEvent.of(sessionId, version, position, id, at, batch, draft, upcasters);
    }

    @Override
    public SessionEvent under(SessionEvent event, String otherSessionId) {
        return event.under(otherSessionId);
    }

    @Override
    public int batchSize(SessionEvent event) {
        return event.batch();
    }

    @Override
    public SessionState lean(String sessionId) {
        return SessionState.lean(sessionId);
    }

    @Override
    public boolean isLean(SessionState state) {
        return state.isLean();
    }

    @Override
    public SessionState reading(SessionState state, LongFunction<SessionEvent> log) {
        return state.reading(log);
    }

    @Override
    public SessionState under(SessionState state, String otherSessionId) {
        return state.under(otherSessionId);
    }

    @Override
    public SessionState kept(SessionState state) {
        return state.kept();
    }
}
