package dev.reel.server;

/** Records nothing. */
enum NoHttpRecorder implements HttpRecorder {
    NONE
}
