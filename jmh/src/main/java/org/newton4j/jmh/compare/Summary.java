/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;

/**
 * All runs of one optimizer, as one line of the table.
 *
 * @param entry optimizer and its settings
 * @param runs the runs, one per seed
 * @param accuracy mean final test accuracy of the runs that did not diverge; NaN if all did or there is none
 * @param spread sample standard deviation of that accuracy; NaN for fewer than two runs
 * @param loss mean final training loss of the runs that did not diverge; NaN if all did
 * @param lossSpread its sample standard deviation
 * @param reached number of runs that reached the target
 * @param steps median steps to the target; infinite where half of the runs or more missed it
 * @param gradients median gradient evaluations to the target
 * @param seconds median training seconds to the target
 * @param stepRatio median over the seeds of steps to the target divided by the baseline's; infinite where half of the runs
 *     or more missed it, NaN where the baseline missed it or does not take part
 * @param secondRatio the same of seconds
 * @param totalGradients median gradient evaluations of a whole run
 * @param medianMillis median time of a step
 * @param meanMillis mean time of a step
 * @param memory what the optimizer keeps, the largest of the runs
 */
record Summary(
        Entry entry,
        List<Run> runs,
        double accuracy,
        double spread,
        double loss,
        double lossSpread,
        int reached,
        double steps,
        double gradients,
        double seconds,
        double stepRatio,
        double secondRatio,
        double totalGradients,
        double medianMillis,
        double meanMillis,
        Memory memory) {

    static List<Summary> of(List<Run> runs, Target target) {
        Map<String, List<Run>> byName = new LinkedHashMap<>();
        for (Run run : runs) {
            byName.computeIfAbsent(run.entry().contestant().name(), name -> new ArrayList<>())
                    .add(run);
        }
        List<Run> baseline = byName.getOrDefault(Goal.BASELINE, List.of());
        return byName.values().stream().map(own -> one(own, baseline, target)).toList();
    }

    private static Summary one(List<Run> runs, List<Run> baseline, Target target) {
        double[] accuracies = finals(runs, Point::testAccuracy);
        double[] losses = finals(runs, Point::trainLoss);
        double[] millis = runs.stream()
                .flatMap(run -> run.stepMillis().stream())
                .mapToDouble(Double::doubleValue)
                .toArray();
        return new Summary(
                runs.get(0).entry(),
                runs,
                Arrays.stream(accuracies).average().orElse(Double.NaN),
                deviation(accuracies),
                Arrays.stream(losses).average().orElse(Double.NaN),
                deviation(losses),
                (int) runs.stream()
                        .filter(run -> target.reached(run).isPresent())
                        .count(),
                median(runs, run -> cost(run, target, Point::step)),
                median(runs, run -> cost(run, target, Point::gradients)),
                median(runs, run -> cost(run, target, Point::seconds)),
                median(runs, run -> ratio(run, baseline, target, Point::step)),
                median(runs, run -> ratio(run, baseline, target, Point::seconds)),
                median(runs, run -> run.last().gradients()),
                median(millis),
                Arrays.stream(millis).average().orElse(Double.NaN),
                new Memory(
                        runs.stream()
                                .mapToLong(run -> run.memory().view())
                                .max()
                                .orElse(0),
                        runs.stream()
                                .mapToLong(run -> run.memory().outside())
                                .max()
                                .orElse(0)));
    }

    int divergedRuns() {
        return (int) runs.stream().filter(Run::diverged).count();
    }

    private static double[] finals(List<Run> runs, ToDoubleFunction<Point> value) {
        return runs.stream()
                .filter(run -> !run.diverged())
                .mapToDouble(run -> value.applyAsDouble(run.last()))
                .toArray();
    }

    /** A run that missed the target is infinitely late. */
    private static double cost(Run run, Target target, ToDoubleFunction<Point> cost) {
        var index = target.reached(run);
        return index.isPresent() ? cost.applyAsDouble(run.points().get(index.getAsInt())) : Double.POSITIVE_INFINITY;
    }

    private static double ratio(Run run, List<Run> baseline, Target target, ToDoubleFunction<Point> cost) {
        OptionalDouble unit = baseline.stream()
                .filter(other -> other.seed() == run.seed())
                .mapToDouble(other -> cost(other, target, cost))
                .filter(Double::isFinite)
                .findFirst();
        return unit.isPresent() ? cost(run, target, cost) / unit.getAsDouble() : Double.NaN;
    }

    private static double median(List<Run> runs, ToDoubleFunction<Run> value) {
        double[] values = runs.stream().mapToDouble(value).toArray();
        return Arrays.stream(values).anyMatch(Double::isNaN) ? Double.NaN : median(values);
    }

    /** Middle value, or mean of the two middle values; NaN of none. */
    static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int n = sorted.length;
        return n == 0 ? Double.NaN : (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
    }

    /** Sample standard deviation; NaN of fewer than two. */
    static double deviation(double[] values) {
        if (values.length < 2) {
            return Double.NaN;
        }
        double mean = Arrays.stream(values).average().orElseThrow();
        double squares = Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum();
        return Math.sqrt(squares / (values.length - 1));
    }
}
