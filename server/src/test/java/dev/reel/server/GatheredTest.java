package dev.reel.server;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;

/** How a stream shares the thread of its connection with other connections. */
class GatheredTest {

    /** A loop that takes the tasks of a second before it looks at its sockets emits more pieces than that in between. */
    private static final int FEW = 100;

    @Test
    @DisplayName("a stream that always has a next piece does not hold up other connections of its thread")
    void sharesItsThread() throws Exception {
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        CountDownLatch accepted = new CountDownLatch(1);
        Channel server = new ServerBootstrap()
                .group(group)
                .channel(NioServerSocketChannel.class)
                .childHandler(new ChannelInitializer<NioSocketChannel>() {
                    @Override
                    protected void initChannel(NioSocketChannel channel) {
                        accepted.countDown();
                    }
                })
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .sync()
                .channel();
        InetSocketAddress address = (InetSocketAddress) server.localAddress();
        List<Socket> clients = new CopyOnWriteArrayList<>();
        AtomicInteger piecesSince = new AtomicInteger();
        Disposable stream = new Gathered<>(
                        Flux.<Integer>generate(sink -> sink.next(1)),
                        items -> new byte[1],
                        server.eventLoop(),
                        new byte[0],
                        Duration.ofMinutes(1))
                .subscribe(piece -> {
                    // On the loop's thread, so that exactly the pieces after the connection are counted.
                    if (clients.isEmpty()) {
                        clients.add(connect(address));
                    } else if (accepted.getCount() > 0) {
                        piecesSince.incrementAndGet();
                    }
                });
        try {
            assertTrue(accepted.await(60, TimeUnit.SECONDS));
            assertTrue(piecesSince.get() < FEW, () -> piecesSince + " pieces before the other connection was accepted");
        } finally {
            stream.dispose();
            for (Socket client : clients) {
                client.close();
            }
            server.close().sync();
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        }
    }

    private static Socket connect(InetSocketAddress address) {
        try {
            return new Socket(address.getAddress(), address.getPort());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
