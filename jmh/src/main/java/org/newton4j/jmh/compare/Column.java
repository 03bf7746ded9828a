/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import java.util.List;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/**
 * A column of the result table, for the terminal and for the page.
 *
 * @param title heading
 * @param text what is printed
 * @param rank number of which the smallest is the best; NaN for a row that cannot win
 */
record Column(String title, Function<Summary, String> text, ToDoubleFunction<Summary> rank) {

    static List<Column> of(Setting setting) {
        String to = " to " + Text.number(100 * setting.target()) + "\u00a0%";
        return List.of(
                new Column("optimizer", s -> s.entry().contestant().title(), s -> Double.NaN),
                new Column("learning rate", s -> Text.number(s.entry().learningRate()), s -> Double.NaN),
                new Column("test accuracy", Column::accuracy, s -> s.divergedRuns() > 0 ? Double.NaN : -s.accuracy()),
                new Column("steps" + to, s -> reached(s, Text.count(s.steps())), Summary::steps),
                new Column("gradients" + to, s -> reached(s, Text.count(s.gradients())), Summary::gradients),
                new Column("seconds" + to, s -> reached(s, Text.fixed(s.seconds(), 2)), Summary::seconds),
                new Column("gradients in all", s -> Text.count(s.totalGradients()), s -> Double.NaN),
                new Column("ms per step", s -> Text.fixed(s.medianMillis(), 2), Summary::medianMillis),
                new Column("mean ms", s -> Text.fixed(s.meanMillis(), 2), s -> Double.NaN),
                new Column("state", s -> Text.bytes(s.stateBytes()), Summary::stateBytes));
    }

    /** Whether this row is the best of its column; rows that tie are all best, but not if all rows tie. */
    boolean best(Summary row, List<Summary> rows) {
        double own = rank.applyAsDouble(row);
        boolean anyWorse = false;
        for (Summary other : rows) {
            double theirs = rank.applyAsDouble(other);
            if (theirs < own) {
                return false;
            }
            anyWorse |= !(theirs == own);
        }
        return Double.isFinite(own) && anyWorse;
    }

    private static String accuracy(Summary s) {
        int diverged = s.divergedRuns();
        int runs = s.runs().size();
        if (diverged == runs) {
            return "diverged";
        }
        String mean = Text.fixed(100 * s.accuracy(), 2);
        String spread = Double.isNaN(s.spread()) ? "" : " ± " + Text.fixed(100 * s.spread(), 2);
        return mean + spread + " %" + (diverged > 0 ? " (" + diverged + " of " + runs + " diverged)" : "");
    }

    private static String reached(Summary s, String median) {
        int runs = s.runs().size();
        return s.reached() < runs ? median + " (" + s.reached() + "/" + runs + ")" : median;
    }
}
