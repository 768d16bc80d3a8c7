package dev.reel.cli;

import dev.reel.Ids;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Parses a session id. */
final class SessionId implements ITypeConverter<String> {

    @Override
    public String convert(String value) {
        if (!Ids.isId(value)) {
            throw new TypeConversionException("a session id must have 1 to 200 characters, and no control characters");
        }
        return value;
    }
}
