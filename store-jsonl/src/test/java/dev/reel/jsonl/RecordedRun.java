package dev.reel.jsonl;

import java.util.ArrayList;
import java.util.List;

/** {@link RootScript} on a disk without faults: what was acknowledged, and after which operation of the disk. */
final class RecordedRun {

    /**
     * The end of a step.
     *
     * @param step its name
     * @param operations how many changes of the disk there were then
     * @param seen what the store showed then
     * @param kept the place up to which a power cut must keep everything
     */
    record Place(String step, int operations, Seen seen, int kept) {}

    final MemoryDisk disk;
    final List<Place> places = new ArrayList<>();
    private int kept;

    private RecordedRun(MemoryDisk disk) {
        this.disk = disk;
    }

    static RecordedRun of(Durability durability, long segmentBytes) throws Exception {
        return of(RootScript.steps(), durability, segmentBytes);
    }

    static RecordedRun of(List<RootScript.Step> steps, Durability durability, long segmentBytes) throws Exception {
        RecordedRun run = new RecordedRun(RootScript.disk());
        run.places.add(new Place("nothing", 0, Seen.NOTHING, 0));
        OpenRoot root = OpenRoot.on(run.disk, durability, segmentBytes);
        run.add("open", root, true);
        for (RootScript.Step step : steps) {
            switch (step.kind()) {
                case FOLD -> root.fold();
                case REOPEN -> {
                    root.close();
                    root = OpenRoot.on(run.disk, durability, segmentBytes);
                }
                default -> step.write().apply(root.store).block(OpenRoot.PATIENCE);
            }
            // Events in session files were flushed before; a closed store keeps everything.
            boolean keeps = durability.equals(Durability.SYNC) || step.kind() != RootScript.Kind.WRITE;
            run.add(step.name(), root, keeps);
        }
        root.close();
        return run;
    }

    private void add(String step, OpenRoot root, boolean keeps) {
        Seen seen = Seen.of(root.store);
        kept = keeps ? places.size() : kept;
        places.add(new Place(step, disk.operations(), seen, kept));
    }

    /** The last place that was reached after so many operations. */
    int placeAt(int operations) {
        int place = 0;
        while (place + 1 < places.size() && places.get(place + 1).operations <= operations) {
            place++;
        }
        return place;
    }

    /**
     * Finds the place with the contents that a store shows: at the place, or between it and the next one; -1 if there
     * is none.
     */
    int find(Seen seen, int from, int upTo) {
        for (int i = upTo; i >= from; i--) {
            if (places.get(i).seen.isSame(seen)) {
                return i;
            }
            if (i + 1 < places.size() && seen.isBetween(places.get(i).seen, places.get(i + 1).seen)) {
                return i;
            }
        }
        return -1;
    }
}
