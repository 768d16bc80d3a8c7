/** Reads and writes Reel's types and an application's own types with a Jackson 2 {@code ObjectMapper}. */
@SuppressWarnings("module")
module dev.reel.jackson2 {
    requires transitive com.fasterxml.jackson.databind;
    requires transitive dev.reel;

    exports dev.reel.jackson2;

    provides com.fasterxml.jackson.databind.Module with
            dev.reel.jackson2.ReelModule;
}
