package dev.reel.jsonl;

import dev.reel.SessionDamagedException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PrimitiveIterator;
import java.util.Set;

/**
 * Builds the index of positions anew from the session files: while a root is opened, or while it is open and the index is
 * in doubt. Both begin a new life for each session, take the spans of its file, and copy the old spans of sessions that
 * cannot be read. Purges are taken from the ledger.
 *
 * <p>Used on the thread that opens the root, and later on the folder's.
 */
final class IndexBuild {

    private final Root root;
    private final PositionIndex positions;

    IndexBuild(Root root) {
        this.root = root;
        this.positions = root.positions();
    }

    static Span foreignSpan(LogFile log, ForeignPart.Block block, long before, int life) {
        long begin = log.bytes(before);
        return new Span(
                block.first(),
                life,
                begin,
                (int) Math.min(Integer.MAX_VALUE, block.bytes() - begin),
                Math.toIntExact(block.events() - before),
                true);
    }

    /**
     * Rebuilds the index while the root is opened. Reads the session files, and copies the old spans of sessions that
     * cannot be read.
     */
    void rebuild(Map<String, FileRead> read) throws IOException {
        Map<String, Integer> before = new HashMap<>();
        root.catalogue().entries().forEach((id, entry) -> before.put(id, entry.life()));
        before.putAll(root.lives());
        before.keySet().retainAll(root.damages().keySet());
        Set<Integer> there = new HashSet<>();
        positions.eachRight(new HashSet<>(before.values()), Long.MAX_VALUE, span -> there.add(span.life()));
        before.values().retainAll(there);
        root.lives().clear();
        try (PositionIndex.Rebuild rebuild = positions.rebuild(highestListedLife())) {
            for (FileRead file : read.values()) {
                LogFile log = file.log();
                int life = rebuild.begin(log.sessionId(), FileNames.relative(root.path(), log.file()));
                root.lives().put(log.sessionId(), life);
                eachForeignSpan(log, life, rebuild::add);
                file.eachNativeSpan(span -> rebuild.add(span.of(life)));
            }
            Map<Integer, Integer> numbers = new HashMap<>();
            for (Map.Entry<String, Integer> one : before.entrySet()) {
                numbers.put(one.getValue(), begin(rebuild, one.getKey(), root.lives()));
            }
            boolean all = finish(rebuild, numbers, root.lives(), Long.MAX_VALUE);
            if (!all) {
                positions.doubtLater();
            }
        }
    }

    /**
     * Rebuilds the index while the store is open. The session files contain every event of the index except those set
     * aside. Spans that are still valid are kept for sessions that cannot be read.
     */
    void remake() throws IOException {
        long upTo = positions.complete();
        Map<String, Integer> fresh = new HashMap<>();
        try (PositionIndex.Rebuild rebuild = positions.rebuild(highestListedLife())) {
            Map<Integer, Integer> unread = new HashMap<>();
            for (Map.Entry<String, Integer> one : root.lives().entrySet()) {
                int life = begin(rebuild, one.getKey(), fresh);
                if (!addSpans(rebuild, one.getKey(), life, upTo)) {
                    unread.put(one.getValue(), life);
                }
            }
            boolean all = finish(rebuild, unread, fresh, upTo);
            root.lives().putAll(fresh);
            if (!all) {
                positions.doubtLater();
            }
        }
        List<Catalogue.Entry> renumbered = new ArrayList<>();
        for (Catalogue.Entry entry : root.catalogue().entries().values()) {
            Integer life = root.lives().get(entry.id());
            if (life != null && life != entry.life()) {
                renumbered.add(entry.withLife(life));
            }
        }
        root.catalogue().put(renumbered);
    }

    private int highestListedLife() {
        int highest = 0;
        for (Catalogue.Entry entry : root.catalogue().entries().values()) {
            highest = Math.max(highest, entry.life());
        }
        return highest;
    }

    private int begin(PositionIndex.Rebuild rebuild, String id, Map<String, Integer> fresh) throws IOException {
        int life = rebuild.begin(id, FileNames.relative(root.path(), root.fileOf(id)));
        fresh.put(id, life);
        return life;
    }

    /** Adds the spans of a session's file up to a position. Returns false if part of the file cannot be read. */
    private boolean addSpans(PositionIndex.Rebuild rebuild, String id, int life, long upTo) throws IOException {
        if (root.damages().containsKey(id)) {
            return false;
        }
        Catalogue.Entry entry = root.catalogue().entries().get(id);
        List<Span> spans = new ArrayList<>();
        try {
            LogFile log = root.read(id, root.fileOf(id), entry == null ? -1 : entry.size())
                    .log();
            eachForeignSpan(log, life, spans::add);
            FileRead.eachNativeSpan(log, upTo, span -> spans.add(span.of(life)));
        } catch (SessionDamagedException | UncheckedIOException e) {
            return false;
        } catch (IOException e) {
            if (Disk.isOfAll(e)) {
                throw e;
            }
            return false;
        }
        for (Span span : spans) {
            rebuild.add(span);
        }
        return true;
    }

    private static void eachForeignSpan(LogFile log, int life, FileRead.SpanConsumer consumer) throws IOException {
        long before = 0;
        for (ForeignPart.Block block : log.foreign().blocks()) {
            if (block.events() > log.inherited()) {
                consumer.accept(foreignSpan(log, block, before, life));
            }
            before = block.events();
        }
    }

    /**
     * Adds the events that are in no file, the old spans of unreadable sessions, and the purges. Then puts the index in
     * place.
     *
     * @param unread the lives of sessions that cannot be read, each with its old number
     * @param fresh the new life of each session; sessions that have only events set aside are added
     * @return whether the index is complete
     */
    private boolean finish(
            PositionIndex.Rebuild rebuild, Map<Integer, Integer> unread, Map<String, Integer> fresh, long upTo)
            throws IOException {
        boolean all = unread.isEmpty()
                || positions.eachRight(
                        unread.keySet(),
                        upTo,
                        span -> rebuild.add(span.of(Objects.requireNonNull(unread.get(span.life())))));
        for (Root.Aside one : root.aside()) {
            if (one.span().position() <= upTo) {
                Integer life = fresh.get(one.sessionId());
                boolean isPurge = one.events().get(0).version() == 0;
                int number = isPurge ? 0 : life == null ? begin(rebuild, one.sessionId(), fresh) : life;
                rebuild.add(one.span().of(number));
            }
        }
        for (PrimitiveIterator.OfLong purges = root.ledger().purgePositions(); purges.hasNext(); ) {
            long purge = purges.nextLong();
            if (purge <= upTo) {
                rebuild.add(Span.purge(purge));
            }
        }
        rebuild.finish(clash -> {}); // the lower file keeps the position; a check reports the other one
        return all;
    }
}
