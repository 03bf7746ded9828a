/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.readme;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A fenced {@code java} block of a Markdown page.
 *
 * <p>Two kinds: a block whose first line is {@code // file: Name.java} is a complete class with a {@code main}; any other
 * block is statements that could stand in a method, after the imports the block itself begins with.
 *
 * @param line number of the block's first line of code in the page, counted from 1
 * @param text the code between the fences
 */
record MarkdownCode(int line, String text) {

    private static final Pattern FENCE = Pattern.compile("^\\s*(`{3,}|~{3,})\\s*(\\S*).*$");
    private static final Pattern FILE = Pattern.compile("^\\s*//\\s*file:\\s*(\\w+)\\.java\\s*(\\R|$)");
    private static final Pattern IMPORT = Pattern.compile("(?m)^import\\s[^;]+;[ \\t]*$");

    /** Every {@code java} block of a page, in order. */
    static List<MarkdownCode> of(String page) {
        List<MarkdownCode> blocks = new ArrayList<>();
        String[] lines = page.split("\\R", -1);
        for (int i = 0; i < lines.length; i++) {
            Matcher open = FENCE.matcher(lines[i]);
            if (!open.matches()) {
                continue;
            }
            int start = i + 1;
            int end = start;
            while (end < lines.length && !lines[end].strip().equals(open.group(1))) {
                end++;
            }
            if (end == lines.length) {
                throw new IllegalArgumentException("the code block opened in line " + (i + 1) + " is never closed");
            }
            if (open.group(2).equals("java")) {
                blocks.add(new MarkdownCode(
                        start + 1, String.join("\n", List.of(lines).subList(start, end)) + "\n"));
            }
            i = end;
        }
        return blocks;
    }

    /** Name of the class this block declares to be, empty for statements. */
    Optional<String> className() {
        Matcher matcher = FILE.matcher(text);
        return matcher.lookingAt() ? Optional.of(matcher.group(1)) : Optional.empty();
    }

    /**
     * The block as a class: itself, or its statements in a method after its own imports and the given ones.
     *
     * @param name class to make of statements
     * @param imports lines in front of the class
     * @param members fields and methods the statements may use without declaring them; a statement may declare a
     *     variable of the same name
     */
    String asClass(String name, String imports, String members) {
        if (className().isPresent()) {
            return text;
        }
        StringBuilder own = new StringBuilder();
        Matcher matcher = IMPORT.matcher(text);
        while (matcher.find()) {
            own.append(matcher.group()).append('\n');
        }
        String statements = IMPORT.matcher(text).replaceAll("");
        return own + imports + "\nabstract class " + name + " {\n" + members
                + "\n    void snippet() throws Exception {\n" + statements + "\n    }\n}\n";
    }
}
