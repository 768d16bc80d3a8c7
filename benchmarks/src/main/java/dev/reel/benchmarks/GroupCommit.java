package dev.reel.benchmarks;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * Group commit: one thread takes all that waits and makes it durable in one go, and meanwhile the next group gathers. The
 * same thread answers, which costs it least: the next append is put into the queue, and no other thread is woken.
 */
abstract class GroupCommit implements Subject {

    /** As many as the largest load has. */
    private static final int LARGEST_GROUP = 100_000;

    private record Request(int session, Answer answer) {}

    private final LinkedBlockingQueue<Request> queue = new LinkedBlockingQueue<>();
    private final Thread thread = new Thread(this::run, "group-commit");
    private volatile boolean closing;

    final void start() {
        thread.setDaemon(true);
        thread.start();
    }

    /** Makes one event more durable in each of these sessions; one session may be there once only. */
    abstract void commit(int[] group) throws Exception;

    /** Lets go of everything; nothing is written any more. */
    abstract void release() throws Exception;

    @Override
    public final void append(int session, Answer answer) {
        queue.add(new Request(session, answer));
    }

    private void run() {
        List<Request> group = new ArrayList<>();
        while (!closing) {
            try {
                group.add(queue.take());
                queue.drainTo(group, LARGEST_GROUP);
                commit(group.stream().mapToInt(Request::session).toArray());
                group.forEach(request -> request.answer.durable());
            } catch (InterruptedException e) {
                return;
            } catch (Exception e) {
                group.forEach(request -> request.answer.failed(e));
            }
            group.clear();
        }
    }

    @Override
    public final void close() throws IOException {
        closing = true;
        thread.interrupt();
        try {
            thread.join();
            release();
        } catch (IOException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException(e);
        }
    }
}
