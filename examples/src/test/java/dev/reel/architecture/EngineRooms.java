package dev.reel.architecture;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import java.util.ArrayList;
import java.util.List;

/** The rooms of the engine, from the bottom up. A class knows only classes of its own room and of those below it. */
final class EngineRooms {

    private static final String ENGINE = "dev.reel.internal.engine";

    private static final List<List<String>> ROOMS = List.of(
            List.of(
                    "Admission",
                    "AnswerGroup",
                    "Bell",
                    "Condition",
                    "EngineBlockHoundIntegration",
                    "Failure",
                    "GuardedRecorder",
                    "Journal",
                    "Lineage",
                    "LongTree",
                    "NeedsReading",
                    "NeedsWaiting",
                    "Pool",
                    "PoolQueue",
                    "PurgeTable",
                    "Reader",
                    "Signalled",
                    "StackRoom",
                    "Storage",
                    "StoredFeed",
                    "StoredLog",
                    "StoredSession",
                    "WriteIds"),
            List.of("Anchors", "LastPut", "LogView", "Standing"),
            List.of("Core", "FeedLog", "LastOfFeed", "SessionIndex", "SnapshotIndex"),
            List.of(
                    "AppendOperation",
                    "CheckpointOperation",
                    "EmptyAppend",
                    "ForkOperation",
                    "Operation",
                    "PurgeOperation",
                    "RewindOperation",
                    "SessionLog",
                    "Sessions",
                    "SimpleOperation",
                    "TaskQueue",
                    "WriteAttempt"),
            List.of(
                    "Cursor",
                    "CursorFlux",
                    "FeedCursor",
                    "FollowedNews",
                    "LogCursor",
                    "SessionCursor",
                    "StatesCursor",
                    "StoredRead",
                    "Write"),
            List.of("Engine"));

    private EngineRooms() {}

    /** Returns what is wrong: a class of the engine in no room, or one that knows a class of a room above. */
    static List<String> problems(Iterable<JavaClass> classes) {
        List<String> problems = new ArrayList<>();
        for (JavaClass it : classes) {
            if (isOfEngine(it)) {
                int room = roomOf(it);
                if (room < 0) {
                    problems.add(it.getName() + " is in no room of the engine");
                }
                for (Dependency dependency : it.getDirectDependenciesFromSelf()) {
                    JavaClass target = dependency.getTargetClass().getBaseComponentType();
                    if (isOfEngine(target) && roomOf(target) > room) {
                        problems.add("a class of a room above: " + dependency.getDescription());
                    }
                }
            }
        }
        return problems;
    }

    /** Returns a room's number, from the bottom; -1 if the class is in no room. */
    static int roomOf(JavaClass it) {
        String name = it.getName().substring(ENGINE.length() + 1).replaceFirst("[$].*", "");
        for (int room = 0; room < ROOMS.size(); room++) {
            if (ROOMS.get(room).contains(name)) {
                return room;
            }
        }
        return -1;
    }

    static long classes() {
        return ROOMS.stream().mapToLong(List::size).sum();
    }

    private static boolean isOfEngine(JavaClass it) {
        return it.getPackageName().equals(ENGINE) && !it.getSimpleName().equals("package-info");
    }
}
