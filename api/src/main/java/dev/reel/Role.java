package dev.reel;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The author of a message. */
public enum Role {
    /** System instructions. */
    SYSTEM("system_message"),
    /** The person or program that asks. */
    USER("user_message"),
    /** The model that answers. */
    ASSISTANT("assistant_message"),
    /** The result of a tool call. */
    TOOL("tool_result");

    private final String eventType;
    private final String text = name().toLowerCase(Locale.ROOT);

    Role(String eventType) {
        this.eventType = eventType;
    }

    /**
     * Returns the type of the event that puts a message with this role.
     *
     * @return the event type, for example {@code user_message}
     */
    public String eventType() {
        return eventType;
    }

    /**
     * Returns the name in JSON.
     *
     * @return the name in lower case
     */
    @JsonValue
    public String text() {
        return text;
    }

    /**
     * Returns the role with a name.
     *
     * @param text the name in lower case, as {@link #text} returns it
     * @return the role, or null if there is none with that name
     */
    public static @Nullable Role of(@Nullable String text) {
        for (Role role : values()) {
            if (role.text.equals(text)) {
                return role;
            }
        }
        return null;
    }
}
