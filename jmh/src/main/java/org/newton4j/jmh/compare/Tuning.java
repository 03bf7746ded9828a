/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import java.util.ArrayList;
import java.util.List;

/**
 * The search for learning rates, the same for every optimizer: {@value #TRIALS} values a factor 10^(1/3) apart, two
 * seeds, judged by the training loss after the last step. One seed is not enough: it may pick a rate that kills every
 * relu from the next. Test images have no say.
 */
final class Tuning {
    /** Seeds of the search; comparisons use 1, 2, …. Never 0, which ND4J takes for "draw a seed from the clock". */
    static final List<Long> SEEDS = List.of(1000L, 1001L);

    static final int TRIALS = 7;

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

    /** One line per trial: model, optimizer, learning rate, seed, loss ("Infinity" if it diverged). */
    static String csv(Model model, List<Run> runs) {
        StringBuilder out = new StringBuilder("model,optimizer,learning_rate,seed,train_loss\n");
        for (Run run : runs) {
            out.append(model.label())
                    .append(',')
                    .append(run.entry().contestant().name())
                    .append(',')
                    .append(Text.number(run.entry().learningRate()))
                    .append(',')
                    .append(run.seed())
                    .append(',')
                    .append(run.diverged() ? "Infinity" : Text.fixed(run.last().trainLoss(), 4))
                    .append('\n');
        }
        return out.toString();
    }
}
