package dev.reel.benchmarks;

/** What is written. */
final class Events {

    private Events() {}

    static String[] sessionIds(int count) {
        String[] ids = new String[count];
        for (int i = 0; i < count; i++) {
            ids[i] = "session-" + i;
        }
        return ids;
    }

    static String text(int bytes) {
        return "a line of a conversation, ".repeat(bytes / 26 + 1).substring(0, bytes);
    }
}
