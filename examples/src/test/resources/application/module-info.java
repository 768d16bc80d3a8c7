module application {
    requires dev.reel.jsonl;
    requires dev.reel.memory;
}
