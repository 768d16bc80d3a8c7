package dev.reel.internal.engine;

import java.util.function.Function;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;

/** The publisher of a replay or a tail: opens a cursor for each subscriber. */
final class CursorFlux<T> extends Flux<T> {

    private final Function<CoreSubscriber<? super T>, Cursor<T>> opener;

    CursorFlux(Function<CoreSubscriber<? super T>, Cursor<T>> opener) {
        this.opener = opener;
    }

    @Override
    public void subscribe(CoreSubscriber<? super T> actual) {
        Cursor<T> cursor;
        try {
            cursor = opener.apply(actual);
        } catch (Throwable t) {
            Operators.error(actual, Failure.of(null, t));
            return;
        }
        try {
            actual.onSubscribe(cursor);
        } catch (Throwable t) {
            cursor.abandon();
            throw t;
        }
        cursor.begin();
    }
}
