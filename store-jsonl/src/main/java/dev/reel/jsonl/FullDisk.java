package dev.reel.jsonl;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.TreeSet;

/**
 * Distinguishes a full disk from a failing one. Java exposes only the message of the system's error, in the language of
 * the process's locale. So the message for a full disk is determined once, by a write to {@code /dev/full}, a Linux
 * device that is always full. The messages for an exceeded quota and for a file size limit are known only in English.
 */
final class FullDisk {

    private static final Set<String> WORDS = words();

    private FullDisk() {}

    /**
     * Returns whether a failed call may succeed after space is freed. A failed flush never does, whatever its reason.
     */
    static boolean isReasonOf(IOException failure) {
        String message = String.valueOf(failure.getMessage());
        return !(failure instanceof FailedFlushException) && WORDS.stream().anyMatch(message::endsWith);
    }

    private static Set<String> words() {
        // The messages of Linux, macOS and Windows.
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
            // If the device does not exist, the message is a different one and begins with the device's name.
            if (message != null && !message.isBlank() && !message.startsWith("/dev/full")) {
                words.add(message);
            }
        }
        return Set.copyOf(words);
    }
}
