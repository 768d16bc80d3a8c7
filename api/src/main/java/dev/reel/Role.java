package dev.reel;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Who a message is from. */
public enum Role {
    /** Instructions of the system. */
    SYSTEM("system_message"),
    /** The person, or whoever asks. */
    USER("user_message"),
    /** The model that answers. */
    ASSISTANT("assistant_message"),
    /** What a tool returned. */
    TOOL("tool_result");

    private final String eventType;
    private final String text = name().toLowerCase(Locale.ROOT);

    Role(String eventType) {
        this.eventType = eventType;
    }

    /**
     * The type of the event that puts a message of this role.
     *
     * @return the event type, for example {@code user_message}
     */
    public String eventType() {
        return eventType;
    }

    /**
     * The name in JSON.
     *
     * @return the name in lower case
     */
    @JsonValue
    public String text() {
        return text;
    }

    /**
     * The role of that name.
     *
     * @param text the name in lower case, as {@link #text} gives it
     * @return the role, or null when there is none of that name
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
