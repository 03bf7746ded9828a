/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import java.util.List;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;

/** The six charts of a report: accuracy and loss, each against steps, gradient evaluations and seconds. */
final class Charts {
    private static final double SHOWN_BELOW_TARGET = 0.18;

    private final Results results;

    Charts(Results results) {
        this.results = results;
    }

    List<String> accuracy() {
        double target = results.setting().target();
        double best = max(Point::testAccuracy);
        double from = Math.max(0, Math.floor((target - SHOWN_BELOW_TARGET) * 20) / 20);
        double to = Math.min(1, Math.ceil((Math.max(best, target) + 0.01) * 20) / 20);
        return List.of(
                chart("accuracy-steps", "steps", Point::step, from, to),
                chart("accuracy-gradients", "gradient evaluations", Point::gradients, from, to),
                chart("accuracy-seconds", "seconds of training", Point::seconds, from, to));
    }

    List<String> loss() {
        // From the best loss to a bit above where the network starts.
        double to = results.runs().get(0).points().get(0).trainLoss() * 1.1;
        double from = Math.min(to / 4, 0.9 * -max(p -> -p.trainLoss()));
        return List.of(
                lossChart("loss-steps", "steps", Point::step, from, to),
                lossChart("loss-gradients", "gradient evaluations", Point::gradients, from, to),
                lossChart("loss-seconds", "seconds of training", Point::seconds, from, to));
    }

    private String chart(String id, String xLabel, ToDoubleFunction<Point> x, double from, double to) {
        return new Chart(
                        id,
                        "test accuracy against " + xLabel,
                        xLabel,
                        max(x),
                        from,
                        to,
                        false,
                        value -> Text.number(100 * value) + " %")
                .draw(
                        Curve.of(results.runs(), x, Point::testAccuracy),
                        OptionalDouble.of(results.setting().target()));
    }

    private String lossChart(String id, String xLabel, ToDoubleFunction<Point> x, double from, double to) {
        return new Chart(id, "training loss against " + xLabel, xLabel, max(x), from, to, true, Text::number)
                .draw(Curve.of(results.runs(), x, Point::trainLoss), OptionalDouble.empty());
    }

    private double max(ToDoubleFunction<Point> value) {
        return results.runs().stream()
                .flatMap(run -> run.points().stream())
                .mapToDouble(value)
                .filter(Double::isFinite)
                .max()
                .orElse(1);
    }
}
