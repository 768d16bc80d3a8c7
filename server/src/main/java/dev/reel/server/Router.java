package dev.reel.server;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.reactivestreams.Publisher;

/** Finds the route for a method and a path. Paths are split into parts before they are decoded. */
final class Router {

    /** Answers one request; an error is signalled or thrown. */
    interface Handler {
        Publisher<Void> handle(Exchange exchange);
    }

    /**
     * One route.
     *
     * @param method the HTTP method
     * @param path the path; {@code {name}} matches any one part
     * @param parameters the query parameters that the route accepts
     * @param handler answers the requests
     */
    record Route(String method, String path, Set<String> parameters, Handler handler) {

        /** Returns the path with short names of its variables, as in the documentation of the API. */
        String template() {
            return path.replace(" id}", "}");
        }

        /** Returns whether the parts match the path. */
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

    /** A route and the values of its variables. */
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
     * Finds the route of a request.
     *
     * @throws HttpProblem 404 or 405 if there is none
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
            throw new HttpProblem(404, "no-route", "no route matches this path; the API begins at /v1");
        }
        throw new HttpProblem(
                405,
                "method-not-allowed",
                "this path allows only " + String.join(", ", others),
                Map.of("Allow", String.join(", ", others)));
    }
}
