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
 * Closes a connection on which no whole request head arrives in time. A timer for silence does not do that: a client that sends
 * a byte now and then is never silent. Stands behind the codec; used by the channel's event loop only.
 */
@SuppressWarnings("FutureReturnValueIgnored") // the promise tells; and whoever closes waits for nothing
final class Arrival extends ChannelDuplexHandler {

    private final long first;
    private final long next;
    /** Requests that have no whole answer yet: while there is one, the connection may take its time. */
    private int unanswered;

    private boolean late;
    private @Nullable ScheduledFuture<?> deadline;

    /**
     * For one connection.
     *
     * @param request how long a request may take to arrive
     * @param idle how long the connection may have none, between two
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
            // The codec gives what it has as a failed request; nobody has use for that any more.
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
