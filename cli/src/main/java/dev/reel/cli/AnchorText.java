package dev.reel.cli;

import dev.reel.Anchor;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Parses a place in a session: {@code message:ID}, {@code snapshot:ID}, {@code event:ID}, a version, or {@code
 * last-user}.
 */
final class AnchorText implements ITypeConverter<Anchor> {

    static final String FORMS = "message:ID, snapshot:ID, event:ID, a version number, or last-user";

    @Override
    public Anchor convert(String value) {
        if (value.equals("last-user")) {
            return Anchor.lastUserMessage();
        }
        int colon = value.indexOf(':');
        try {
            if (colon < 0) {
                return Anchor.version(Long.parseLong(value));
            }
            String id = value.substring(colon + 1);
            return switch (value.substring(0, colon)) {
                case "message" -> Anchor.message(id);
                case "snapshot" -> Anchor.snapshot(id);
                case "event" -> Anchor.event(id);
                default -> throw new IllegalArgumentException(value);
            };
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException("invalid place '" + value + "': expected " + FORMS);
        }
    }
}
