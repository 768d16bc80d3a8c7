/** The command {@code reel}. */
@SuppressWarnings({"module", "requires-automatic"})
module dev.reel.cli {
    requires dev.reel;
    requires dev.reel.jsonl;
    requires dev.reel.memory;
    requires info.picocli;

    opens dev.reel.cli to
            info.picocli;
}
