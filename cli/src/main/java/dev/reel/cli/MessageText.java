package dev.reel.cli;

import dev.reel.Json;
import dev.reel.Message;
import dev.reel.Role;
import dev.reel.cli.Terminal.Style;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Prints a message in readable form. Reads the forms that chat models use. */
final class MessageText {

    /** How many lines of a tool's result are printed. */
    private static final int TOOL_LINES = 12;

    private MessageText() {}

    /** Prints a heading, then the text. */
    static void print(Message message, Terminal terminal, boolean full, Output out) {
        String head = who(message.role()) + (message.partial() ? " …" : "");
        Style style = message.role() == Role.USER ? Style.YELLOW : Style.CYAN;
        out.line(terminal.styled(Style.BOLD, terminal.styled(style, Text.fit(head, 10)))
                + terminal.styled(
                        Style.DIM,
                        Text.time(message.at()) + "  version " + message.seq() + "  " + Text.oneLine(message.id())));
        List<String> lines = linesOf(message.content());
        int most = full || message.role() != Role.TOOL ? Integer.MAX_VALUE : TOOL_LINES;
        lines.stream().limit(most).forEach(line -> out.line("  " + line));
        if (lines.size() > most) {
            out.line("  " + terminal.styled(Style.DIM, "… and " + Text.count(lines.size() - most, "more line")));
        }
        out.line("");
    }

    private static String who(Role role) {
        return role.text();
    }

    /** Returns the text in one line, cut off if it is long. */
    static String gist(Json content) {
        return String.join(" ⏎ ", linesOf(content));
    }

    private static List<String> linesOf(Json content) {
        List<String> lines = new ArrayList<>();
        if (content.isObject()) {
            Map<String, Json> members = content.members();
            add(members.get("content"), lines);
            addEach(members.get("tool_calls"), lines);
            addEach(members.get("tool_results"), lines);
        } else {
            add(content, lines);
        }
        return lines.isEmpty() ? List.of("(no text)") : lines;
    }

    private static void addEach(@Nullable Json parts, List<String> lines) {
        if (parts != null && parts.kind() == Json.Kind.ARRAY) {
            parts.elements().forEach(part -> add(part, lines));
        }
    }

    private static void add(@Nullable Json part, List<String> lines) {
        if (part == null || part.isNull()) {
            return;
        }
        if (part.kind() == Json.Kind.STRING) {
            addText(part.text(), lines);
        } else if (part.kind() == Json.Kind.ARRAY) {
            part.elements().forEach(each -> add(each, lines));
        } else if (part.isObject() && part.textOf("text") != null) {
            addText(Objects.requireNonNull(part.textOf("text")), lines);
        } else if (part.isObject() && part.get("function") != null) {
            add(part.get("function"), lines);
        } else if (part.isObject() && part.textOf("name") != null) {
            Json arguments = part.get("arguments") == null ? part.get("input") : part.get("arguments");
            String given = arguments == null
                    ? ""
                    : " " + (arguments.kind() == Json.Kind.STRING ? arguments.text() : arguments.toString());
            lines.add(Text.oneLine("→ " + part.textOf("name") + given));
        } else if (part.isObject() && part.get("content") != null) {
            add(part.get("content"), lines);
        } else {
            lines.add(Text.oneLine(part.toString()));
        }
    }

    private static void addText(String text, List<String> lines) {
        if (!text.isEmpty()) {
            text.stripTrailing().lines().map(Text::inLine).forEach(lines::add);
        }
    }
}
