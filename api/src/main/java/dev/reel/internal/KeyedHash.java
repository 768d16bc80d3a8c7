package dev.reel.internal;

import java.security.SecureRandom;

/**
 * SipHash-1-3 of the characters of an id, with a key that is random and secret to the process. Clients choose ids, and
 * can choose ids with equal {@link String#hashCode}, but not ids that collide under this hash.
 */
public final class KeyedHash {

    private static final long KEY_0;
    private static final long KEY_1;

    static {
        SecureRandom random = new SecureRandom();
        KEY_0 = random.nextLong();
        KEY_1 = random.nextLong();
    }

    private KeyedHash() {}

    /**
     * Hashes an id.
     *
     * @param id the id
     * @return 32 bits; they differ from process to process
     */
    public static int of(String id) {
        return (int) wide(id);
    }

    static long wide(String id) {
        Sip sip = new Sip(KEY_0, KEY_1);
        int length = id.length();
        long word = 0;
        for (int i = 0; i < length; i++) {
            word |= (long) id.charAt(i) << Character.SIZE * (i & 3);
            if ((i & 3) == 3) {
                sip.add(word);
                word = 0;
            }
        }
        return sip.end(word | (long) length << 48);
    }

    private static final class Sip {

        private long v0;
        private long v1;
        private long v2;
        private long v3;

        Sip(long k0, long k1) {
            v0 = k0 ^ 0x736f6d6570736575L;
            v1 = k1 ^ 0x646f72616e646f6dL;
            v2 = k0 ^ 0x6c7967656e657261L;
            v3 = k1 ^ 0x7465646279746573L;
        }

        void add(long word) {
            v3 ^= word;
            round();
            v0 ^= word;
        }

        long end(long last) {
            add(last);
            v2 ^= 0xff;
            round();
            round();
            round();
            return v0 ^ v1 ^ v2 ^ v3;
        }

        private void round() {
            v0 += v1;
            v1 = Long.rotateLeft(v1, 13) ^ v0;
            v0 = Long.rotateLeft(v0, 32);
            v2 += v3;
            v3 = Long.rotateLeft(v3, 16) ^ v2;
            v0 += v3;
            v3 = Long.rotateLeft(v3, 21) ^ v0;
            v2 += v1;
            v1 = Long.rotateLeft(v1, 17) ^ v2;
            v2 = Long.rotateLeft(v2, 32);
        }
    }
}
