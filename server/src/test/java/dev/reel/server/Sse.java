package dev.reel.server;

import dev.reel.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A stream of server-sent events, parsed by the rules of the HTML standard. Each wait is bounded. */
final class Sse implements AutoCloseable {

    /** The received items. Unlike in a browser, they include comments and the end of the stream. */
    record Event(@Nullable String id, String name, String data) {

        static final Event CLOSED = new Event(null, "(closed)", "");

        Json json() {
            return Json.parse(data);
        }
    }

    private final HttpResponse<InputStream> response;
    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private volatile @Nullable String retry;

    private Sse(HttpResponse<InputStream> response) {
        this.response = response;
        Thread reader = new Thread(this::read, "sse");
        reader.setDaemon(true);
        reader.start();
    }

    /** @param headers names and values in turn: name, value, name, value … */
    static Sse open(Served served, String path, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(served.uri(path)).timeout(Served.PATIENCE);
        request.header("Accept", "text/event-stream");
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        try {
            return new Sse(served.client().send(request.build(), HttpResponse.BodyHandlers.ofInputStream()));
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(path, e);
        }
    }

    private void read() {
        try (BufferedReader in = new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
            String id = null;
            String name = "message";
            StringBuilder data = new StringBuilder();
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                int colon = line.indexOf(':');
                if (line.isEmpty()) {
                    if (!data.isEmpty()) {
                        events.add(new Event(id, name, data.substring(0, data.length() - 1)));
                    }
                    id = null;
                    name = "message";
                    data.setLength(0);
                    continue;
                }
                if (colon == 0) {
                    events.add(new Event(null, "(comment)", ""));
                    continue;
                }
                String field = colon < 0 ? line : line.substring(0, colon);
                String value = colon < 0 ? "" : line.substring(colon + 1);
                value = value.startsWith(" ") ? value.substring(1) : value;
                switch (field) {
                    case "id" -> id = value;
                    case "event" -> name = value;
                    case "data" -> data.append(value).append('\n');
                    case "retry" -> retry = value;
                    default -> throw new AssertionError("unknown field: " + line);
                }
            }
        } catch (IOException e) {
            // The connection was cut: this also ends the stream.
        } finally {
            events.add(Event.CLOSED);
        }
    }

    int status() {
        return response.statusCode();
    }

    @Nullable
    String header(String name) {
        return response.headers().firstValue(name).orElse(null);
    }

    @Nullable
    String retry() {
        return retry;
    }

    /** Waits for the next item. */
    Event next() {
        try {
            Event event = events.poll(Served.PATIENCE.toSeconds(), TimeUnit.SECONDS);
            if (event == null) {
                throw new AssertionError("nothing came");
            }
            return event;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Returns all items up to and including the first event of that name. */
    List<Event> until(String name) {
        List<Event> all = new ArrayList<>();
        while (true) {
            Event event = next();
            all.add(event);
            if (event.name().equals(name)) {
                return all;
            }
            if (event == Event.CLOSED) {
                throw new AssertionError("no '" + name + "' in " + all);
            }
        }
    }

    /** Returns all items up to the end of the stream. */
    List<Event> toTheEnd() {
        List<Event> all = until(Event.CLOSED.name());
        return all.subList(0, all.size() - 1);
    }

    static List<String> names(List<Event> events) {
        return events.stream().map(Event::name).toList();
    }

    /** Returns the versions of the log's events among these. */
    static List<Long> versions(List<Event> events) {
        return events.stream()
                .filter(event ->
                        !event.name().startsWith("reel:") && !event.name().startsWith("("))
                .map(event -> event.json().longOf("seq"))
                .toList();
    }

    @Override
    public void close() {
        try {
            response.body().close();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
