package dev.reel;

import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A message to put. Immutable.
 *
 * <pre>{@code
 * store.putMessage("s1", MessageDraft.user("What is the weather?"));
 * store.putMessage("s1", MessageDraft.of(Role.TOOL, Json.object("role", "tool", "tool_results", results)).withId("m7"));
 * }</pre>
 */
public final class MessageDraft {

    private final Role role;
    private final Json content;
    private final @Nullable String id;
    private final @Nullable Instant at;

    private MessageDraft(Role role, Json content, @Nullable String id, @Nullable Instant at) {
        this.role = Objects.requireNonNull(role, "role");
        this.content = Objects.requireNonNull(content, "content");
        this.id = id;
        this.at = at;
    }

    /**
     * Creates a message with content of any form.
     *
     * @param role the role of the message
     * @param content any JSON, stored unchanged
     * @return the draft
     */
    public static MessageDraft of(Role role, Json content) {
        return new MessageDraft(role, content, null, null);
    }

    /**
     * Creates a text message in the usual form of chat messages: {@code {"role": …, "content": text}}.
     *
     * @param role the role of the message
     * @param text the text
     * @return the draft
     */
    public static MessageDraft of(Role role, String text) {
        return of(role, Json.object("role", role.text(), "content", Objects.requireNonNull(text, "text")));
    }

    /**
     * Creates a user's text message.
     *
     * @param text the text
     * @return the draft
     */
    public static MessageDraft user(String text) {
        return of(Role.USER, text);
    }

    /**
     * Creates a text message of the model.
     *
     * @param text the text
     * @return the draft
     */
    public static MessageDraft assistant(String text) {
        return of(Role.ASSISTANT, text);
    }

    /**
     * Sets the id. If a message with that id exists, it is replaced, at its place.
     *
     * @param newId the message id
     * @return a copy
     * @throws IllegalArgumentException if the id is malformed
     */
    public MessageDraft withId(String newId) {
        return new MessageDraft(role, content, Ids.check("message id", newId), at);
    }

    /**
     * Sets the instant.
     *
     * @param newAt when the message was said; cut to microseconds
     * @return a copy
     */
    public MessageDraft withAt(Instant newAt) {
        return new MessageDraft(role, content, id, Timestamps.checked("at", newAt));
    }

    /**
     * Returns the role of the message.
     *
     * @return the role
     */
    public Role role() {
        return role;
    }

    /**
     * Returns the content.
     *
     * @return any JSON
     */
    public Json content() {
        return content;
    }

    /**
     * Returns the id.
     *
     * @return the message id, or null if the store assigns it
     */
    public @Nullable String id() {
        return id;
    }

    /**
     * Returns the instant.
     *
     * @return when the message was said, or null if the store sets it
     */
    public @Nullable Instant at() {
        return at;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof MessageDraft that
                && role.equals(that.role)
                && content.equals(that.content)
                && Objects.equals(id, that.id)
                && Objects.equals(at, that.at);
    }

    @Override
    public int hashCode() {
        return Objects.hash(role, content, id, at);
    }

    @Override
    public String toString() {
        return Members.of(this)
                .add("role", role)
                .add("content", content)
                .add("id", id)
                .add("at", at)
                .toString();
    }
}
