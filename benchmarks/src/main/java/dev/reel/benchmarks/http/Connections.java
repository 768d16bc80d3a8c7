package dev.reel.benchmarks.http;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Clients that do as little as they can, on one thread: each has one connection, sends a request, counts the marks in the answer,
 * and, where that ends, sends the next.
 */
final class Connections implements AutoCloseable {

    private static final long ACCEPT_MILLIS = 300;

    private final EventLoopGroup thread = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final List<Reader> readers = new ArrayList<>();
    private final List<Channel> channels = new ArrayList<>();
    private final CountDownLatch answered;
    private final LongAdder answers = new LongAdder();
    private final AtomicReference<@Nullable String> failure = new AtomicReference<>();

    private Connections(int count) {
        answered = new CountDownLatch(count);
    }

    /**
     * Opens connections, then sends the first request over each, and returns when all have begun to be answered. A server
     * whose threads send at full speed accepts only a few connections a second.
     *
     * @param requests makes the request of a connection, by its number
     */
    static Connections open(int port, int count, IntFunction<FullHttpRequest> requests) throws InterruptedException {
        Connections connections = new Connections(count);
        for (int i = 0; i < count; i++) {
            Reader reader = connections.new Reader(i, requests);
            connections.readers.add(reader);
            connections.channels.add(new Bootstrap()
                    .group(connections.thread)
                    .channel(NioSocketChannel.class)
                    .handler(new ChannelInitializer<NioSocketChannel>() {
                        @Override
                        protected void initChannel(NioSocketChannel channel) {
                            channel.pipeline().addLast(new HttpClientCodec(), reader);
                        }
                    })
                    .connect("127.0.0.1", port)
                    .sync()
                    .channel());
        }
        Thread.sleep(ACCEPT_MILLIS);
        for (int i = 0; i < count; i++) {
            connections.channels.get(i).writeAndFlush(requests.apply(i)).sync();
        }
        if (!connections.answered.await(120, TimeUnit.SECONDS)) {
            throw new IllegalStateException(connections.answered.getCount() + " connections had no answer");
        }
        return connections;
    }

    static FullHttpRequest get(String path) {
        FullHttpRequest request = new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, path);
        request.headers().set(HttpHeaderNames.HOST, "127.0.0.1").set(HttpHeaderNames.ACCEPT, "text/event-stream");
        return request;
    }

    static FullHttpRequest post(String path, byte[] body) {
        FullHttpRequest request =
                new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.POST, path, Unpooled.wrappedBuffer(body));
        request.headers()
                .set(HttpHeaderNames.HOST, "127.0.0.1")
                .set(HttpHeaderNames.CONTENT_TYPE, HttpHeaderValues.APPLICATION_JSON)
                .set(HttpHeaderNames.CONTENT_LENGTH, body.length);
        return request;
    }

    /** Answers that came to their end. */
    long answers() {
        check();
        return answers.sum();
    }

    /** Marks of all connections. */
    long marks() {
        check();
        long sum = 0;
        for (Reader reader : readers) {
            sum += reader.marks;
        }
        return sum;
    }

    /** Marks of the connection that has the fewest. */
    long fewestMarks() {
        check();
        long fewest = Long.MAX_VALUE;
        for (Reader reader : readers) {
            fewest = Math.min(fewest, reader.marks);
        }
        return fewest;
    }

    private void check() {
        String why = failure.get();
        if (why != null) {
            throw new IllegalStateException(why);
        }
    }

    @Override
    public void close() {
        for (Channel channel : channels) {
            channel.close().syncUninterruptibly();
        }
        thread.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    @SuppressWarnings("FutureReturnValueIgnored") // nothing waits for a write or for close()
    private final class Reader extends SimpleChannelInboundHandler<HttpObject> {

        private final int number;
        private final IntFunction<FullHttpRequest> requests;
        private boolean isFirst = true;

        /** Written by the one thread only. */
        private volatile long marks;

        Reader(int number, IntFunction<FullHttpRequest> requests) {
            this.number = number;
            this.requests = requests;
        }

        @SuppressWarnings("NonAtomicVolatileUpdate") // one event loop counts
        @Override
        protected void channelRead0(ChannelHandlerContext context, HttpObject part) {
            if (part instanceof HttpResponse response) {
                if (response.status().code() != 200) {
                    failure.set("answered " + response.status());
                }
                if (isFirst) {
                    isFirst = false;
                    answered.countDown();
                }
            }
            if (part instanceof HttpContent content) {
                marks += marksIn(content.content());
            }
            if (part instanceof LastHttpContent) {
                answers.increment();
                context.writeAndFlush(requests.apply(number));
            }
        }

        private static int marksIn(ByteBuf bytes) {
            int count = 0;
            int at = bytes.readerIndex();
            int end = bytes.writerIndex();
            while (true) {
                at = bytes.indexOf(at, end, (byte) Answering.MARK);
                if (at < 0) {
                    return count;
                }
                count++;
                at++;
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable error) {
            failure.set("a connection failed: " + error);
            context.close();
        }
    }
}
