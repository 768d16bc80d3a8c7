package dev.reel;

import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A message that is to be put. Immutable.
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
     * A message with content of any form.
     *
     * @param role who it is from
     * @param content any JSON, kept as it is
     * @return the draft
     */
    public static MessageDraft of(Role role, Json content) {
        return new MessageDraft(role, content, null, null);
    }

    /**
     * A message of text, as chat messages are: {@code {"role": …, "content": text}}.
     *
     * @param role who it is from
     * @param text the text
     * @return the draft
     */
    public static MessageDraft of(Role role, String text) {
        return of(role, Json.object("role", role.text(), "content", Objects.requireNonNull(text, "text")));
    }

    /**
     * What a user says.
     *
     * @param text the text
     * @return the draft
     */
    public static MessageDraft user(String text) {
        return of(Role.USER, text);
    }

    /**
     * What the model answers.
     *
     * @param text the text
     * @return the draft
     */
    public static MessageDraft assistant(String text) {
        return of(Role.ASSISTANT, text);
    }

    /**
     * With an id. Putting the id of a message that is there changes that message, at its place.
     *
     * @param newId the message id
     * @return a copy
     * @throws IllegalArgumentException when the id is malformed
     */
    public MessageDraft withId(String newId) {
        return new MessageDraft(role, content, Ids.check("message id", newId), at);
    }

    /**
     * With an instant of the caller's.
     *
     * @param newAt when it was said; cut to microseconds
     * @return a copy
     */
    public MessageDraft withAt(Instant newAt) {
        return new MessageDraft(role, content, id, Timestamps.checked("at", newAt));
    }

    /**
     * Who it is from.
     *
     * @return the role
     */
    public Role role() {
        return role;
    }

    /**
     * The message.
     *
     * @return any JSON
     */
    public Json content() {
        return content;
    }

    /**
     * The id.
     *
     * @return the message id, or null where the store gives one
     */
    public @Nullable String id() {
        return id;
    }

    /**
     * The instant.
     *
     * @return when it was said, or null where the store tells
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
