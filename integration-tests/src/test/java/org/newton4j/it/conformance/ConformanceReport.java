/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.conformance;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** The table printed at the end: kind, cases found, run, failed, worst error over tolerance. */
final class ConformanceReport {

    private static final String LINE = "%-46s %6s %6s %7s   %s%n";

    private static final class Row {
        private int found;
        private int run;
        private int failed;
        private boolean implemented;
        private final Map<String, Double> worst = new TreeMap<>();
    }

    private final Map<String, Row> rows = new TreeMap<>();

    /** A case exists. */
    synchronized void found(String kind, boolean implemented) {
        Row row = rows.computeIfAbsent(kind, k -> new Row());
        row.found++;
        row.implemented = implemented;
    }

    /** A case was run, successfully or not. */
    synchronized void finished(String kind, Checks checks, boolean passed) {
        Row row = rows.computeIfAbsent(kind, k -> new Row());
        row.run++;
        row.failed += passed ? 0 : 1;
        checks.worst().forEach((quantity, ratio) -> row.worst.merge(quantity, ratio, Math::max));
    }

    /** The table. */
    synchronized String table(String title) {
        StringBuilder text = new StringBuilder(String.format("%n%s%n", title));
        text.append(line("kind", "found", "run", "failed", "worst error / tolerance"));
        rows.forEach((kind, row) -> {
            if (!row.implemented) {
                text.append(line(kind, row.found, 0, 0, "not implemented"));
                return;
            }
            double worst = row.worst.values().stream().mapToDouble(d -> d).max().orElse(Double.NaN);
            text.append(line(kind, row.found, row.run, row.failed, number(worst)));
            if (row.worst.size() > 1) {
                row.worst.forEach((quantity, ratio) -> text.append(line("    " + quantity, "", "", "", number(ratio))));
            }
        });
        return text.toString();
    }

    private static String line(Object... cells) {
        return String.format(Locale.ROOT, LINE, cells).replaceAll("[ ]+(\\R)$", "$1");
    }

    private static String number(double ratio) {
        return Double.isNaN(ratio) ? "-" : String.format(Locale.ROOT, "%.2e", ratio);
    }
}
