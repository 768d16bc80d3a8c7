package dev.reel.internal.engine;

/** An open replay or tail, as the parts of the engine see it that wake or count readers. */
interface Reader {

    /** Makes it look again at what is published. */
    void wake();

    /** Ends a tail after the events that are published now. */
    void dismiss();

    boolean isTail();

    /** How many published events or positions it has not passed yet, as far as that is known without reading. */
    long lag();
}
