package dev.reel.jsonl;

import dev.reel.SessionDamagedException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** A fork's file begins with the bytes of its parent's; what the ledger knows of these holds for the fork too. */
final class ForkFile {

    private ForkFile() {}

    /**
     * Makes a fork's file.
     *
     * @param count how many bytes of its parent's file it begins with; it has no others when this returns
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
            return; // it was damaged before; the fork's file is damaged as well, and whoever opens it finds that
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
     * Whether the lines that got positions are still those. Where they are not, the fork must not pass for right: what is
     * on record of it then is a checksum that does not hold.
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
