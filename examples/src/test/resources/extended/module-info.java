module extended {
    requires dev.reel.jackson2;
    requires dev.reel.jackson3;
    requires dev.reel.memory;
    requires dev.reel.micrometer;
    requires dev.reel.testkit;

    // Both Jacksons write and read a record of this package.
    opens extended;
    // The testkit reads a resource in this directory.
    opens sessions;
}
