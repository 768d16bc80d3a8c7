/**
 * Tools for users' tests, and the contract of a store as tests. Open, since JUnit calls tests that are not public.
 */
@SuppressWarnings({"module", "requires-automatic", "requires-transitive-automatic"})
open module dev.reel.testkit {
    requires transitive dev.reel;
    requires transitive org.junit.jupiter.api;
    requires transitive org.junit.jupiter.params;
    requires transitive reactor.test;
    requires static org.reactivestreams.tck;
    requires static org.testng;
    // The BlockHound service is declared in META-INF/services and not here, because a module that provides a service of
    // an absent module does not start.
    requires static reactor.blockhound;

    exports dev.reel.testkit;
    exports dev.reel.testkit.contract;
}
