package dev.reel.benchmarks;

import java.io.IOException;
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
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Measures how many appends a second the JSONL store answers, and how long each takes, beside a raw file, SQLite and
 * RocksDB.
 *
 * <pre>
 * ./mvnw -Pbenchmarks -pl benchmarks -am package -DskipTests
 * java -jar benchmarks/target/reel-benchmarks-0.1.0-SNAPSHOT.jar [name=value ...]
 *
 *   load=rate,latency              which loads
 *   subjects=reel,raw,sqlite,sqlite-indexed,rocksdb
 *   sessions=1,10,100,1000         of the rate; one writer each
 *   seconds=10                     of each measurement of the rate, after one second to warm up
 *   repetitions=5                  of the rate; medians are told
 *   latencySeconds=40              of the latency: 8 threads, events of 2 KB
 *   directory=DIR                  on a real disk; without it, a new one among the system's temporary files
 * </pre>
 *
 * <p><b>The rate</b> is a closed loop: each session has one writer, and the answer of one append begins the next. All
 * subjects write the same lines (an event with 100 bytes of text), and answer when the disk has them.
 * The others commit what waits as one group; of SQLite, the table without an index is the one that ratios are of. They take turns
 * within a repetition, so that what else the machine does concerns all of them. Compare figures of one run only.
 */
public final class Benchmark {

    private static final int RATE_BYTES = 100;
    private static final int LATENCY_BYTES = 2_048;
    private static final int LATENCY_THREADS = 8;
    private static final Map<String, String> STANDARD = Map.of(
            "load", "rate,latency",
            "subjects", String.join(",", Subject.NAMES),
            "sessions", "1,10,100,1000",
            "seconds", "10",
            "repetitions", "5",
            "latencySeconds", "40",
            "directory", "");

    private final PrintStream out;
    private final Map<String, String> options;
    private final List<String> subjects;
    private final Path directory;

    private Benchmark(PrintStream out, Map<String, String> options) throws IOException {
        this.out = out;
        this.options = options;
        this.subjects = list("subjects");
        String given = option("directory");
        this.directory = given.isEmpty()
                ? Files.createTempDirectory("reel-benchmark")
                : Files.createTempDirectory(Files.createDirectories(Path.of(given)), "reel-benchmark");
        String disk = Files.getFileStore(directory).type();
        if (disk.equals("tmpfs") || disk.equals("ramfs")) {
            throw new IllegalArgumentException(
                    directory + " is in memory, where a flush does nothing: give directory=");
        }
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
        new Benchmark(new PrintStream(System.out, true, Charset.defaultCharset()), options).run();
    }

    private String option(String name) {
        return Objects.requireNonNull(options.get(name));
    }

    private List<String> list(String name) {
        return List.of(option(name).split(",", -1));
    }

    private void run() throws Exception {
        try {
            if (list("load").contains("rate")) {
                rates();
            }
            if (list("load").contains("latency")) {
                latencies();
            }
        } finally {
            delete(directory);
        }
    }

    // ---- Appends a second

    private void rates() throws Exception {
        List<Integer> sessions = list("sessions").stream().map(Integer::valueOf).toList();
        int repetitions = Integer.parseInt(option("repetitions"));
        Map<Integer, Map<String, double[]>> all = new LinkedHashMap<>();
        Map<Integer, Map<String, double[]>> cpu = new LinkedHashMap<>();
        for (int repetition = 0; repetition < repetitions; repetition++) {
            for (int count : sessions) {
                for (String name : subjects) {
                    Load.Rate rate = rate(name, count);
                    values(all, count, name, repetitions)[repetition] = rate.perSecond();
                    values(cpu, count, name, repetitions)[repetition] = rate.cpuMicros();
                    print("repetition %d, %d sessions, %s: %,.0f", repetition + 1, count, name, rate.perSecond());
                }
            }
        }
        print(
                "%nAppends a second, medians of %d (least to most), and as parts of raw and SQLite; microseconds of CPU each",
                repetitions);
        print("| sessions | subject | appends/s | least | most | of raw | of SQLite | CPU |");
        print("| --- | --- | --- | --- | --- | --- | --- | --- |");
        all.forEach((count, rates) -> rates.forEach((name, values) -> {
            Arrays.sort(values);
            double median = median(values);
            print(
                    "| %d | %s | %,.0f | %,.0f | %,.0f | %s | %s | %.1f |",
                    count,
                    name,
                    median,
                    values[0],
                    values[values.length - 1],
                    ratio(median, rates.get("raw")),
                    ratio(median, rates.get("sqlite")),
                    median(values(cpu, count, name, repetitions)));
        }));
    }

    private static double[] values(Map<Integer, Map<String, double[]>> all, int count, String name, int repetitions) {
        return all.computeIfAbsent(count, key -> new LinkedHashMap<>())
                .computeIfAbsent(name, key -> new double[repetitions]);
    }

    private Load.Rate rate(String name, int sessions) throws Exception {
        Path place = Files.createTempDirectory(directory, name);
        double seconds = Double.parseDouble(option("seconds"));
        Load.Rate rate;
        try (Subject subject = Subject.open(name, place, sessions, RATE_BYTES)) {
            rate = Load.rate(subject, sessions, seconds);
        }
        delete(place);
        return rate;
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    private static String ratio(double value, double @Nullable [] other) {
        return other == null ? "" : String.format(Locale.ROOT, "%.2f", value / median(other));
    }

    // ---- How long an append takes

    private void latencies() throws Exception {
        double seconds = Double.parseDouble(option("latencySeconds"));
        print("%nMilliseconds an append takes: %d threads, events of %,d bytes", LATENCY_THREADS, LATENCY_BYTES);
        print("| subject | appends/s | p50 | p99 | p99.9 | longest |");
        print("| --- | --- | --- | --- | --- | --- |");
        for (String name : subjects) {
            Path place = Files.createTempDirectory(directory, name);
            long[] sorted;
            try (Subject subject = Subject.open(name, place, LATENCY_THREADS, LATENCY_BYTES)) {
                sorted = Load.latencies(subject, LATENCY_THREADS, seconds);
            }
            delete(place);
            print(
                    "| %s | %,.0f | %.2f | %.2f | %.2f | %.2f |",
                    name,
                    sorted.length / seconds,
                    millis(sorted, 0.5),
                    millis(sorted, 0.99),
                    millis(sorted, 0.999),
                    millis(sorted, 1));
        }
    }

    private static double millis(long[] sorted, double part) {
        return sorted[(int) Math.min(sorted.length - 1, (long) (sorted.length * part))] / 1e6;
    }

    // ----

    private void print(String format, Object... values) {
        out.println(String.format(Locale.ROOT, format, values));
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
