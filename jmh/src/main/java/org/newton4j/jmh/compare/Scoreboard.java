/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.nd4j.shade.jackson.databind.SerializationFeature;

/**
 * The ratios of one run, as text, Markdown and JSON.
 *
 * @param sections tables
 * @param outcomes of each job; a job that failed is missing
 * @param facts machine, command, date: name → value
 */
record Scoreboard(List<SpeedSection> sections, Map<SpeedJob, Outcome> outcomes, Map<String, String> facts) {

    private List<List<String>> table(SpeedSection section) {
        List<List<String>> rows = new ArrayList<>();
        List<String> head = new ArrayList<>(List.of("", "ms"));
        head.addAll(section.columns());
        if (section.hasBounds()) {
            head.add("goal");
        }
        rows.add(head);
        for (SpeedSection.Line line : section.lines()) {
            List<String> row = new ArrayList<>();
            row.add(line.name());
            row.add(
                    outcomes.keySet().containsAll(line.time().jobs())
                            ? line.time().of(outcomes).text()
                            : "failed");
            for (Quantity ratio : line.ratios()) {
                row.add(ratio == null ? "" : ratio.of(outcomes).text());
            }
            if (section.hasBounds()) {
                row.add(line.verdict(outcomes));
            }
            rows.add(row);
        }
        return rows;
    }

    String text() {
        StringBuilder out = new StringBuilder();
        for (SpeedSection section : sections) {
            List<List<String>> rows = table(section);
            int[] width = new int[rows.get(0).size()];
            for (List<String> row : rows) {
                for (int c = 0; c < width.length; c++) {
                    width[c] = Math.max(width[c], row.get(c).length());
                }
            }
            out.append('\n').append(section.title()).append('\n');
            for (List<String> row : rows) {
                StringBuilder line = new StringBuilder("  ");
                for (int c = 0; c < width.length; c++) {
                    String pad = " ".repeat(width[c] - row.get(c).length());
                    line.append(c == 0 ? row.get(c) + pad : "   " + pad + row.get(c));
                }
                out.append(line.toString().stripTrailing()).append('\n');
            }
        }
        return out.toString();
    }

    String markdown() {
        StringBuilder out = new StringBuilder();
        facts.forEach((name, value) ->
                out.append("* ").append(name).append(": ").append(value).append('\n'));
        for (SpeedSection section : sections) {
            out.append("\n### ").append(section.title()).append("\n\n");
            if (!section.note().isEmpty()) {
                out.append(section.note()).append("\n\n");
            }
            List<List<String>> rows = table(section);
            markdown(out, rows.get(0));
            markdown(out, Collections.nCopies(rows.get(0).size(), "---"));
            rows.subList(1, rows.size()).forEach(row -> markdown(out, row));
        }
        return out.toString();
    }

    private static void markdown(StringBuilder out, List<String> row) {
        out.append("| ").append(String.join(" | ", row)).append(" |\n");
    }

    String json() throws IOException {
        Map<String, @Nullable Object> root = new LinkedHashMap<>();
        root.put("facts", facts);
        List<Object> tables = new ArrayList<>();
        for (SpeedSection section : sections) {
            Map<String, Object> table = new LinkedHashMap<>();
            table.put("title", section.title());
            List<Object> rows = new ArrayList<>();
            for (SpeedSection.Line line : section.lines()) {
                rows.add(row(section, line));
            }
            table.put("rows", rows);
            tables.add(table);
        }
        root.put("sections", tables);
        return new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValueAsString(root) + "\n";
    }

    private Map<String, @Nullable Object> row(SpeedSection section, SpeedSection.Line line) {
        Map<String, @Nullable Object> row = new LinkedHashMap<>();
        row.put("name", line.name());
        row.put("benchmark", line.time().jobs().get(0).benchmark());
        row.put("parameters", line.time().jobs().get(0).parameters());
        row.put("millis", numbers(line.time().of(outcomes)));
        Map<String, @Nullable Object> ratios = new LinkedHashMap<>();
        for (int c = 0; c < section.columns().size(); c++) {
            Quantity ratio = line.ratios().get(c);
            if (ratio != null) {
                ratios.put(section.columns().get(c), numbers(ratio.of(outcomes)));
            }
        }
        row.put("ratios", ratios);
        row.put("goal", line.bound() == null ? null : line.verdict(outcomes));
        return row;
    }

    private static Map<String, @Nullable Object> numbers(Median median) {
        Map<String, @Nullable Object> map = new TreeMap<>();
        median.numbers().forEach((name, value) -> map.put(name, Double.isFinite(value) ? value : null));
        return map;
    }
}
