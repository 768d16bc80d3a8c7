package dev.reel.internal.engine;

import dev.reel.SnapshotIdTakenException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Maps snapshot ids to the sessions that hold them. An id is claimed when its put is accepted, and freed when its
 * removal is published. Recorded events may claim an id that another session holds; the session with the lower position
 * then holds it.
 */
final class SnapshotIndex {

    private final ConcurrentHashMap<String, List<Claim>> claims = new ConcurrentHashMap<>();

    private record Claim(String sessionId, long position) {}

    /** Claims an id for a session. Returns whether the claim is new. */
    boolean claim(String snapshotId, String sessionId, long position, boolean recorded) {
        boolean[] added = new boolean[1];
        claims.compute(snapshotId, (id, old) -> {
            added[0] = false;
            if (old == null) {
                added[0] = true;
                return List.of(new Claim(sessionId, position));
            }
            if (old.stream().anyMatch(claim -> claim.sessionId().equals(sessionId))) {
                return old;
            }
            if (!recorded) {
                throw new SnapshotIdTakenException(sessionId, id, old.get(0).sessionId());
            }
            added[0] = true;
            List<Claim> all = new ArrayList<>(old);
            all.add(new Claim(sessionId, position));
            all.sort(Comparator.comparingLong(Claim::position));
            return List.copyOf(all);
        });
        return added[0];
    }

    /** Frees all ids of a session. Visits every id, so use it only for rare operations. */
    void releaseAll(String sessionId) {
        claims.forEach((id, held) -> {
            if (held.stream().anyMatch(claim -> claim.sessionId().equals(sessionId))) {
                release(id, sessionId);
            }
        });
    }

    void release(String snapshotId, String sessionId) {
        claims.computeIfPresent(snapshotId, (id, old) -> {
            List<Claim> left = old.stream()
                    .filter(claim -> !claim.sessionId().equals(sessionId))
                    .toList();
            return left.isEmpty() ? null : left;
        });
    }

    /** The number of ids that are held. */
    int size() {
        return claims.size();
    }

    /** The session that holds the id, or null. */
    @Nullable
    String holder(String snapshotId) {
        List<Claim> held = claims.get(snapshotId);
        return held == null ? null : held.get(0).sessionId();
    }
}
