/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * What counts as reached, known once the runs are over.
 *
 * <p>An automatic target is set seed by seed: the loss the baseline has at its last evaluation within {@value
 * Goal#BASELINE_SHARE} of its steps, from the same weights and on the same batches. So the baseline always reaches it,
 * unless it diverged first; then nobody reaches it in that seed.
 *
 * @param goal what was asked for
 * @param bySeed value to reach for each seed; NaN where there is none
 */
record Target(Goal goal, Map<Long, Double> bySeed) {

    static Target of(Setting setting, List<Run> runs) {
        Map<Long, Double> bySeed = new LinkedHashMap<>();
        for (long seed : setting.seeds()) {
            bySeed.put(
                    seed,
                    setting.goal().automatic()
                            ? baseline(setting, runs, seed)
                            : setting.goal().value());
        }
        return new Target(setting.goal(), bySeed);
    }

    private static double baseline(Setting setting, List<Run> runs, long seed) {
        double late = Goal.BASELINE_SHARE * setting.budget().steps();
        return runs.stream()
                .filter(run -> run.seed() == seed
                        && run.entry().contestant().name().equals(Goal.BASELINE)
                        && (run.divergedAt().isEmpty() || run.divergedAt().getAsInt() > late))
                .flatMap(run -> run.points().stream())
                .filter(point -> point.step() <= late)
                .reduce((before, after) -> after)
                .map(Point::trainLoss)
                .orElse(Double.NaN);
    }

    /** Index of the first evaluation that meets the target; empty if there is none. */
    OptionalInt reached(Run run) {
        double value = bySeed.getOrDefault(run.seed(), Double.NaN);
        List<Point> points = run.points();
        return IntStream.range(0, points.size())
                .filter(i -> goal.metric() == Metric.ACCURACY
                        ? points.get(i).testAccuracy() >= value
                        : points.get(i).trainLoss() <= value)
                .findFirst();
    }

    /** Mean over the seeds that have a target, for charts and headings; NaN if none has. */
    double value() {
        return bySeed.values().stream()
                .mapToDouble(Double::doubleValue)
                .filter(Double::isFinite)
                .average()
                .orElse(Double.NaN);
    }

    /** Short, for headings: "78 %" or "loss 0.265". */
    String text() {
        return goal.metric() == Metric.ACCURACY
                ? Text.number(100 * value()) + "\u00a0%"
                : "loss\u00a0" + Text.number(value());
    }
}
