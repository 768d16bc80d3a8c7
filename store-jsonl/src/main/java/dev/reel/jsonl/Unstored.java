package dev.reel.jsonl;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * What is durable in the journal and not in session files yet. The journal's thread adds a group at a time, in the order of
 * the journal, before anybody is told of it; the folder's thread puts it in the order of positions. So what has a position
 * up to the feed's mark is here, once the mark was read.
 */
final class Unstored {

    private final Queue<List<Accepted>> came = new ConcurrentLinkedQueue<>();
    /** In order; replaced by the folder's thread, never changed. */
    private volatile List<Accepted> known = List.of();

    void add(List<Accepted> group) {
        came.add(group);
    }

    /** All, in the order of positions; for the folder's thread. */
    List<Accepted> all() {
        if (!came.isEmpty()) {
            List<Accepted> more = new ArrayList<>(known);
            int groups = 0;
            for (List<Accepted> group : came) {
                more.addAll(group);
                groups++;
            }
            // They come in nearly this order, which makes it cheap.
            more.sort(Comparator.comparingLong(Accepted::firstPosition));
            known = more;
            while (groups-- > 0) {
                came.remove();
            }
        }
        return known;
    }

    /** Those with positions up to the mark; for the folder's thread. */
    List<Accepted> upTo(long mark) {
        List<Accepted> all = all();
        int count = all.size();
        while (count > 0 && all.get(count - 1).firstPosition() > mark) {
            count--;
        }
        return all.subList(0, count);
    }

    /** The first ones are stored, but for those of sessions that wait; for the folder's thread. */
    void remove(int count, Set<String> waiting) {
        List<Accepted> all = known;
        List<Accepted> rest = new ArrayList<>(all.size() - count);
        for (int i = 0; i < all.size(); i++) {
            if (i >= count || waiting.contains(all.get(i).sessionId())) {
                rest.add(all.get(i));
            }
        }
        known = rest;
    }

    /** Any of them, or null; for any thread. */
    @Nullable
    Accepted any() {
        List<Accepted> some = known;
        List<Accepted> group = some.isEmpty() ? came.peek() : some;
        return group == null ? null : group.get(0);
    }

    /** How many it knows, or more; for any thread. */
    int size() {
        return known.size() + came.size();
    }
}
