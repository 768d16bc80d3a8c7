/** Reads and writes Reel's types and an application's own types with a Jackson 3 {@code JsonMapper}. */
@SuppressWarnings("module")
module dev.reel.jackson3 {
    requires transitive dev.reel;
    requires transitive tools.jackson.databind;

    exports dev.reel.jackson3;

    provides tools.jackson.databind.JacksonModule with
            dev.reel.jackson3.ReelModule;
}
