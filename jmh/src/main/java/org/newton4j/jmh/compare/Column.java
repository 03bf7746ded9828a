/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import java.util.ArrayList;
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

    static List<Column> of(Setting setting, Target target, List<Summary> rows) {
        boolean byLoss = target.goal().metric() == Metric.LOSS;
        String to = " to " + target.text();
        List<Column> columns = new ArrayList<>();
        columns.add(plain("optimizer", s -> s.entry().contestant().title()));
        columns.add(plain("learning rate", s -> Text.number(s.entry().learningRate())));
        if (rows.stream().anyMatch(s -> !s.entry().settings().isEmpty())) {
            columns.add(plain(
                    "settings",
                    s -> s.entry().settings().isEmpty() ? "defaults" : s.entry().settingsText()));
        }
        if (byLoss) {
            columns.add(new Column("training loss", Column::loss, s -> s.divergedRuns() > 0 ? Double.NaN : s.loss()));
        }
        if (setting.model().hasAccuracy()) {
            columns.add(new Column(
                    "test accuracy", Column::accuracy, s -> s.divergedRuns() > 0 ? Double.NaN : -s.accuracy()));
        }
        columns.add(new Column("steps" + to, s -> reached(s, s.steps(), Text.count(s.steps())), Summary::steps));
        if (byLoss) {
            columns.add(plain("steps ÷ Adam's", Column::stepRatio));
        }
        columns.add(new Column("gradients" + to, s -> Text.count(s.gradients()), Summary::gradients));
        columns.add(new Column("seconds" + to, s -> Text.fixed(s.seconds(), 2), Summary::seconds));
        if (byLoss) {
            columns.add(plain("seconds ÷ Adam's", s -> Text.number(s.secondRatio())));
        }
        columns.add(plain("gradients in all", s -> Text.count(s.totalGradients())));
        columns.add(new Column("ms per step", s -> Text.fixed(s.medianMillis(), 2), Summary::medianMillis));
        columns.add(plain("mean ms", s -> Text.fixed(s.meanMillis(), 2)));
        columns.add(new Column(
                "state", s -> Text.bytes(s.memory().bytes()), s -> s.memory().bytes()));
        return columns;
    }

    private static Column plain(String title, Function<Summary, String> text) {
        return new Column(title, text, s -> Double.NaN);
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
        String spread = Double.isNaN(s.spread()) ? "" : " ± " + Text.fixed(100 * s.spread(), 2);
        return ended(s, Text.fixed(100 * s.accuracy(), 2) + spread + " %");
    }

    private static String loss(Summary s) {
        String spread = Double.isNaN(s.lossSpread()) ? "" : " ± " + Text.number(s.lossSpread());
        return ended(s, Text.fixed(s.loss(), s.loss() < 10 ? 4 : 1) + spread);
    }

    private static String ended(Summary s, String text) {
        int diverged = s.divergedRuns();
        int runs = s.runs().size();
        if (diverged == runs) {
            return "diverged";
        }
        return text + (diverged > 0 ? " (" + diverged + " of " + runs + " diverged)" : "");
    }

    private static String stepRatio(Summary s) {
        return s.stepRatio() == Double.POSITIVE_INFINITY ? Text.NOT_REACHED : Text.number(s.stepRatio());
    }

    private static String reached(Summary s, double median, String text) {
        int runs = s.runs().size();
        String shown = median == Double.POSITIVE_INFINITY ? Text.NOT_REACHED : text;
        return s.reached() < runs ? shown + " (" + s.reached() + "/" + runs + ")" : shown;
    }
}
