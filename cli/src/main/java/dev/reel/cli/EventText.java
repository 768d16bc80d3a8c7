package dev.reel.cli;

import dev.reel.Json;
import dev.reel.SessionEvent;
import dev.reel.cli.Terminal.Style;
import dev.reel.spi.LineCodec;

/** Prints an event in one line: in readable form, or as a line of the JSONL format. */
final class EventText {

    private static final LineCodec CODEC = LineCodec.standard();

    private final Terminal terminal;
    private final boolean json;

    EventText(Terminal terminal, boolean json) {
        this.terminal = terminal;
        this.json = json;
    }

    void print(SessionEvent event, Output out) {
        if (json) {
            out.line(CODEC.encode(event));
        } else {
            out.line(forPerson(event));
        }
    }

    private String forPerson(SessionEvent event) {
        String begin = Text.right(Long.toString(event.version()), 6) + "  " + Text.time(event.at()) + "  ";
        String type = Text.fit(Text.oneLine(event.type()), 18) + " ";
        int room = terminal.columns() - Text.columns(begin) - Text.columns(type);
        return begin + terminal.styled(Style.CYAN, type) + Text.cut(Text.oneLine(gist(event)), Math.max(20, room));
    }

    /** Returns the most useful part of an event for a reader. */
    private static String gist(SessionEvent event) {
        Json data = event.data();
        Json message = data.get("message");
        String text = message != null && message.isObject() ? MessageText.gist(message) : null;
        return text == null ? data.toString() : text;
    }
}
