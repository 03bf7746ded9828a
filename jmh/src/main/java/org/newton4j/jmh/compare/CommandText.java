/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import java.nio.file.Path;
import java.util.Set;
import java.util.StringJoiner;
import java.util.regex.Pattern;
import picocli.CommandLine.ParseResult;

/** The command line for a report: as typed, but of a path only the last name, which tells nothing about the machine. */
final class CommandText {
    private static final Set<String> PATHS = Set.of("--data", "--out");

    /** What a shell takes as it stands. */
    private static final Pattern PLAIN = Pattern.compile("[\\w.,:=/@%+-]+");

    private CommandText() {}

    static String of(ParseResult parsed) {
        StringJoiner text = new StringJoiner(" ");
        text.add("./compare");
        String option = "";
        for (String argument : parsed.originalArgs()) {
            int equals = argument.indexOf('=');
            String name = equals < 0 ? argument : argument.substring(0, equals);
            if (PATHS.contains(option)) {
                text.add(last(argument));
            } else if (equals >= 0 && PATHS.contains(name)) {
                text.add(name + "=" + last(argument.substring(equals + 1)));
            } else {
                text.add(PLAIN.matcher(argument).matches() ? argument : '"' + argument + '"');
            }
            option = argument;
        }
        return text.toString();
    }

    private static String last(String path) {
        Path name = Path.of(path).toAbsolutePath().normalize().getFileName();
        return name == null ? "/" : name.toString();
    }
}
