package dev.reel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.spi.DerivedIds;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("R21, R22: ids")
class IdsTest {

    private static final String EMOJI = "\ud83d\ude00";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a",
                " ",
                "..",
                "../../etc/passwd",
                "CON",
                "ü",
                "u\u0308",
                "日本語",
                "\u200b",
                "a/b\\c",
                "-x",
                "\u2028"
            })
    @DisplayName("any text without control characters is an id, and is kept unchanged")
    void texts(String id) {
        assertTrue(Ids.isId(id));
        assertEquals(id, Ids.check("session id", id));
        assertEquals(id, MessageDraft.user("text").withId(id).id());
    }

    @Test
    @DisplayName("1 to 200 code points, not chars")
    void length() {
        assertTrue(Ids.isId(EMOJI.repeat(200)));
        assertTrue(Ids.isId("x".repeat(200)));
        assertFault("session id '' is empty", "");
        assertFault("session id '" + "x".repeat(80) + "…' is longer than 200 code points", "x".repeat(201));
        assertFalse(Ids.isId(EMOJI.repeat(201)));
    }

    @Test
    @DisplayName("control characters and unpaired surrogates are rejected; the message cannot forge a line of a log")
    void faults() {
        assertFault("session id 'a\\u000ab' has a control character at 1", "a\nb");
        assertFault("session id '\\u0000' has a control character at 0", "\u0000");
        assertFault("session id '\\u007f' has a control character at 0", "\u007f");
        assertFault("session id '\\u0085' has a control character at 0", "\u0085");
        assertFault("session id 'a\\ud83d' has an unpaired surrogate at 1", "a\ud83d");
        assertFault("session id '\\ude00\\ud83d' has an unpaired surrogate at 0", "\ude00\ud83d");
        assertEquals(null, Ids.checkIfGiven("label", null));
        assertThrows(IllegalArgumentException.class, () -> Ids.checkIfGiven("label", ""));
    }

    private static void assertFault(String message, String id) {
        IllegalArgumentException fault =
                assertThrows(IllegalArgumentException.class, () -> Ids.check("session id", id));
        assertEquals(message, fault.getMessage());
        assertFalse(Ids.isId(id));
    }

    @Test
    @DisplayName("event ids: 1 to 100 of A-Z a-z 0-9 - _ . : ~")
    void eventIds() {
        assertEquals("AZaz09-_.:~", Ids.checkEventId("AZaz09-_.:~"));
        assertEquals("x".repeat(100), Ids.checkEventId("x".repeat(100)));
        for (String id : new String[] {"", "x".repeat(101), "a b", "a/b", "ä", "a\n", "\u0131", EMOJI}) {
            assertFalse(Ids.isEventId(id));
            assertThrows(IllegalArgumentException.class, () -> Ids.checkEventId(id));
            assertThrows(IllegalArgumentException.class, () -> Anchor.event(id));
            assertThrows(
                    IllegalArgumentException.class,
                    () -> EventDraft.of("t", Json.EMPTY_OBJECT).withId(id));
        }
    }

    @Test
    @DisplayName("event types: 1 to 100 code points, not beginning with reel:")
    void eventTypes() {
        assertEquals("reel", Ids.checkEventType("reel"));
        assertTrue(Ids.isEventType(EMOJI.repeat(100)));
        for (String type : new String[] {"", "x".repeat(101), "a\nb", "reel:", "reel:idle"}) {
            assertFalse(Ids.isEventType(type));
            assertThrows(IllegalArgumentException.class, () -> Ids.checkEventType(type));
            assertThrows(IllegalArgumentException.class, () -> EventDraft.of(type, Json.EMPTY_OBJECT));
        }
    }

    @Test
    @DisplayName("derived ids are the first 22 characters of base64url(SHA-256(parts joined by NUL))")
    void derived() throws Exception {
        assertEquals(sha("s\0w\0" + "0"), DerivedIds.ofEvent("s", "w", 0));
        assertEquals(sha("s\0w\0" + "12"), DerivedIds.ofEvent("s", "w", 12));
        assertEquals(sha("ü\0w"), DerivedIds.ofFork("ü", "w"));
        assertEquals(sha("fork\0c1"), DerivedIds.ofCarriedSnapshot("fork", "c1"));
        assertTrue(Ids.isEventId(DerivedIds.ofEvent("日本", EMOJI, 7)));
        assertNotEquals(DerivedIds.ofEvent("s", "w", 1), DerivedIds.ofEvent("s", "w", 11));
    }

    private static String sha(String text) throws Exception {
        byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        return Base64.getUrlEncoder().withoutPadding().encodeToString(hash).substring(0, 22);
    }

    @Test
    @DisplayName("generated ids: lower-case ULIDs in order of time, event ids of 11 characters, no duplicates")
    void generated() {
        Clock noon = Clock.fixed(Instant.parse("2026-04-26T12:00:00Z"), ZoneOffset.UTC);
        IdGenerator ids = IdGenerator.random(noon);
        IdGenerator later = IdGenerator.random(Clock.offset(noon, Duration.ofMillis(1)));
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < 1_000; i++) {
            String event = ids.eventId();
            assertTrue(event.matches("[A-Za-z0-9_-]{11}"), event);
            assertTrue(seen.add(event));
            for (String id : new String[] {ids.sessionId(), ids.messageId(), ids.snapshotId()}) {
                assertTrue(id.matches("[0-9a-hjkmnp-tv-z]{26}"), id);
                assertTrue(id.compareTo(later.sessionId()) < 0);
                assertTrue(seen.add(id));
            }
        }
    }

    @Test
    @DisplayName("the same seed generates the same ids")
    void seeded() {
        Clock clock = Clock.fixed(HandLog.START, ZoneOffset.UTC);
        IdGenerator one = IdGenerator.seeded(clock, 42);
        IdGenerator other = IdGenerator.seeded(clock, 42);
        assertEquals(one.sessionId(), other.sessionId());
        assertEquals(one.eventId(), other.eventId());
        assertNotEquals(one.eventId(), one.eventId());
        assertNotEquals(
                IdGenerator.seeded(clock, 43).eventId(),
                IdGenerator.seeded(clock, 42).eventId());
    }
}
