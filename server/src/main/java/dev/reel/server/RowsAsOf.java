package dev.reel.server;

import dev.reel.Message;
import dev.reel.MessageQuery;
import dev.reel.SessionState;
import dev.reel.SessionStore;
import dev.reel.spi.States;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** The rows of a session as of the version that a request names in {@code version}, or now. */
final class RowsAsOf {

    static final String VERSION = "version";
    static final String DIFFERS_FROM = "differs_from";

    private RowsAsOf() {}

    /** Returns the rows at the version of the request, or now; empty for a session without events. */
    static Mono<SessionState> state(SessionStore store, Exchange exchange) {
        String id = exchange.variable(0);
        return exchange.query().has(VERSION) ? store.asOf(id, version(exchange, VERSION)) : store.state(id);
    }

    private static long version(Exchange exchange, String parameter) {
        return exchange.query().number(parameter, 0, Long.MAX_VALUE, 0);
    }

    /** Returns the messages that a query selects; with {@code differs_from}, only those that differ. */
    static Flux<Message> messages(SessionStore store, Exchange exchange, MessageQuery query) {
        Mono<SessionState> rows = state(store, exchange);
        if (!exchange.query().has(DIFFERS_FROM)) {
            return rows.flatMapIterable(state -> States.messages(state, query));
        }
        Mono<SessionState> other = store.asOf(exchange.variable(0), version(exchange, DIFFERS_FROM));
        MessageQuery all = query.withLast(Integer.MAX_VALUE);
        Flux<Message> differing = Mono.zip(rows, other)
                .flatMapMany(both -> Flux.fromIterable(States.messages(both.getT1(), all))
                        .filter(row -> differs(row, both.getT1(), both.getT2()))
                        // All messages may have to be looked at before the first one that differs.
                        .subscribeOn(Schedulers.parallel()));
        return query.last() == Integer.MAX_VALUE ? differing : differing.takeLast(query.last());
    }

    /** Returns whether a message is not the same in another state: it is missing, or another one, or has changed. */
    private static boolean differs(Message row, SessionState rows, SessionState other) {
        if (rows.messageChangedAt(row.id()) == other.messageChangedAt(row.id())) {
            return false; // the same event wrote both
        }
        Message there = other.message(row.id());
        return there == null
                || there.seq() != row.seq()
                || there.partial() != row.partial()
                || there.role() != row.role()
                || !there.content().equals(row.content());
    }
}
