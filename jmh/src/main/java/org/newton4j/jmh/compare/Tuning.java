/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

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

    static List<Entry> grid(Model model, List<Contestant> contestants) {
        List<Entry> grid = new ArrayList<>();
        for (Contestant contestant : contestants) {
            for (int k = -TRIALS / 2; k <= TRIALS / 2; k++) {
                double value = contestant.centre(model) * Math.pow(10, k / 3.0);
                grid.add(contestant.at(Double.parseDouble(Text.number(value)), Entry.TRIAL));
            }
        }
        return grid;
    }

    /** The grids as a Markdown table for docs/tuning.md, the best of each row bold. */
    static String markdown(Model model, List<Contestant> contestants, Trials trials) {
        StringBuilder out = new StringBuilder("| optimizer | turned |");
        StringBuilder rule = new StringBuilder("|---|---|");
        for (int k = 1; k <= TRIALS; k++) {
            out.append(' ').append(k).append(" |");
            rule.append("---|");
        }
        out.append('\n').append(rule).append('\n');
        for (Contestant contestant : contestants) {
            Map<String, Double> losses = trials.losses(model, contestant);
            double best = losses.values().stream()
                    .mapToDouble(Double::doubleValue)
                    .min()
                    .orElse(Double.NaN);
            out.append("| ")
                    .append(contestant.title())
                    .append(" | ")
                    .append(contestant.knob().parameter())
                    .append(" |");
            losses.forEach((value, loss) -> {
                String bold = loss == best ? "**" : "";
                String text = Double.isFinite(loss) ? Text.fixed(loss, loss < 10 ? 3 : 1) : "diverged";
                out.append(' ')
                        .append(bold)
                        .append(value)
                        .append(": ")
                        .append(text)
                        .append(bold)
                        .append(" |");
            });
            out.append('\n');
        }
        return out.toString();
    }
}
