/** The durable store: a directory of JSONL session files behind a journal. */
@SuppressWarnings({"module", "requires-automatic"})
module dev.reel.jsonl {
    requires transitive dev.reel;
    requires com.github.benmanes.caffeine;
    requires dev.reel.memory;
    requires java.management;
    requires jdk.management;

    exports dev.reel.jsonl;
}
