package dev.reel.internal.engine;

import dev.reel.Recorder;
import dev.reel.ReelException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Calls the user's recorder and never throws. The store calls it between the steps of a write, where an exception would
 * leave a counter, a session or the journal in an inconsistent state.
 */
final class GuardedRecorder implements Recorder {

    private final Recorder recorder;
    /**
     * Whether the recorder has thrown. It would probably throw at each write, so only the first exception is reported.
     */
    private final AtomicBoolean thrown = new AtomicBoolean();

    private GuardedRecorder(Recorder recorder) {
        this.recorder = recorder;
    }

    static Recorder of(Recorder recorder) {
        return recorder == Recorder.none() ? recorder : new GuardedRecorder(recorder);
    }

    private void threw(Throwable thrownNow) {
        if (!thrown.getAndSet(true)) {
            Failure.drop(thrownNow);
        }
    }

    @Override
    public void eventsAppended(int count, long bytes, long nanos) {
        try {
            recorder.eventsAppended(count, bytes, nanos);
        } catch (Throwable t) {
            threw(t);
        }
    }

    @Override
    public void writeRepeated() {
        try {
            recorder.writeRepeated();
        } catch (Throwable t) {
            threw(t);
        }
    }

    @Override
    public void writeConflicted() {
        try {
            recorder.writeConflicted();
        } catch (Throwable t) {
            threw(t);
        }
    }

    @Override
    public void writeFailed(ReelException.Category category) {
        try {
            recorder.writeFailed(category);
        } catch (Throwable t) {
            threw(t);
        }
    }

    @Override
    public void journalFlushed(long nanos, long bytes, int batches) {
        try {
            recorder.journalFlushed(nanos, bytes, batches);
        } catch (Throwable t) {
            threw(t);
        }
    }

    @Override
    public void tailOpened() {
        try {
            recorder.tailOpened();
        } catch (Throwable t) {
            threw(t);
        }
    }

    @Override
    public void tailEnded() {
        try {
            recorder.tailEnded();
        } catch (Throwable t) {
            threw(t);
        }
    }
}
