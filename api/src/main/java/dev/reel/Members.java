package dev.reel;

import org.jspecify.annotations.Nullable;

/** Builds the {@code toString} of values: {@code Name[member=value, …]}, without members that are null. */
final class Members {

    private final StringBuilder text;
    private String between = "";

    private Members(String name) {
        text = new StringBuilder(name).append('[');
    }

    static Members of(Object value) {
        return new Members(value.getClass().getSimpleName());
    }

    Members add(String name, @Nullable Object value) {
        if (value != null) {
            text.append(between).append(name).append('=').append(value);
            between = ", ";
        }
        return this;
    }

    @Override
    public String toString() {
        return text.append(']').toString();
    }
}
