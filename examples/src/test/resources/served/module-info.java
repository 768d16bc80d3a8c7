module served {
    requires dev.reel.client;
    requires dev.reel.memory;
    requires dev.reel.server;
}
