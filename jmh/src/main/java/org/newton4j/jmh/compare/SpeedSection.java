/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A table of the scoreboard: what is measured in the rows, what it is measured against in the columns.
 *
 * @param title heading
 * @param note how to read it
 * @param columns headings of the ratios
 * @param lines rows
 */
record SpeedSection(String title, String note, List<String> columns, List<Line> lines) {

    /**
     * What a ratio should be.
     *
     * @param column index among the ratios
     * @param atLeast whether more is better
     * @param value the bound
     */
    record Bound(int column, boolean atLeast, double value) {
        boolean met(double ratio) {
            return atLeast ? ratio >= value : ratio <= value;
        }

        String text() {
            return (atLeast ? "≥ " : "≤ ") + Text.number(value);
        }
    }

    /**
     * A row.
     *
     * @param name of what is measured
     * @param time of it, in milliseconds
     * @param ratios one for each column; null where there is nothing to compare with
     * @param bound null where nothing was promised
     */
    record Line(
            String name,
            Quantity time,
            List<@Nullable Quantity> ratios,
            @Nullable Bound bound) {

        /** The promise and whether it holds, with a question mark if the interval lies on both sides; empty without one. */
        String verdict(Map<SpeedJob, Outcome> outcomes) {
            if (bound == null) {
                return "";
            }
            Quantity quantity = ratios.get(bound.column());
            Median ratio = quantity == null ? Median.of(new double[0]) : quantity.of(outcomes);
            if (Double.isNaN(ratio.value())) {
                return bound.text() + " not measured";
            }
            boolean unsure = bound.met(ratio.low()) != bound.met(ratio.high());
            return bound.text() + (bound.met(ratio.value()) ? " met" : " missed") + (unsure ? "?" : "");
        }
    }

    /** Everything to measure, what is compared side by side where possible. */
    static List<SpeedJob> jobs(List<SpeedSection> sections) {
        Set<SpeedJob> jobs = new LinkedHashSet<>();
        for (SpeedSection section : sections) {
            for (Line line : section.lines()) {
                jobs.addAll(line.time().jobs());
                for (Quantity ratio : line.ratios()) {
                    if (ratio != null) {
                        jobs.addAll(ratio.jobs());
                    }
                }
            }
        }
        return new ArrayList<>(jobs);
    }

    boolean hasBounds() {
        return lines.stream().anyMatch(line -> line.bound() != null);
    }

    OptionalInt column(String title) {
        int index = columns.indexOf(title);
        return index < 0 ? OptionalInt.empty() : OptionalInt.of(index);
    }
}
