package dev.reel.benchmarks.http;

import java.io.PrintStream;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongSupplier;

/**
 * Measures how many events a second Reel's server sends, and how many appends a second it answers, beside a bare Reactor Netty
 * server that sends the same bytes and keeps nothing.
 *
 * <pre>
 * ./mvnw -Pbenchmarks -pl benchmarks -am package -DskipTests
 * java -cp benchmarks/target/reel-benchmarks-0.1.0-SNAPSHOT.jar dev.reel.benchmarks.http.HttpBenchmark [name=value ...]
 *
 *   load=follow,replay,append      which loads
 *   clients=1,100,1000             of follow and replay
 *   connections=1,16,64            of append
 *   seconds=5                      of each measurement, after one second to warm up
 *   repetitions=3                  after one that is not counted, in which the JVM compiles; medians are told
 *   directory=DIR                  on a real disk, for the JSONL store; without it, a new one among the system's temporary files
 * </pre>
 *
 * <p><b>follow</b>: clients follow one session of a memory store, and events are added one at a time, as long as the slowest
 * client has all but the last 256. The bare server flushes each event. <b>replay</b>: each client reads a log of 20,000 events from
 * its beginning to its end, over and over. The bare server flushes as Reactor Netty does. <b>append</b>: each connection posts one
 * event with 100 bytes of text to a session of its own, and the answer begins the next. The bare server answers with what came.
 *
 * <p>Servers take turns within a repetition. Clients are in the same process, on one thread. Compare figures of one run only.
 */
public final class HttpBenchmark {

    private static final int AHEAD = 256;
    private static final int REPLAYED = 20_000;
    private static final long WARM_UP_MILLIS = 1_000;
    private static final String BARE = "bare";
    private static final Map<String, String> STANDARD = Map.of(
            "load", "follow,replay,append",
            "clients", "1,100,1000",
            "connections", "1,16,64",
            "seconds", "5",
            "repetitions", "3",
            "directory", "");

    private final PrintStream out;
    private final Map<String, String> options;

    private HttpBenchmark(PrintStream out, Map<String, String> options) {
        this.out = out;
        this.options = options;
    }

    /**
     * Measures, and prints.
     *
     * @param arguments as the class says
     * @throws Exception if something can't be measured
     */
    public static void main(String[] arguments) throws Exception {
        Map<String, String> options = new HashMap<>(STANDARD);
        for (String argument : arguments) {
            int equals = argument.indexOf('=');
            if (equals < 0 || options.put(argument.substring(0, equals), argument.substring(equals + 1)) == null) {
                throw new IllegalArgumentException(argument + " is none of " + STANDARD);
            }
        }
        new HttpBenchmark(new PrintStream(System.out, true, Charset.defaultCharset()), options).run();
        // Reactor Netty's threads are daemons; the JVM's exit is not kept waiting for anything else.
        System.exit(0);
    }

    private void run() throws Exception {
        List<String> loads = list("load");
        if (loads.contains("follow")) {
            measure("events sent a second, live", "clients", List.of("reel-memory", BARE), HttpBenchmark::follow);
        }
        if (loads.contains("replay")) {
            measure("events sent a second, replay", "clients", List.of("reel-memory", BARE), HttpBenchmark::replay);
        }
        if (loads.contains("append")) {
            measure(
                    "posts answered a second",
                    "connections",
                    List.of("reel-memory", "reel-jsonl", BARE),
                    HttpBenchmark::append);
        }
    }

    /** One load on one server. */
    private interface Load {

        double perSecond(Answering server, int count, long millis) throws Exception;
    }

    private void measure(String what, String counts, List<String> servers, Load load) throws Exception {
        int repetitions = Integer.parseInt(option("repetitions"));
        long millis = Long.parseLong(option("seconds")) * 1_000;
        Map<Integer, Map<String, double[]>> all = new LinkedHashMap<>();
        for (int repetition = -1; repetition < repetitions; repetition++) {
            for (String count : list(counts)) {
                for (String name : servers) {
                    double rate = once(name, Integer.parseInt(count), millis, load);
                    if (repetition < 0) {
                        continue;
                    }
                    all.computeIfAbsent(Integer.valueOf(count), key -> new LinkedHashMap<>())
                            .computeIfAbsent(name, key -> new double[repetitions])[repetition] = rate;
                    print("%s, repetition %d, %s %s, %s: %,.0f", what, repetition + 1, count, counts, name, rate);
                }
            }
        }
        print("%n%s, medians of %d (least to most)", what, repetitions);
        print("| %s | server | a second | least | most | of bare |", counts);
        print("| --- | --- | --- | --- | --- | --- |");
        all.forEach((count, rates) -> rates.forEach((name, values) -> {
            double[] sorted = sorted(values);
            print(
                    "| %d | %s | %,.0f | %,.0f | %,.0f | %.2f |",
                    count,
                    name,
                    median(values),
                    sorted[0],
                    sorted[sorted.length - 1],
                    median(values) / median(Objects.requireNonNull(rates.get(BARE))));
        }));
        print("");
    }

    private double once(String name, int count, long millis, Load load) throws Exception {
        String given = option("directory");
        Path directory = given.isEmpty()
                ? Files.createTempDirectory("reel-benchmark")
                : Files.createTempDirectory(Files.createDirectories(Path.of(given)), "reel-benchmark");
        try (Answering server = Answering.start(name, directory)) {
            return load.perSecond(server, count, millis);
        } finally {
            try (var files = Files.walk(directory)) {
                for (Path path : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        }
    }

    private static double follow(Answering server, int clients, long millis) throws Exception {
        server.add(1);
        try (Connections all = Connections.open(server.port(), clients, i -> Connections.get(server.followed()))) {
            // The answer's head may come before the server has subscribed.
            while (all.fewestMarks() == 0) {
                server.add(1);
                Thread.sleep(50);
            }
            long first = all.fewestMarks();
            long added = 0;
            long begin = System.nanoTime() + WARM_UP_MILLIS * 1_000_000;
            long end = begin + millis * 1_000_000;
            long before = -1;
            long began = 0;
            for (long now = System.nanoTime(); now - end < 0; now = System.nanoTime()) {
                if (before < 0 && now - begin >= 0) {
                    before = all.marks();
                    began = now;
                }
                if (added - (all.fewestMarks() - first) < AHEAD) {
                    server.add(1);
                    added++;
                } else {
                    Thread.sleep(0, 100_000);
                }
            }
            return (all.marks() - before) / ((System.nanoTime() - began) / 1e9);
        }
    }

    private static double replay(Answering server, int clients, long millis) throws Exception {
        for (int i = 0; i < REPLAYED / 100; i++) {
            server.add(100);
        }
        try (Connections all = Connections.open(server.port(), clients, i -> Connections.get(server.replayed()))) {
            return rate(all::marks, millis);
        }
    }

    private static double append(Answering server, int connections, long millis) throws Exception {
        byte[] body = Bodies.posted();
        try (Connections all =
                Connections.open(server.port(), connections, i -> Connections.post(server.posted(i), body))) {
            return rate(all::answers, millis);
        }
    }

    private static double rate(LongSupplier counter, long millis) throws InterruptedException {
        Thread.sleep(WARM_UP_MILLIS);
        long before = counter.getAsLong();
        long began = System.nanoTime();
        Thread.sleep(millis);
        return (counter.getAsLong() - before) / ((System.nanoTime() - began) / 1e9);
    }

    private static double[] sorted(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted;
    }

    private static double median(double[] values) {
        double[] sorted = sorted(values);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    private String option(String name) {
        return Objects.requireNonNull(options.get(name));
    }

    private List<String> list(String name) {
        return List.of(option(name).split(",", -1));
    }

    private void print(String format, Object... values) {
        out.println(String.format(Locale.ROOT, format, values));
    }
}
