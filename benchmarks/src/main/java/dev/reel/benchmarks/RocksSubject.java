package dev.reel.benchmarks;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/** RocksDB with a log that is flushed at each write; one batch a group. */
final class RocksSubject extends GroupCommit {

    private final Options options = new Options().setCreateIfMissing(true);
    private final WriteOptions write = new WriteOptions().setSync(true);
    private final RocksDB db;
    /** Of each session the key of its next event: id, version. */
    private final byte[][] keys;

    private final long[] versions;
    private final byte[] line;

    RocksSubject(Path directory, int sessions, int dataBytes) throws RocksDBException {
        RocksDB.loadLibrary();
        this.db = RocksDB.open(options, directory.toString());
        String[] ids = Events.sessionIds(sessions);
        this.keys = new byte[sessions][];
        for (int i = 0; i < sessions; i++) {
            byte[] id = ids[i].getBytes(StandardCharsets.US_ASCII);
            keys[i] = Arrays.copyOf(id, id.length + Long.BYTES);
        }
        this.versions = new long[sessions];
        this.line = ReelSubject.line(dataBytes);
        start();
    }

    @Override
    void commit(int[] group) throws RocksDBException {
        try (WriteBatch batch = new WriteBatch()) {
            for (int session : group) {
                byte[] key = keys[session];
                ByteBuffer.wrap(key).putLong(key.length - Long.BYTES, ++versions[session]);
                batch.put(key, line);
            }
            db.write(write, batch);
        }
    }

    @Override
    void release() {
        db.close();
        write.close();
        options.close();
    }
}
