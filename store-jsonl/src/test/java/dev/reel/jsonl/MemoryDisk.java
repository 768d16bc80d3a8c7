package dev.reel.jsonl;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A file system in memory that simulates what a power cut may lose.
 *
 * <p>It records every operation that changes something. Its contents are a durable state, plus the later operations,
 * applied to it in order. After a crash its contents are the same durable state with fewer operations applied: all
 * those that a flush made durable, and any subset of the others. A write may be applied in part: each sector of it
 * independently, or each of a few pieces that are cut at any byte. Because pieces are applied independently, this also
 * covers writes that the system reordered.
 *
 * <ul>
 *   <li>Bytes and size of a file become durable when the file is flushed after the change.
 *   <li>A name (created, removed, renamed) becomes durable when its directory is flushed after the change; a rename
 *       from one directory to another when both are flushed. Flushing a file does not make its name durable. A rename
 *       is applied completely or not at all.
 *   <li>If a flush fails, the bytes that waited for it never become durable, even if later flushes succeed: Linux drops
 *       them and does not report it again. Writing them again is safe.
 * </ul>
 *
 * This is stricter than any real file system, but permitted behavior.
 */
final class MemoryDisk implements Disk {

    private static final int SECTOR = 512;

    private final Tree beginning;
    private final List<Change> record;
    private final Tree now;
    private final boolean ignoresCase;

    MemoryDisk() {
        this(false);
    }

    private MemoryDisk(boolean ignoresCase) {
        this(new Tree(), List.of(), ignoresCase);
    }

    private MemoryDisk(Tree beginning, List<Change> record, boolean ignoresCase) {
        this.beginning = beginning;
        this.record = new ArrayList<>(record);
        this.ignoresCase = ignoresCase;
        this.now = beginning.copy();
        record.forEach(now::apply);
    }

    /** A disk that treats names that differ only in case as the same. */
    static MemoryDisk ignoringCase() {
        return new MemoryDisk(true);
    }

    // ---- what tests ask for

    /** How many changes were made so far. */
    synchronized int operations() {
        return record.size();
    }

    /** The changes, for the message of a failed test. */
    synchronized List<String> record() {
        return record.stream().map(Change::toString).toList();
    }

    /** The same contents, all durable, with an empty record. */
    synchronized MemoryDisk copy() {
        return new MemoryDisk(now.copy(), List.of(), ignoresCase);
    }

    /**
     * The contents if the process is killed after a number of operations: all of them are applied, and unflushed bytes
     * are still unflushed.
     */
    synchronized MemoryDisk killAt(int operations) {
        return new MemoryDisk(beginning, record.subList(0, operations), ignoresCase);
    }

    /** Like {@link #killAt(int)}, if the next operation was a write that was killed halfway. */
    synchronized MemoryDisk killAt(int operations, Random random) {
        MemoryDisk killed = killAt(operations);
        if (operations < record.size()
                && record.get(operations) instanceof Change.Write write
                && write.bytes.length > 0) {
            byte[] part = Arrays.copyOf(write.bytes, random.nextInt(write.bytes.length));
            killed.make(new Change.Write(write.node, write.offset, part));
        }
        return killed;
    }

    /** The contents if the power fails after a number of operations, and everything unflushed is lost. */
    MemoryDisk crashAt(int operations) {
        return crash(operations, null);
    }

    /** Possible contents if the power fails after a number of operations. */
    MemoryDisk crashAt(int operations, Random random) {
        return crash(operations, random);
    }

    /** Possible contents after a power cut now. */
    synchronized MemoryDisk crash(Random random) {
        return crash(operations(), random);
    }

    private synchronized MemoryDisk crash(int operations, @Nullable Random random) {
        List<Change> made = record.subList(0, operations);
        BitSet certain = certainOf(made);
        Tree left = beginning.copy();
        Losses losses = random == null ? null : new Losses(random);
        for (int i = 0; i < operations; i++) {
            Change change = made.get(i);
            if (certain.get(i)) {
                left.apply(change);
            } else if (losses != null) {
                losses.leftOf(change, left).forEach(left::apply);
            }
        }
        left.clock = now.clock;
        return new MemoryDisk(left.copy(), List.of(), ignoresCase);
    }

    /** All files, by path. */
    synchronized List<Path> files() {
        List<Path> files = new ArrayList<>();
        collect(Path.of("/"), now.root(), files);
        return files;
    }

    private void collect(Path path, Node directory, List<Path> into) {
        for (Name name : directory.names.values()) {
            Node node = now.node(name.node);
            Path there = path.resolve(name.text);
            if (node.directory) {
                collect(there, node, into);
            } else {
                into.add(there);
            }
        }
    }

    /** The total size of all files in bytes. */
    synchronized long used() {
        return used(now.root());
    }

    private long used(Node node) {
        return node.size
                + node.names.values().stream()
                        .mapToLong(name -> used(now.node(name.node)))
                        .sum();
    }

    /** The contents of a file. */
    synchronized byte[] bytes(Path file) throws IOException {
        Node node = find(file);
        if (node == null || node.directory) {
            throw new NoSuchFileException(file.toString());
        }
        return node.content();
    }

    /** Sets the contents of a file in its directory, all durable. */
    synchronized void put(Path file, byte[] content) throws IOException {
        Path parent = absolute(file).getParent();
        createDirectories(parent);
        try (File opened = open(file, Mode.CREATE)) {
            opened.truncate(0);
            opened.writeFully(ByteBuffer.wrap(content), 0);
            opened.sync();
        }
        syncDirectory(parent);
    }

    // ---- the disk

    @Override
    public int reserve() {
        return 4 << 10;
    }

    @Override
    public int spare() {
        return 700;
    }

    @Override
    public synchronized File open(Path file, Mode mode) throws IOException {
        Node node = find(file);
        if (node == null) {
            if (mode != Mode.CREATE) {
                throw new NoSuchFileException(file.toString());
            }
            Node parent = parentOf(file);
            int made = now.nextNode;
            make(new Change.Create(made, false));
            make(new Change.Link(parent.number, key(file), nameOf(file), made));
            node = now.node(made);
        }
        if (node.directory) {
            throw new FileSystemException(file.toString(), null, "not a regular file");
        }
        return new MemoryFile(node.number, mode != Mode.READ);
    }

    @Override
    public synchronized @Nullable Entry look(Path path) throws IOException {
        Node node = find(path);
        return node == null ? null : entry(path, node);
    }

    @Override
    public synchronized @Nullable Object identity(Path path) throws IOException {
        Node node = find(path);
        return node == null ? null : node.number;
    }

    private static Entry entry(Path path, Node node) {
        return new Entry(path, node.directory, !node.directory, node.size, node.modified);
    }

    @Override
    public synchronized List<Entry> list(Path directory) throws IOException {
        Node node = find(directory);
        if (node == null) {
            return List.of();
        }
        if (!node.directory) {
            throw new FileSystemException(directory.toString(), null, "Not a directory");
        }
        List<Entry> entries = new ArrayList<>();
        for (Name name : node.names.values()) {
            entries.add(entry(directory.resolve(name.text), now.node(name.node)));
        }
        return entries;
    }

    @Override
    public synchronized void createDirectories(Path directory) throws IOException {
        Path parent = absolute(directory).getParent();
        if (parent == null) {
            return;
        }
        createDirectories(parent);
        Node node = find(directory);
        if (node == null) {
            int made = now.nextNode;
            make(new Change.Create(made, true));
            make(new Change.Link(parentOf(directory).number, key(directory), nameOf(directory), made));
        } else if (!node.directory) {
            throw new FileSystemException(directory.toString(), null, "not a directory");
        }
        syncDirectory(parent);
    }

    @Override
    public synchronized void delete(Path file) throws IOException {
        Node node = find(file);
        if (node == null) {
            return;
        }
        if (node.directory && !node.names.isEmpty()) {
            throw new DirectoryNotEmptyException(file.toString());
        }
        make(new Change.Unlink(parentOf(file).number, key(file)));
    }

    @Override
    public synchronized void move(Path from, Path to) throws IOException {
        Node node = find(from);
        if (node == null) {
            throw new NoSuchFileException(from.toString());
        }
        Node target = find(to);
        if (target != null && target.directory) {
            throw new FileSystemException(to.toString(), null, "a directory is there");
        }
        if (target != node) {
            make(new Change.Rename(
                    parentOf(from).number, key(from), parentOf(to).number, key(to), nameOf(to), node.number));
        }
    }

    @Override
    public synchronized void syncDirectory(Path directory) throws IOException {
        Node node = find(directory);
        if (node == null || !node.directory) {
            throw new NoSuchFileException(directory.toString());
        }
        make(new Change.Sync(node.number));
    }

    private void make(Change change) {
        now.apply(change);
        record.add(change);
    }

    private @Nullable Node find(Path path) throws IOException {
        Node node = now.root();
        for (Path name : absolute(path)) {
            if (!node.directory) {
                throw new FileSystemException(path.toString(), null, "Not a directory");
            }
            Name found = node.names.get(key(name));
            if (found == null) {
                return null;
            }
            node = now.node(found.node);
        }
        return node;
    }

    private Node parentOf(Path path) throws IOException {
        Path parent = absolute(path).getParent();
        Node node = parent == null ? null : find(parent);
        if (node == null || !node.directory) {
            throw new NoSuchFileException(path.toString());
        }
        return node;
    }

    private static Path absolute(Path path) {
        return path.toAbsolutePath().normalize();
    }

    private String key(Path path) {
        String name = nameOf(path);
        return ignoresCase ? name.toUpperCase(Locale.ROOT).toLowerCase(Locale.ROOT) : name;
    }

    private static String nameOf(Path path) {
        return path.getFileName().toString();
    }

    final class MemoryFile implements File {

        private final int number;
        private final boolean writes;
        private boolean closed;

        MemoryFile(int number, boolean writes) {
            this.number = number;
            this.writes = writes;
        }

        @Override
        public int read(ByteBuffer into, long position) throws IOException {
            synchronized (MemoryDisk.this) {
                Node node = node();
                if (position >= node.size) {
                    return -1;
                }
                int read = (int) Math.min(into.remaining(), node.size - position);
                into.put(node.bytes, (int) position, read);
                return read;
            }
        }

        @Override
        public int write(ByteBuffer from, long position) throws IOException {
            synchronized (MemoryDisk.this) {
                checkWrites();
                byte[] bytes = new byte[from.remaining()];
                from.get(bytes);
                if (bytes.length > 0) {
                    make(new Change.Write(number, Math.toIntExact(position), bytes));
                }
                return bytes.length;
            }
        }

        @Override
        public long size() throws IOException {
            synchronized (MemoryDisk.this) {
                return node().size;
            }
        }

        @Override
        public void truncate(long size) throws IOException {
            synchronized (MemoryDisk.this) {
                checkWrites();
                if (size < node().size) {
                    make(new Change.Truncate(number, Math.toIntExact(size)));
                }
            }
        }

        @Override
        public void sync() throws IOException {
            synchronized (MemoryDisk.this) {
                node();
                make(new Change.Sync(number));
            }
        }

        /** A failed flush, which lost what waited for it. */
        void failSync() throws IOException {
            synchronized (MemoryDisk.this) {
                node();
                make(new Change.FailedSync(number));
            }
        }

        @Override
        public void close() {
            synchronized (MemoryDisk.this) {
                closed = true;
            }
        }

        private void checkWrites() throws IOException {
            node();
            if (!writes) {
                throw new NonWritableChannelException();
            }
        }

        private Node node() throws IOException {
            if (closed) {
                throw new ClosedChannelException();
            }
            return now.node(number);
        }
    }

    // ---- what is there

    /** A file or a directory, whatever names refer to it. */
    private static final class Node {

        private final int number;
        private final boolean directory;
        private final TreeMap<String, Name> names = new TreeMap<>();
        private byte[] bytes = new byte[0];
        private int size;
        private long modified;

        Node(int number, boolean directory) {
            this.number = number;
            this.directory = directory;
        }

        Node copy() {
            Node copy = new Node(number, directory);
            copy.names.putAll(names);
            copy.bytes = content();
            copy.size = size;
            copy.modified = modified;
            return copy;
        }

        byte[] content() {
            return Arrays.copyOf(bytes, size);
        }

        void setSize(int newSize) {
            if (newSize > bytes.length) {
                bytes = Arrays.copyOf(bytes, Math.max(newSize, 2 * bytes.length));
            }
            if (newSize < size) {
                Arrays.fill(bytes, newSize, size, (byte) 0);
            }
            size = newSize;
        }
    }

    private record Name(String text, int node) {}

    private static final class Tree {

        private static final int ROOT = 0;

        private final Map<Integer, Node> nodes = new HashMap<>();
        private int nextNode = ROOT + 1;
        private long clock;

        Tree() {
            nodes.put(ROOT, new Node(ROOT, true));
        }

        Node root() {
            return node(ROOT);
        }

        Node node(int number) {
            return nodes.get(number);
        }

        /** The contents of a node. */
        Tree copy() {
            Tree copy = new Tree();
            copy.nextNode = nextNode;
            copy.clock = clock;
            copyTo(copy, root());
            return copy;
        }

        private void copyTo(Tree copy, Node node) {
            copy.nodes.put(node.number, node.copy());
            node.names.values().forEach(it -> copyTo(copy, node(it.node)));
        }

        void apply(Change change) {
            clock++;
            if (change instanceof Change.Create create) {
                nodes.put(create.node, new Node(create.node, create.directory));
                nextNode = Math.max(nextNode, create.node + 1);
            } else if (change instanceof Change.Link link) {
                node(link.directory).names.put(link.key, new Name(link.name, link.node));
            } else if (change instanceof Change.Unlink unlink) {
                node(unlink.directory).names.remove(unlink.key);
            } else if (change instanceof Change.Rename rename) {
                node(rename.from).names.remove(rename.fromKey);
                node(rename.to).names.put(rename.toKey, new Name(rename.name, rename.node));
            } else if (change instanceof Change.Write write) {
                Node node = node(write.node);
                node.setSize(Math.max(node.size, write.offset + write.bytes.length));
                System.arraycopy(write.bytes, 0, node.bytes, write.offset, write.bytes.length);
                node.modified = clock;
            } else if (change instanceof Change.Truncate truncate) {
                Node node = node(truncate.node);
                node.setSize(truncate.size);
                node.modified = clock;
            }
        }
    }

    // ---- what was done

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private sealed interface Change {

        /** A node without a name, which no caller can see. */
        record Create(int node, boolean directory) implements Change {}

        record Link(int directory, String key, String name, int node) implements Change {}

        record Unlink(int directory, String key) implements Change {}

        record Rename(int from, String fromKey, int to, String toKey, String name, int node) implements Change {}

        record Write(int node, int offset, byte[] bytes) implements Change {
            @Override
            public String toString() {
                return "Write[node=" + node + ", offset=" + offset + ", length=" + bytes.length + "]";
            }
        }

        record Truncate(int node, int size) implements Change {}

        record Sync(int node) implements Change {}

        record FailedSync(int node) implements Change {}

        /** The nodes that have to be flushed to make the operation durable. */
        default Set<Integer> waitsFor() {
            if (this instanceof Link it) {
                return Set.of(it.directory);
            } else if (this instanceof Unlink it) {
                return Set.of(it.directory);
            } else if (this instanceof Rename it) {
                return it.from == it.to ? Set.of(it.from) : Set.of(it.from, it.to);
            } else if (this instanceof Write it) {
                return Set.of(it.node);
            } else if (this instanceof Truncate it) {
                return Set.of(it.node);
            }
            return Set.of();
        }
    }

    private static BitSet certainOf(List<Change> made) {
        BitSet certain = new BitSet();
        Map<Integer, Set<Integer>> waiting = new HashMap<>();
        for (int i = 0; i < made.size(); i++) {
            Change change = made.get(i);
            Set<Integer> waitsFor = change.waitsFor();
            if (change instanceof Change.Sync sync) {
                waiting.entrySet().removeIf(it -> {
                    if (it.getValue().remove(sync.node) && it.getValue().isEmpty()) {
                        certain.set(it.getKey());
                        return true;
                    }
                    return false;
                });
            } else if (change instanceof Change.FailedSync failed) {
                waiting.values().removeIf(it -> it.contains(failed.node));
            } else if (waitsFor.isEmpty()) {
                certain.set(i);
            } else {
                waiting.put(i, new HashSet<>(waitsFor));
            }
        }
        return certain;
    }

    /** Chooses what one power cut loses: in some nearly all, in some nearly nothing, in small pieces or not. */
    private static final class Losses {

        private enum Tearing {
            NONE,
            SECTORS,
            ANYWHERE
        }

        private final Random random;
        private final double kept;
        private final Tearing tearing;

        Losses(Random random) {
            this.random = random;
            this.kept = List.of(0.0, 0.1, 0.5, 0.9, 1.0).get(random.nextInt(5));
            this.tearing = List.copyOf(EnumSet.allOf(Tearing.class)).get(random.nextInt(3));
        }

        List<Change> leftOf(Change change, Tree tree) {
            if (!(change instanceof Change.Write write)) {
                return isKept() ? List.of(change) : List.of();
            }
            List<Change> left = new ArrayList<>();
            int from = 0;
            while (from < write.bytes.length) {
                int to = endOfPiece(write, from);
                if (isKept()) {
                    left.add(new Change.Write(
                            write.node, write.offset + from, Arrays.copyOfRange(write.bytes, from, to)));
                }
                from = to;
            }
            int end = write.offset + write.bytes.length;
            if (end > tree.node(write.node).size && random.nextInt(4) == 0) {
                // the new size became durable, and the bytes did not
                left.add(0, new Change.Truncate(write.node, end));
            }
            return left;
        }

        private int endOfPiece(Change.Write write, int from) {
            int length = write.bytes.length;
            return switch (tearing) {
                case NONE -> length;
                case SECTORS -> Math.min(length, from + SECTOR - (write.offset + from) % SECTOR);
                case ANYWHERE -> from + 1 + random.nextInt(length - from);
            };
        }

        private boolean isKept() {
            return random.nextDouble() < kept;
        }
    }
}
