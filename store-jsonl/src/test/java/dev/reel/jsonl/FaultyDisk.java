package dev.reel.jsonl;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Another disk, of which calls fail, wait, or find no room, as a test says.
 *
 * <p>What fails has done nothing, but for a file's flush: over a {@link MemoryDisk}, bytes that waited for a flush that
 * failed are never certain, though later ones succeed.
 */
final class FaultyDisk implements Disk {

    enum Call {
        OPEN,
        LOOK,
        LIST,
        CREATE_DIRECTORIES,
        DELETE,
        MOVE,
        SYNC_DIRECTORY,
        READ,
        WRITE,
        SIZE,
        TRUNCATE,
        SYNC,
        CLOSE
    }

    enum Fault {
        BROKEN("Input/output error"),
        FULL("No space left on device"),
        /** A write writes half of what it was given, and the next one finds the disk full; all else is just full. */
        HALF_FULL("No space left on device");

        private final String message;

        Fault(String message) {
            this.message = message;
        }

        IOException exception() {
            return new IOException(message);
        }
    }

    private static final class Plan {

        private final @Nullable Call call;
        private final Fault fault;
        private final boolean once;
        private int left;

        Plan(@Nullable Call call, int nth, Fault fault, boolean once) {
            this.call = call;
            this.left = nth;
            this.fault = fault;
            this.once = once;
        }

        boolean isDue(Call made) {
            return (call == null || call == made) && --left <= 0;
        }
    }

    /** What holds calls of a kind: once let go, it holds none, whether or not their threads have gone on yet. */
    private static final class Hold {

        private final CountDownLatch latch = new CountDownLatch(1);
        private int waiting;
    }

    private final Disk disk;
    private final Map<Call, Integer> calls = new EnumMap<>(Call.class);
    private final Map<Call, Hold> held = new EnumMap<>(Call.class);
    private final List<Plan> plans = new ArrayList<>();
    private final Set<Path> refused = new HashSet<>();
    private final Set<File> opened = Collections.newSetFromMap(new IdentityHashMap<>());
    private long room = Long.MAX_VALUE;
    private long capacity = Long.MAX_VALUE;

    FaultyDisk(Disk disk) {
        this.disk = disk;
    }

    /** The nth call from now fails, whatever it is; from 1. */
    void failAt(int nth, Fault fault) {
        plan(new Plan(null, nth, fault, true));
    }

    /** The nth call of a kind from now fails; from 1. */
    void failAt(Call call, int nth, Fault fault) {
        plan(new Plan(call, nth, fault, true));
    }

    /** From the nth call of a kind from now all fail, until {@link #heal}. */
    void failFrom(Call call, int nth, Fault fault) {
        plan(new Plan(call, nth, fault, false));
    }

    private synchronized void plan(Plan plan) {
        plans.add(plan);
    }

    /** From now on so many bytes can be written, wherever; deleting makes no room. */
    synchronized void room(long bytes) {
        room = bytes;
    }

    /** From now on all files have room for so many bytes together; deleting makes room. Over a {@link MemoryDisk} only. */
    synchronized void capacity(long bytes) {
        capacity = bytes;
    }

    /** From now on this file can neither be opened to be written nor deleted. */
    synchronized void refuse(Path file) {
        refused.add(file);
    }

    synchronized void allow(Path file) {
        refused.remove(file);
    }

    private synchronized void checkAllowed(Path file) throws IOException {
        if (refused.contains(file)) {
            throw new AccessDeniedException(file.toString());
        }
    }

    /** Nothing fails any more, and there is room. */
    synchronized void heal() {
        plans.clear();
        room = Long.MAX_VALUE;
        capacity = Long.MAX_VALUE;
    }

    /** Calls of a kind wait, before they do anything, until {@link #release}. */
    synchronized void hold(Call call) {
        held.putIfAbsent(call, new Hold());
    }

    synchronized void release(Call call) {
        Hold hold = held.remove(call);
        if (hold != null) {
            hold.latch.countDown();
        }
    }

    /** Lets go what is held of a kind, while each later call of the kind is held. */
    synchronized void releaseHeld(Call call) {
        release(call);
        hold(call);
    }

    /** Waits until so many calls of a kind are held. */
    synchronized void awaitHeld(Call call, int count) throws InterruptedException, TimeoutException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (waiting(call) < count) {
            if (System.nanoTime() > end) {
                throw new TimeoutException("no " + count + " calls wait for " + call);
            }
            wait(100);
        }
    }

    private int waiting(Call call) {
        Hold hold = held.get(call);
        return hold == null ? 0 : hold.waiting;
    }

    /** How many files are open. */
    synchronized int opened() {
        return opened.size();
    }

    /** How many calls were made, with those that failed. */
    synchronized int calls() {
        return calls.values().stream().mapToInt(Integer::intValue).sum();
    }

    synchronized int calls(Call call) {
        return calls.getOrDefault(call, 0);
    }

    private void check(Call call) throws IOException {
        Fault fault = faultOf(call);
        if (fault != null) {
            throw fault.exception();
        }
    }

    private @Nullable Fault faultOf(Call call) {
        awaitRelease(call);
        synchronized (this) {
            calls.merge(call, 1, Integer::sum);
            Fault fault = null;
            for (Iterator<Plan> it = plans.iterator(); it.hasNext(); ) {
                Plan plan = it.next();
                if (plan.isDue(call)) {
                    fault = plan.fault;
                    if (plan.once) {
                        it.remove();
                    }
                }
            }
            return fault;
        }
    }

    private void awaitRelease(Call call) {
        Hold hold;
        synchronized (this) {
            hold = held.get(call);
            if (hold == null) {
                return;
            }
            hold.waiting++;
            notifyAll();
        }
        boolean interrupted = false;
        while (true) {
            try {
                hold.latch.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized int take(int wanted, File file, long position) throws IOException {
        int taken = (int) Math.min(wanted, room);
        if (capacity < Long.MAX_VALUE) {
            long there = Math.max(0, file.size() - position);
            taken = (int) Math.min(taken, there + Math.max(0, capacity - ((MemoryDisk) disk).used()));
        }
        room -= room == Long.MAX_VALUE ? 0 : taken;
        return taken;
    }

    @Override
    public int reserve() {
        return disk.reserve();
    }

    @Override
    public File open(Path file, Mode mode) throws IOException {
        check(Call.OPEN);
        if (mode != Mode.READ) {
            checkAllowed(file);
        }
        File open = new FaultyFile(disk.open(file, mode));
        synchronized (this) {
            opened.add(open);
        }
        return open;
    }

    @Override
    public @Nullable Entry look(Path path) throws IOException {
        check(Call.LOOK);
        return disk.look(path);
    }

    @Override
    public @Nullable Object identity(Path path) throws IOException {
        check(Call.LOOK);
        return disk.identity(path);
    }

    @Override
    public List<Entry> list(Path directory) throws IOException {
        check(Call.LIST);
        return disk.list(directory);
    }

    @Override
    public void createDirectories(Path directory) throws IOException {
        check(Call.CREATE_DIRECTORIES);
        disk.createDirectories(directory);
    }

    @Override
    public void delete(Path file) throws IOException {
        check(Call.DELETE);
        checkAllowed(file);
        disk.delete(file);
    }

    @Override
    public void move(Path from, Path to) throws IOException {
        check(Call.MOVE);
        disk.move(from, to);
    }

    @Override
    public void syncDirectory(Path directory) throws IOException {
        check(Call.SYNC_DIRECTORY);
        disk.syncDirectory(directory);
    }

    private final class FaultyFile implements File {

        private final File file;

        FaultyFile(File file) {
            this.file = file;
        }

        @Override
        public int read(ByteBuffer into, long position) throws IOException {
            check(Call.READ);
            return file.read(into, position);
        }

        @Override
        public int write(ByteBuffer from, long position) throws IOException {
            Fault fault = faultOf(Call.WRITE);
            int wanted = from.remaining();
            int half = wanted / 2;
            if (fault == Fault.HALF_FULL && half > 0) {
                failAt(Call.WRITE, 1, Fault.FULL);
                return write(from, half, position);
            }
            if (fault != null) {
                throw fault.exception();
            }
            int taken = take(wanted, file, position);
            if (taken == 0 && wanted > 0) {
                throw Fault.FULL.exception();
            }
            return write(from, taken, position);
        }

        private int write(ByteBuffer from, int bytes, long position) throws IOException {
            int limit = from.limit();
            from.limit(from.position() + bytes);
            try {
                return file.write(from, position);
            } finally {
                from.limit(limit);
            }
        }

        @Override
        public long size() throws IOException {
            check(Call.SIZE);
            return file.size();
        }

        @Override
        public void truncate(long size) throws IOException {
            check(Call.TRUNCATE);
            file.truncate(size);
        }

        @Override
        public void sync() throws IOException {
            Fault fault = faultOf(Call.SYNC);
            if (fault == null) {
                file.sync();
                return;
            }
            if (file instanceof MemoryDisk.MemoryFile memory) {
                memory.failSync();
            }
            throw fault.exception();
        }

        @Override
        public void close() throws IOException {
            Fault fault = faultOf(Call.CLOSE);
            file.close();
            synchronized (FaultyDisk.this) {
                opened.remove(this);
            }
            if (fault != null) {
                throw fault.exception();
            }
        }
    }
}
