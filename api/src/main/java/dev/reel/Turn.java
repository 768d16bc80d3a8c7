package dev.reel;

/**
 * The right to go on with a session ({@link Timeline#takeTurn}). Whoever takes the next turn fences off the holder of
 * this one: writes that name this turn ({@link WriteOptions#withTurn}) then fail with {@link FencedException}.
 *
 * @param sessionId the session
 * @param holder who took it
 * @param epoch counts the turns of the session, from 1
 * @param eventId the event that recorded it
 */
public record Turn(String sessionId, String holder, long epoch, String eventId) {}
