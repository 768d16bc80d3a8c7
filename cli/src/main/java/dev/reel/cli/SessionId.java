package dev.reel.cli;

import dev.reel.Ids;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a session id. */
final class SessionId implements ITypeConverter<String> {

    @Override
    public String convert(String value) {
        if (!Ids.isId(value)) {
            throw new TypeConversionException(
                    "a session id has 1 to 200 characters, and none that controls a terminal");
        }
        return value;
    }
}
