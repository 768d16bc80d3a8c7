package dev.reel.server;

import dev.reel.InvalidInputException;
import java.util.Map;

/** An error of HTTP that is not an error of the store. It has its own status. */
final class HttpProblem extends InvalidInputException {

    private static final long serialVersionUID = 1;

    /** For an error that leaves part of the request unread. */
    static final Map<String, String> CLOSE = Map.of("Connection", "close");

    private final int status;
    private final String type;
    private final transient Map<String, String> headers;
    private final transient Map<String, Object> members;

    HttpProblem(int status, String type, String detail) {
        this(status, type, detail, Map.of());
    }

    HttpProblem(int status, String type, String detail, Map<String, String> headers) {
        this(status, type, detail, headers, Map.of());
    }

    HttpProblem(int status, String type, String detail, Map<String, String> headers, Map<String, Object> members) {
        super(detail);
        this.status = status;
        this.type = type;
        this.headers = headers;
        this.members = members;
    }

    static HttpProblem malformed(String detail) {
        return new HttpProblem(400, "malformed-request", detail);
    }

    static HttpProblem late() {
        return new HttpProblem(408, "request-timeout", "the body did not arrive in time", CLOSE);
    }

    int status() {
        return status;
    }

    /** The last part of the problem's type. */
    String type() {
        return type;
    }

    /** Headers of the answer. */
    Map<String, String> headers() {
        return headers;
    }

    /** Further members of the document, beyond those of every problem. */
    Map<String, Object> members() {
        return members;
    }
}
