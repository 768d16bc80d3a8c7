package dev.reel.architecture;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The API that users can see, as text: each public type that a module exports to all, with its public and protected
 * members.
 */
final class PublicApi {

    /** Packages that modules export only to each other, and packages of programs. */
    private static final Set<String> HIDDEN =
            Set.of("dev.reel.internal", "dev.reel.internal.engine", "dev.reel.cli", "dev.reel.examples");

    private final TreeMap<String, List<String>> types = new TreeMap<>();

    private PublicApi(List<Class<?>> classes) {
        classes.forEach(type -> types.put(headOf(type), members(type)));
    }

    static PublicApi of(JavaClasses classes) {
        return new PublicApi(classes.stream()
                .filter(type -> !HIDDEN.contains(type.getPackageName()))
                .filter(type ->
                        !type.isAnonymousClass() && !type.getSimpleName().equals("package-info"))
                .<Class<?>>map(JavaClass::reflect)
                .filter(PublicApi::isSeen)
                .toList());
    }

    static PublicApi of(Class<?>... classes) {
        return new PublicApi(Arrays.asList(classes));
    }

    private static boolean isSeen(Class<?> type) {
        return isSeen(type.getModifiers()) && (type.getEnclosingClass() == null || isSeen(type.getEnclosingClass()));
    }

    private static boolean isSeen(int modifiers) {
        return Modifier.isPublic(modifiers) || Modifier.isProtected(modifiers);
    }

    private static String headOf(Class<?> type) {
        String parents = Stream.concat(
                        Stream.ofNullable(type.getGenericSuperclass())
                                .filter(it -> it != Object.class && it != Record.class && !type.isEnum()),
                        Arrays.stream(type.getGenericInterfaces()))
                .map(it -> it.getTypeName())
                .collect(Collectors.joining(", "));
        return type.getName() + ": " + type.toGenericString() + (parents.isEmpty() ? "" : " of " + parents);
    }

    private static List<String> members(Class<?> type) {
        TreeSet<String> members = new TreeSet<>();
        add(members, type.getDeclaredFields(), Field::toGenericString);
        add(members, type.getDeclaredConstructors(), Constructor::toGenericString);
        add(members, type.getDeclaredMethods(), Method::toGenericString);
        return List.copyOf(members);
    }

    private static <M extends Member> void add(Set<String> members, M[] declared, Function<M, String> text) {
        Arrays.stream(declared)
                .filter(it -> isSeen(it.getModifiers()) && !it.isSynthetic())
                .map(text)
                .forEach(members::add);
    }

    int typeCount() {
        return types.size();
    }

    int memberCount() {
        return types.values().stream().mapToInt(List::size).sum();
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        text.append("# What users of Reel can see, made by PublicApiTest: ")
                .append(typeCount())
                .append(" types, ")
                .append(memberCount())
                .append(" members.\n");
        types.forEach((head, members) -> {
            text.append('\n').append(head.substring(head.indexOf(": ") + 2)).append('\n');
            members.forEach(member -> text.append("    ").append(member).append('\n'));
        });
        return text.toString();
    }
}
