package dev.reel.jsonl;

import dev.reel.EventDraft;
import dev.reel.Ids;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Gives each event of a file a unique id. An event that has the same id and content (type, v, data) as an earlier one
 * is a repeat. An event that has the same id and other content gets {@code id~2}, {@code id~3} and so on.
 */
final class FileIds {

    /** Reads a line again. */
    interface Reread {

        /** Returns the event of the line at that offset; null if the file was changed meanwhile. */
        @Nullable
        EventDraft at(long offset) throws IOException;
    }

    private final Reread reread;
    private final IdIndex ids = new IdIndex();
    private final Map<String, Chain> chains = new HashMap<>();

    FileIds(Reread reread) {
        this.reread = reread;
    }

    /**
     * Returns the id of an event in this file; null if the file already has the event.
     *
     * @param wanted the id that its line has
     * @param offset the offset at which its line begins
     * @param derived supplies the id if {@code wanted} with a number appended is not a valid id
     */
    @Nullable
    String idFor(String wanted, EventDraft event, long offset, Supplier<String> derived) throws IOException {
        long first = ids.find(wanted);
        if (first < 0) {
            ids.add(wanted, offset);
            return wanted;
        }
        Chain chain = chains.get(wanted);
        if (chain == null) {
            chain = new Chain();
            chain.add(contentHash(reread.at(first)), first);
            chains.put(wanted, chain);
        }
        int hash = contentHash(event);
        for (long other : chain.at(hash)) {
            if (isSame(event, reread.at(other))) {
                return null;
            }
        }
        String id = wanted + "~" + chain.next++;
        while (ids.find(id) >= 0) {
            id = wanted + "~" + chain.next++;
        }
        if (!Ids.isEventId(id)) {
            id = derived.get();
        }
        chain.add(hash, offset);
        ids.add(id, offset);
        return id;
    }

    private static int contentHash(@Nullable EventDraft event) {
        return event == null
                ? 0
                : Arrays.hashCode(new int[] {
                    event.type().hashCode(), event.v(), event.data().hashCode()
                });
    }

    private static boolean isSame(EventDraft event, @Nullable EventDraft other) {
        return other != null
                && event.type().equals(other.type())
                && event.v() == other.v()
                && event.data().equals(other.data());
    }

    /** The lines with the same id, each with different content. */
    private static final class Chain {

        private final Map<Integer, List<Long>> offsets = new HashMap<>();
        private int next = 2;

        void add(int hash, long offset) {
            offsets.computeIfAbsent(hash, h -> new ArrayList<>(1)).add(offset);
        }

        List<Long> at(int hash) {
            return offsets.getOrDefault(hash, List.of());
        }
    }
}
