/** The contract of a store as tests, and what helps users' tests. Open, since JUnit calls tests that are not public. */
@SuppressWarnings({"module", "requires-automatic", "requires-transitive-automatic"})
open module dev.reel.testkit {
    requires transitive dev.reel;
    requires transitive org.junit.jupiter.api;
    requires transitive org.junit.jupiter.params;
    requires transitive reactor.test;
    requires static org.reactivestreams.tck;
    requires static org.testng;
    // Its service is not provided here: a module that provides one of a module that is absent does not start. The class
    // path has it in META-INF/services.
    requires static reactor.blockhound;

    exports dev.reel.testkit;
}
