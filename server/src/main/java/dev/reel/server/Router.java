package dev.reel.server;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.reactivestreams.Publisher;

/** The routes, by method and path. Paths are compared in parts, before these are decoded. */
final class Router {

    /** Answers one request; errors are signals, or thrown. */
    interface Handler {
        Publisher<Void> handle(Exchange exchange);
    }

    /**
     * One route.
     *
     * @param method the HTTP method
     * @param path where {@code {name}} stands for any one part
     * @param parameters the query parameters that it knows
     * @param handler what answers
     */
    record Route(String method, String path, Set<String> parameters, Handler handler) {

        /** The path with the bare names of its variables, as the pages about the API have it. */
        String template() {
            return path.replace(" id}", "}");
        }

        /** The parts that stand for names, raw; null where the path is another one. */
        private boolean takes(String[] parts) {
            String[] own = path.substring(1).split("/", -1);
            if (own.length != parts.length) {
                return false;
            }
            for (int i = 0; i < own.length; i++) {
                if (!own[i].startsWith("{") && !own[i].equals(parts[i])) {
                    return false;
                }
            }
            return true;
        }

        private List<String> variables(String[] parts) {
            String[] own = path.substring(1).split("/", -1);
            List<String> found = new ArrayList<>();
            for (int i = 0; i < own.length; i++) {
                if (own[i].startsWith("{")) {
                    String name = own[i].substring(1, own[i].length() - 1);
                    found.add(Percent.decode("the " + name + " in the path", parts[i]));
                }
            }
            return found;
        }
    }

    /** A route and what its path names. */
    record Found(Route route, List<String> variables) {}

    private final List<Route> routes = new ArrayList<>();

    void add(String method, String path, Handler handler) {
        add(method, path, Set.of(), handler);
    }

    void add(String method, String path, Set<String> parameters, Handler handler) {
        routes.add(new Route(method, path, parameters, handler));
    }

    List<Route> routes() {
        return List.copyOf(routes);
    }

    /**
     * The route of a request.
     *
     * @throws HttpProblem 404 or 405 when there is none
     */
    Found find(String method, String path) {
        String[] parts = (path.startsWith("/") ? path.substring(1) : path).split("/", -1);
        Set<String> others = new TreeSet<>();
        for (Route route : routes) {
            if (route.takes(parts)) {
                if (route.method().equals(method)) {
                    return new Found(route, route.variables(parts));
                }
                others.add(route.method());
            }
        }
        if (others.isEmpty()) {
            throw new HttpProblem(404, "no-route", "there is nothing at this path; the API begins at /v1");
        }
        throw new HttpProblem(
                405,
                "method-not-allowed",
                "this path takes " + String.join(", ", others),
                Map.of("Allow", String.join(", ", others)));
    }
}
