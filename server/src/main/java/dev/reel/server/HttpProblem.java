package dev.reel.server;

import dev.reel.InvalidInputException;
import java.util.Map;

/** What a request can't be answered for, where no store was asked: it has a status of its own. */
final class HttpProblem extends InvalidInputException {

    private static final long serialVersionUID = 1;

    /** For what leaves a part of the request unread. */
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

    /** What the answer says beside its body. */
    Map<String, String> headers() {
        return headers;
    }

    /** What the document has beside the members of every problem. */
    Map<String, Object> members() {
        return members;
    }
}
