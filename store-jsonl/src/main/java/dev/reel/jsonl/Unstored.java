package dev.reel.jsonl;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * The entries that are durable in the journal and not yet in session files. The journal's thread adds one group at a
 * time, in the order of the journal, before the group is reported. The folder's thread sorts the entries by position.
 * So after the feed's mark is read, every entry up to that position is here.
 */
final class Unstored {

    private final Queue<List<Accepted>> came = new ConcurrentLinkedQueue<>();
    /** In order; replaced by the folder's thread, never changed. */
    private volatile List<Accepted> known = List.of();

    void add(List<Accepted> group) {
        came.add(group);
    }

    /** Returns all entries in the order of positions. For the folder's thread. */
    List<Accepted> all() {
        if (!came.isEmpty()) {
            List<Accepted> more = new ArrayList<>(known);
            int groups = 0;
            for (List<Accepted> group : came) {
                more.addAll(group);
                groups++;
            }
            // The entries are nearly in this order already, which makes sorting cheap.
            more.sort(Comparator.comparingLong(Accepted::firstPosition));
            known = more;
            while (groups-- > 0) {
                came.remove();
            }
        }
        return known;
    }

    /** Returns the entries with positions up to the mark. For the folder's thread. */
    List<Accepted> upTo(long mark) {
        List<Accepted> all = all();
        int count = all.size();
        while (count > 0 && all.get(count - 1).firstPosition() > mark) {
            count--;
        }
        return all.subList(0, count);
    }

    /** Removes the first entries, which are stored, except for those of waiting sessions. For the folder's thread. */
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

    /** Returns any entry, or null. Callable from any thread. */
    @Nullable
    Accepted any() {
        List<Accepted> some = known;
        List<Accepted> group = some.isEmpty() ? came.peek() : some;
        return group == null ? null : group.get(0);
    }

    /** Returns how many entries there are; may be too high. Callable from any thread. */
    int size() {
        return known.size() + came.size();
    }
}
