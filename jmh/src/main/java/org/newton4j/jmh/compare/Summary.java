/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * All runs of one optimizer, as one line of the table.
 *
 * @param entry optimizer and learning rate
 * @param runs the runs, one per seed
 * @param accuracy mean final test accuracy of the runs that did not diverge; NaN if all did
 * @param spread sample standard deviation of that accuracy; NaN for fewer than two runs
 * @param reached number of runs that reached the target
 * @param steps median steps to the target; infinite where half of the runs or more missed it
 * @param gradients median gradient evaluations to the target
 * @param seconds median training seconds to the target
 * @param totalGradients median gradient evaluations of a whole run
 * @param medianMillis median time of a step
 * @param meanMillis mean time of a step
 * @param stateBytes size of the updater's state
 */
record Summary(
        Entry entry,
        List<Run> runs,
        double accuracy,
        double spread,
        int reached,
        double steps,
        double gradients,
        double seconds,
        double totalGradients,
        double medianMillis,
        double meanMillis,
        long stateBytes) {

    static List<Summary> of(List<Run> runs, double target) {
        Map<String, List<Run>> byName = new LinkedHashMap<>();
        for (Run run : runs) {
            byName.computeIfAbsent(run.entry().contestant().name(), name -> new ArrayList<>())
                    .add(run);
        }
        return byName.values().stream().map(own -> one(own, target)).toList();
    }

    private static Summary one(List<Run> runs, double target) {
        double[] accuracies = runs.stream()
                .filter(run -> !run.diverged())
                .mapToDouble(run -> run.last().testAccuracy())
                .toArray();
        double[] millis = runs.stream()
                .flatMap(run -> run.stepMillis().stream())
                .mapToDouble(Double::doubleValue)
                .toArray();
        return new Summary(
                runs.get(0).entry(),
                runs,
                Arrays.stream(accuracies).average().orElse(Double.NaN),
                deviation(accuracies),
                (int) runs.stream()
                        .filter(run -> run.reached(target).isPresent())
                        .count(),
                toTarget(runs, target, Point::step),
                toTarget(runs, target, Point::gradients),
                toTarget(runs, target, Point::seconds),
                median(runs.stream().mapToDouble(run -> run.last().gradients()).toArray()),
                median(millis),
                Arrays.stream(millis).average().orElse(Double.NaN),
                runs.get(0).stateBytes());
    }

    int divergedRuns() {
        return (int) runs.stream().filter(Run::diverged).count();
    }

    /** Median over all runs; a run that missed the target counts as infinitely late. */
    private static double toTarget(List<Run> runs, double target, ToDoubleFunction<Point> cost) {
        return median(runs.stream()
                .mapToDouble(run -> {
                    var index = run.reached(target);
                    return index.isPresent()
                            ? cost.applyAsDouble(run.points().get(index.getAsInt()))
                            : Double.POSITIVE_INFINITY;
                })
                .toArray());
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
