package dev.reel.jsonl;

import dev.reel.SessionDamagedException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * A fork's file begins with the bytes of its parent's file. The ledger's records of these bytes apply to the fork too.
 */
final class ForkFile {

    private ForkFile() {}

    /**
     * Creates a fork's file.
     *
     * @param count how many bytes of its parent's file it begins with; it has no others on return
     */
    static void begin(
            DirtyFiles files,
            Ledger ledger,
            EventBlocks blocks,
            Path root,
            String forkId,
            Path parent,
            Path own,
            long count,
            Instant at)
            throws IOException {
        files.copy(parent, own, count);
        List<Ledger.OfFile> parts = ledger.ofFile(FileNames.relative(root, parent));
        String file = FileNames.relative(root, own);
        if (parts.isEmpty() || !ledger.ofFile(file).isEmpty()) {
            return;
        }
        String named = parts.get(0).named();
        ForeignPart foreign;
        try {
            foreign = LogFile.scan(blocks, forkId, own, named, List.of(), -1)
                    .log()
                    .foreign();
        } catch (SessionDamagedException e) {
            return; // the parent was damaged, so the fork's file is damaged too, and its readers find that
        }
        List<Ledger.OfFile> its = new ArrayList<>();
        long before = 0;
        for (Ledger.OfFile part : parts) {
            ForeignPart.Block block = part.block();
            if (before < foreign.events()) {
                ForeignPart.Block taken = block.events() <= foreign.events()
                        ? block
                        : new ForeignPart.Block(
                                block.first(),
                                foreign.events(),
                                foreign.bytes(),
                                isRight(blocks, parent, parts) ? foreign.crc() : ~foreign.crc());
                its.add(new Ledger.OfFile(file, forkId, named, true, taken));
            }
            before = block.events();
        }
        ledger.positionsOf(its, at);
    }

    /**
     * Returns whether the lines that have positions are unchanged. If not, the fork must not pass as valid: it gets a
     * record with a checksum that does not match.
     */
    private static boolean isRight(EventBlocks blocks, Path parent, List<Ledger.OfFile> parts) throws IOException {
        Ledger.OfFile last = parts.get(parts.size() - 1);
        List<ForeignPart.Block> its = parts.stream().map(Ledger.OfFile::block).toList();
        try {
            LogFile.scan(blocks, last.session(), parent, last.named(), its, -1);
            return true;
        } catch (SessionDamagedException e) {
            return e.offset() >= last.block().bytes();
        }
    }
}
