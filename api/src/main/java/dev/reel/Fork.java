package dev.reel;

/**
 * A fork that was made.
 *
 * @param sessionId the new session
 * @param parentId the session that it was forked from
 * @param parentVersion the version of the parent up to which both have the same log
 * @param messageCount how many messages the fork has
 */
public record Fork(String sessionId, String parentId, long parentVersion, int messageCount) {}
