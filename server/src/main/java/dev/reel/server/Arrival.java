package dev.reel.server;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Closes a connection on which no complete request head arrives in time. An idle timer is not enough: a client that
 * sends a byte now and then is never idle. Placed after the HTTP codec in the pipeline; used only by the channel's
 * event loop.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a promise reports failed writes; nothing waits for close()
final class Arrival extends ChannelDuplexHandler {

    private final long first;
    private final long next;
    /** Requests without a complete answer. While there is one, no deadline applies. */
    private int unanswered;

    private boolean late;
    private @Nullable ScheduledFuture<?> deadline;

    /**
     * Creates the handler for one connection.
     *
     * @param request how long a request head may take to arrive
     * @param idle how long the connection may stay without a request after an answer
     */
    Arrival(Duration request, Duration idle) {
        this.first = request.toNanos();
        this.next = request.plus(idle).toNanos();
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        if (context.channel().isActive()) {
            arm(context, first);
        }
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        arm(context, first);
        context.fireChannelActive();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (late) {
            // The codec emits the incomplete request as a failed one; the connection is closing, so it is dropped.
            ReferenceCountUtil.release(message);
            return;
        }
        if (message instanceof HttpRequest) {
            unanswered++;
            disarm();
        }
        context.fireChannelRead(message);
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        boolean continues = message instanceof HttpResponse response
                && response.status().codeClass() == HttpStatusClass.INFORMATIONAL;
        if (message instanceof LastHttpContent && !continues && --unanswered == 0) {
            arm(context, next);
        }
        context.write(message, promise);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        disarm();
        context.fireChannelInactive();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        disarm();
    }

    private void arm(ChannelHandlerContext context, long nanos) {
        disarm();
        deadline = context.executor().schedule(() -> close(context), nanos, TimeUnit.NANOSECONDS);
    }

    private void close(ChannelHandlerContext context) {
        late = true;
        context.close();
    }

    private void disarm() {
        ScheduledFuture<?> armed = deadline;
        if (armed != null) {
            armed.cancel(false);
            deadline = null;
        }
    }
}
