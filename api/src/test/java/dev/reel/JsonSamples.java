package dev.reel;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/** Random JSON: Java values to convert, and several texts of one value. */
final class JsonSamples {

    private static final String[] TEXTS = {
        "",
        "a",
        "message",
        "data",
        "seq",
        "crc",
        "ü",
        "€",
        "世界",
        "🌍",
        "\"",
        "\\",
        "/",
        "\u0000",
        "\n",
        "\r",
        "\u001f",
        "\u007f",
        "\u2028",
        "\ud800",
        "\udc00",
        "\udc00\ud800",
        "a\ud83cb",
        ",\"crc\":\"00000000\"}",
        "{\"seq\":",
        "null"
    };

    private static final String[] NUMBERS = {
        "0",
        "-0",
        "0.0",
        "1",
        "1.0",
        "1e0",
        "10",
        "1E1",
        "-1.5e-3",
        "123456789012345678901234567890",
        "1e999999999",
        "1e99999999999999999999",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775808",
        "0e5",
        "1.10"
    };

    private JsonSamples() {}

    static String text(RandomGenerator random) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(4); i >= 0; i--) {
            text.append(TEXTS[random.nextInt(TEXTS.length)]);
        }
        return text.toString();
    }

    /** A name must not contain an unpaired surrogate. */
    static String name(RandomGenerator random) {
        return text(random).replaceAll("[\ud800-\udfff]", "s");
    }

    /** A value that {@link Json#of} accepts, at most {@code depth} levels deep. */
    static Object value(RandomGenerator random, int depth) {
        switch (random.nextInt(depth == 0 ? 5 : 7)) {
            case 0:
                return random.nextBoolean() ? null : random.nextBoolean();
            case 1:
                return random.nextLong() >> random.nextInt(64);
            case 2:
                return BigDecimal.valueOf(random.nextLong(), random.nextInt(41) - 20);
            case 3:
                return Json.parse(NUMBERS[random.nextInt(NUMBERS.length)]);
            case 4:
                return text(random);
            case 5:
                List<Object> elements = new ArrayList<>();
                for (int i = random.nextInt(4); i > 0; i--) {
                    elements.add(value(random, depth - 1));
                }
                return elements;
            default:
                return members(random, depth);
        }
    }

    static Map<String, Object> members(RandomGenerator random, int depth) {
        Map<String, Object> members = new LinkedHashMap<>();
        for (int i = random.nextInt(5); i > 0; i--) {
            members.put(name(random), value(random, depth - 1));
        }
        return members;
    }

    /** Another text of an equal value: with another order of members, blanks, other escapes, other forms of numbers. */
    static String respelled(RandomGenerator random, Json json) {
        switch (json.kind()) {
            case OBJECT:
                List<String> members = new ArrayList<>();
                json.members()
                        .forEach((name, value) -> members.add(
                                random.nextInt(members.size() + 1),
                                blank(random) + respelledText(random, name) + blank(random) + ":" + blank(random)
                                        + respelled(random, value) + blank(random)));
                return "{" + (members.isEmpty() ? blank(random) : String.join(",", members)) + "}";
            case ARRAY:
                List<String> elements = new ArrayList<>();
                json.elements()
                        .forEach(value -> elements.add(blank(random) + respelled(random, value) + blank(random)));
                return "[" + (elements.isEmpty() ? blank(random) : String.join(",", elements)) + "]";
            case STRING:
                return respelledText(random, json.text());
            case NUMBER:
                return respelledNumber(random, json.toString());
            default:
                return json.toString();
        }
    }

    private static String blank(RandomGenerator random) {
        return new String[] {"", "", "", " ", "\t", "\n", "\r\n"}[random.nextInt(7)];
    }

    private static String respelledText(RandomGenerator random, String text) {
        StringBuilder out = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            boolean mustEscape = c < 0x20 || c == '"' || c == '\\' || Character.isSurrogate(c);
            if (c == '/' && random.nextBoolean()) {
                out.append("\\/");
            } else if (mustEscape || random.nextInt(4) == 0) {
                out.append(String.format(random.nextBoolean() ? "\\u%04x" : "\\u%04X", (int) c));
            } else {
                out.append(c);
            }
        }
        return out.append('"').toString();
    }

    private static String respelledNumber(RandomGenerator random, String number) {
        boolean plain = number.matches("-?[1-9][0-9]*");
        return switch (random.nextInt(4)) {
            case 0 -> plain ? number + ".000" : number;
            case 1 -> plain ? number + "e-0" : number;
            case 2 -> plain ? number + "000e-3" : number.replace('e', 'E');
            default -> number;
        };
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
