package dev.reel.nowhere;

/** A class in a package that belongs to no module, and is not null-marked. */
public final class Stray {
    private Stray() {}
}
