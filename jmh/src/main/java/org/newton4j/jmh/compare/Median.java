/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import java.util.Arrays;
import java.util.Map;

/**
 * The median of independent rounds and an interval that covers the true one, whatever the distribution.
 *
 * <p>Let x₁ ≤ … ≤ x_n be the sorted values and B binomial with n trials of probability 1/2. The true median lies below x_k
 * only if fewer than k values are below it, so
 *
 * <pre>
 * P(x_k ≤ median ≤ x_{n+1-k}) ≥ 1 - 2 P(B < k)
 * </pre>
 *
 * and k is the largest for which that is at least 0.95. Fewer than six values have none: there the interval is their
 * whole range.
 *
 * @param value the median
 * @param low end of the interval
 * @param high end of the interval
 * @param rounds number of values
 */
record Median(double value, double low, double high, int rounds) {
    private static final double BESIDE = 0.05;

    /**
     * The median of values.
     *
     * @param values in any order; Not modified
     * @return the median; of NaN if there are no values or one of them is not finite
     */
    static Median of(double[] values) {
        int n = values.length;
        if (n == 0 || !Arrays.stream(values).allMatch(Double::isFinite)) {
            return new Median(Double.NaN, Double.NaN, Double.NaN, n);
        }
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int k = rank(n);
        return new Median((sorted[(n - 1) / 2] + sorted[n / 2]) / 2, sorted[k - 1], sorted[n - k], n);
    }

    /** Largest k ≥ 1 with 2 P(B < k) ≤ 0.05, or 1. */
    private static int rank(int n) {
        double probability = Math.pow(0.5, n);
        double below = probability;
        int k = 0;
        while (2 * below <= BESIDE) {
            k++;
            probability *= (n - k + 1) / (double) k;
            below += probability;
        }
        return Math.max(k, 1);
    }

    /** This median divided by one of other rounds; the interval reaches from the smallest quotient of ends to the largest. */
    Median over(Median other) {
        return new Median(value / other.value, low / other.high, high / other.low, Math.min(rounds, other.rounds));
    }

    String text() {
        return Text.number(value)
                + (Double.isFinite(value) ? " [" + Text.number(low) + ", " + Text.number(high) + "]" : "");
    }

    /** Name → number, for machines; NaN where nothing is known. */
    Map<String, Double> numbers() {
        return Map.of("value", value, "low", low, "high", high, "rounds", (double) rounds);
    }
}
