package dev.reel;

import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The form of the data of each event type that the fold knows. The fold ignores malformed data; an append rejects it.
 */
final class DataForm {

    private DataForm() {}

    /** Returns what is wrong with the data, or null. */
    static @Nullable String problem(Change.Kind kind, Json data) {
        return switch (kind) {
            case SESSION_START ->
                first(
                        members(data),
                        unless(
                                orNull(data, "parent_id", DataForm::isIdText),
                                "has a parent_id that is not a session id"),
                        unless(
                                orNull(data, "created_at", DataForm::isInstant),
                                "has a created_at that is not an ISO 8601 instant"));
            case SESSION_UPDATE -> members(data);
            case USER_MESSAGE, ASSISTANT_MESSAGE, TOOL_RESULT, SYSTEM_MESSAGE ->
                first(messageId(data), unless(data.get("message") != null, "has no message"));
            case MESSAGE_DELTA ->
                first(
                        messageId(data),
                        unless(
                                orAbsent(data, "role", DataForm::isRole),
                                "has a role that is not one of system, user, assistant, tool"),
                        unless(isCount(data, "n"), "has an n that is not a part number (0 or more)"),
                        unless(present(data, "text", DataForm::isText), "has a text that is not a string"));
            case MESSAGES_TRUNCATE ->
                unless(
                        data.get("after") != null && orNull(data, "after", DataForm::isText),
                        "has an after that is neither a message id nor null");
            case CHECKPOINT ->
                first(
                        unless(orAbsent(data, "id", DataForm::isIdText), "has an id that is not a snapshot id"),
                        unless(
                                orNull(data, "message_id", DataForm::isIdText),
                                "has a message_id that is not a message id"),
                        unless(data.get("state") != null, "has no state"));
            case SESSION_TURN ->
                first(
                        unless(
                                present(data, "holder", DataForm::isIdText),
                                "has a holder that does not have the form of an id"),
                        unless(isCount(data, "epoch"), "has an epoch that is not a turn number"));
            case SESSION_FORK ->
                first(
                        unless(
                                present(data, "parent_id", DataForm::isIdText),
                                "has a parent_id that is not a session id"),
                        unless(isCount(data, "parent_version"), "has a parent_version that is not a version"));
            case SESSION_RESUME,
                    SESSION_CLOSE,
                    SESSION_DELETE,
                    MESSAGES_RESTORE,
                    MESSAGES_CLEAR,
                    SNAPSHOTS_CLEAR,
                    SESSION_PURGED,
                    CUSTOM -> null;
        };
    }

    private static @Nullable String members(Json data) {
        return first(
                unless(orNull(data, "title", DataForm::isText), "has a title that is not a string"),
                unless(orNull(data, "model", DataForm::isText), "has a model that is not a string"),
                unless(orNull(data, "metadata", Json::isObject), "has metadata that is not an object"));
    }

    private static @Nullable String messageId(Json data) {
        return unless(orAbsent(data, "id", DataForm::isIdText), "has an id that is not a message id");
    }

    private static boolean isCount(Json data, String name) {
        Long number = data.longOf(name);
        return number != null && number >= 0;
    }

    private static boolean present(Json data, String name, Predicate<Json> form) {
        Json value = data.get(name);
        return value != null && form.test(value);
    }

    private static boolean orAbsent(Json data, String name, Predicate<Json> form) {
        Json value = data.get(name);
        return value == null || form.test(value);
    }

    private static boolean orNull(Json data, String name, Predicate<Json> form) {
        Json value = data.get(name);
        return value == null || value.isNull() || form.test(value);
    }

    private static boolean isText(Json value) {
        return value.kind() == Json.Kind.STRING;
    }

    private static boolean isIdText(Json value) {
        return isText(value) && Ids.isId(value.text());
    }

    private static boolean isRole(Json value) {
        return isText(value) && Role.of(value.text()) != null;
    }

    private static boolean isInstant(Json value) {
        try {
            return isText(value) && OffsetDateTime.parse(value.text()) != null;
        } catch (DateTimeException e) {
            return false;
        }
    }

    private static @Nullable String unless(boolean right, String problem) {
        return right ? null : problem;
    }

    private static @Nullable String first(@Nullable String... problems) {
        for (String problem : problems) {
            if (problem != null) {
                return problem;
            }
        }
        return null;
    }
}
