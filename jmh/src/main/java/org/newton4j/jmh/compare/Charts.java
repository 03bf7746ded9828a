/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import java.util.List;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;

/** The charts of a report: accuracy and loss, each against steps, gradient evaluations and seconds. */
final class Charts {
    private static final double SHOWN_BELOW_TARGET = 0.18;

    private final Results results;

    Charts(Results results) {
        this.results = results;
    }

    List<String> accuracy() {
        OptionalDouble target = target(Metric.ACCURACY);
        double best = max(Point::testAccuracy);
        double aim = target.orElse(best);
        double from = Math.max(0, Math.floor((aim - SHOWN_BELOW_TARGET) * 20) / 20);
        double to = Math.min(1, Math.ceil((Math.max(best, aim) + 0.01) * 20) / 20);
        return List.of(
                chart("accuracy-steps", "steps", Point::step, from, to, target),
                chart("accuracy-gradients", "gradient evaluations", Point::gradients, from, to, target),
                chart("accuracy-seconds", "seconds of training", Point::seconds, from, to, target));
    }

    List<String> loss() {
        OptionalDouble target = target(Metric.LOSS);
        // From the best loss to a bit above where the network starts.
        double to = results.runs().get(0).points().get(0).trainLoss() * 1.1;
        double best = Math.min(-max(p -> -p.trainLoss()), target.orElse(Double.POSITIVE_INFINITY));
        // A loss that hardly falls (an autoencoder's has a floor) would be a flat line in a taller chart.
        double from = best > to / 4 ? 0.97 * best : Math.min(to / 4, 0.9 * best);
        return List.of(
                lossChart("loss-steps", "steps", Point::step, from, to, target),
                lossChart("loss-gradients", "gradient evaluations", Point::gradients, from, to, target),
                lossChart("loss-seconds", "seconds of training", Point::seconds, from, to, target));
    }

    private OptionalDouble target(Metric metric) {
        double value = results.target().value();
        return results.target().goal().metric() == metric && Double.isFinite(value)
                ? OptionalDouble.of(value)
                : OptionalDouble.empty();
    }

    private String chart(
            String id, String xLabel, ToDoubleFunction<Point> x, double from, double to, OptionalDouble target) {
        return new Chart(
                        id,
                        "test accuracy against " + xLabel,
                        xLabel,
                        max(x),
                        from,
                        to,
                        false,
                        value -> Text.number(100 * value) + " %")
                .draw(Curve.of(results.runs(), x, Point::testAccuracy), target);
    }

    private String lossChart(
            String id, String xLabel, ToDoubleFunction<Point> x, double from, double to, OptionalDouble target) {
        return new Chart(id, "training loss against " + xLabel, xLabel, max(x), from, to, true, Text::number)
                .draw(Curve.of(results.runs(), x, Point::trainLoss), target);
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
