package dev.reel.jsonl;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.TreeSet;

/**
 * Tells a disk that has no room from one that is broken. All that Java has of the system's error is its message, which is
 * in the language of the process's locale. So the words for a full disk are asked for once: of {@code /dev/full}, a device
 * of Linux that has never any room. Those for a quota, and for a file that may not grow, are known in English.
 */
final class FullDisk {

    private static final Set<String> WORDS = words();

    private FullDisk() {}

    /** Whether a failed call may work when there is room. A failed flush is one, whatever its reason. */
    static boolean isReasonOf(IOException failure) {
        String message = String.valueOf(failure.getMessage());
        return !(failure instanceof FailedFlushException) && WORDS.stream().anyMatch(message::endsWith);
    }

    private static Set<String> words() {
        // What Linux, macOS and Windows say.
        Set<String> words = new TreeSet<>(Set.of(
                "No space left on device",
                "Disk quota exceeded",
                "Disc quota exceeded",
                "File too large",
                "There is not enough space on the disk"));
        try (FileChannel full = FileChannel.open(Path.of("/dev/full"), StandardOpenOption.WRITE)) {
            full.write(ByteBuffer.allocate(1));
        } catch (IOException e) {
            String message = e.getMessage();
            // Where there is no such device, the message is another one, and begins with its name.
            if (message != null && !message.isBlank() && !message.startsWith("/dev/full")) {
                words.add(message);
            }
        }
        return Set.copyOf(words);
    }
}
