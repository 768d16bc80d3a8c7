package dev.reel.nowhere;

/** A class in a package of no module, which is not null-marked either. */
public final class Stray {
    private Stray() {}
}
