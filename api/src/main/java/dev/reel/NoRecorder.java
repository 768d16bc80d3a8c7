package dev.reel;

/** A recorder that records nothing. */
enum NoRecorder implements Recorder {
    NONE
}
