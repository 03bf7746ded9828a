/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import java.util.ArrayList;
import java.util.List;

/**
 * The search for learning rates: the same for every optimizer, {@value #TRIALS} values a factor 10^(1/3) apart around its
 * customary one, one seed, judged by the training loss. Test images have no say.
 */
final class Tuning {
    /** Seed of the search; comparisons use 1, 2, …. Not 0, which ND4J takes for "draw a seed from the clock". */
    static final long SEED = 1000;

    static final int TRIALS = 7;
    /** The judged loss is the mean of the last evaluations, which is less noisy than the last one. */
    private static final int AVERAGED = 3;

    private Tuning() {}

    static List<Entry> grid(Model model, List<Entry> entries) {
        List<Entry> grid = new ArrayList<>();
        for (Entry entry : entries) {
            double centre = entry.contestant().rate(model).centre();
            for (int k = -TRIALS / 2; k <= TRIALS / 2; k++) {
                double rate = centre * Math.pow(10, k / 3.0);
                grid.add(new Entry(entry.contestant(), Double.parseDouble(Text.number(rate)), "trial"));
            }
        }
        return grid;
    }

    /** One line per trial: model, optimizer, learning rate, loss ("Infinity" if it diverged). */
    static String csv(Model model, List<Run> runs) {
        StringBuilder out = new StringBuilder("model,optimizer,learning_rate,train_loss\n");
        for (Run run : runs) {
            out.append(model.label())
                    .append(',')
                    .append(run.entry().contestant().name())
                    .append(',')
                    .append(Text.number(run.entry().learningRate()))
                    .append(',')
                    .append(run.diverged() ? "Infinity" : Text.fixed(loss(run), 5))
                    .append('\n');
        }
        return out.toString();
    }

    static double loss(Run run) {
        List<Point> points = run.points();
        return points.subList(Math.max(0, points.size() - AVERAGED), points.size()).stream()
                .mapToDouble(Point::trainLoss)
                .average()
                .orElseThrow();
    }
}
