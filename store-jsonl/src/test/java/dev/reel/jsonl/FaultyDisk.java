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
 * Wraps another disk. Its calls fail, wait, or find no room, as the test requires.
 *
 * <p>A failed call has had no effect, with one exception: if a file's flush fails over a {@link MemoryDisk}, the bytes
 * that waited for it never become durable, even if later flushes succeed.
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
        /**
         * A write writes half of its bytes, and the next one finds the disk full; every other call just finds it full.
         */
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

    /** Holds calls of a kind. After its release it holds no calls, even if their threads have not continued yet. */
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

    /** Makes the nth call from now fail, of any kind; counted from 1. */
    void failAt(int nth, Fault fault) {
        plan(new Plan(null, nth, fault, true));
    }

    /** Makes the nth call of a kind from now fail; counted from 1. */
    void failAt(Call call, int nth, Fault fault) {
        plan(new Plan(call, nth, fault, true));
    }

    /** Makes all calls of a kind fail from the nth one from now, until {@link #heal}. */
    void failFrom(Call call, int nth, Fault fault) {
        plan(new Plan(call, nth, fault, false));
    }

    private synchronized void plan(Plan plan) {
        plans.add(plan);
    }

    /** Limits how many bytes can be written from now on, to all files together; deleting frees no room. */
    synchronized void room(long bytes) {
        room = bytes;
    }

    /** Limits the size of all files together from now on; deleting frees room. Only over a {@link MemoryDisk}. */
    synchronized void capacity(long bytes) {
        capacity = bytes;
    }

    /** Makes opening this file for writing, and deleting it, fail from now on. */
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

    /** Ends all failures and limits. */
    synchronized void heal() {
        plans.clear();
        room = Long.MAX_VALUE;
        capacity = Long.MAX_VALUE;
    }

    /** Makes calls of a kind wait, before they have any effect, until {@link #release}. */
    synchronized void hold(Call call) {
        held.putIfAbsent(call, new Hold());
    }

    synchronized void release(Call call) {
        Hold hold = held.remove(call);
        if (hold != null) {
            hold.latch.countDown();
        }
    }

    /** Releases the held calls of a kind, while later calls of the kind are still held. */
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

    /** Returns how many files are open. */
    synchronized int opened() {
        return opened.size();
    }

    /** Returns how many calls were made, including failed ones. */
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
    public int spare() {
        return disk.spare();
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
