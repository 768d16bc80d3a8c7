/** Reel's types and an application's own, by a {@code JsonMapper} of Jackson 3. */
@SuppressWarnings("module")
module dev.reel.jackson3 {
    requires transitive dev.reel;
    requires transitive tools.jackson.databind;

    exports dev.reel.jackson3;

    provides tools.jackson.databind.JacksonModule with
            dev.reel.jackson3.ReelModule;
}
