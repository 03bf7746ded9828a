/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import java.util.ArrayList;
import java.util.List;

/** The result table in plain text; the best value of a column carries a star. */
final class Table {
    private Table() {}

    static String of(Setting setting, Target target, List<Summary> rows) {
        List<Column> columns = Column.of(setting, target, rows);
        List<String[]> lines = new ArrayList<>();
        lines.add(columns.stream().map(Column::title).toArray(String[]::new));
        for (Summary row : rows) {
            lines.add(columns.stream()
                    .map(c -> c.text().apply(row) + (c.best(row, rows) ? " *" : "  "))
                    .toArray(String[]::new));
        }
        int[] width = new int[columns.size()];
        for (String[] line : lines) {
            for (int c = 0; c < width.length; c++) {
                width[c] = Math.max(width[c], line[c].length());
            }
        }
        StringBuilder out = new StringBuilder();
        for (int l = 0; l < lines.size(); l++) {
            append(out, lines.get(l), width);
            if (l == 0) {
                out.append("-".repeat(java.util.Arrays.stream(width).sum() + 2 * (width.length - 1)))
                        .append('\n');
            }
        }
        return out.toString();
    }

    private static void append(StringBuilder out, String[] cells, int[] width) {
        StringBuilder line = new StringBuilder();
        for (int c = 0; c < cells.length; c++) {
            String pad = " ".repeat(width[c] - cells[c].length());
            line.append(c == 0 ? cells[c] + pad : "  " + pad + cells[c]);
        }
        out.append(line.toString().stripTrailing()).append('\n');
    }
}
