/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MedianTest {
    private static final SpeedJob JOB = new SpeedJob("Some.rounds", Map.of(), 3);

    /** Ranks of the order statistics as in Conover, Practical Nonparametric Statistics, table of the binomial. */
    @ParameterizedTest
    @CsvSource({"1, 1, 1", "5, 1, 5", "6, 1, 6", "8, 1, 8", "9, 2, 8", "11, 2, 10", "20, 6, 15", "60, 22, 39"})
    void should_take_the_ranks_that_cover_the_median_with_95_percent(int n, double low, double high) {
        double[] values =
                IntStream.rangeClosed(1, n).mapToDouble(i -> n + 1 - i).toArray();
        assertThat(Median.of(values)).isEqualTo(new Median((n + 1) / 2.0, low, high, n));
        assertThat(values[0]).isEqualTo(n);
    }

    @Test
    void should_cover_the_median_of_a_skewed_distribution_as_often_as_promised() {
        Random random = new Random(1);
        int covered = 0;
        int trials = 4000;
        for (int t = 0; t < trials; t++) {
            Median median = Median.of(random.doubles(11).map(u -> -Math.log(u)).toArray());
            covered += median.low() <= Math.log(2) && Math.log(2) <= median.high() ? 1 : 0;
        }
        // 1 - 2 (1 + 11) / 2^11 = 0.9883, and the standard error of 4000 trials is 0.0017.
        assertThat(covered / (double) trials).isBetween(0.981, 0.995);
    }

    @Test
    void should_take_ratios_within_a_round() {
        Outcome outcome = new Outcome(
                Map.of("a", new double[] {3, 33, 6}, "b", new double[] {1, 11, 3}, "c", new double[] {1, 10, 2}));
        Map<SpeedJob, Outcome> outcomes = Map.of(JOB, outcome);
        assertThat(new Quantity.InRounds(JOB, "a", null, null).of(outcomes)).isEqualTo(new Median(6, 3, 33, 3));
        assertThat(new Quantity.InRounds(JOB, "a", null, "c").of(outcomes)).isEqualTo(new Median(3, 3, 3.3, 3));
        assertThat(new Quantity.InRounds(JOB, "a", "b", "c").of(outcomes)).isEqualTo(new Median(2, 1.5, 2.2, 3));
        assertThat(new Quantity.InRounds(JOB, "a", "b", "c", 10).of(outcomes)).isEqualTo(new Median(20, 15, 22, 3));
        assertThat(outcome.rounds().get("a")).containsExactly(3, 33, 6);
        Quantity unknown = new Quantity.InRounds(JOB, "d", null, "c");
        assertThatThrownBy(() -> unknown.of(outcomes))
                .hasMessageContaining("Some.rounds")
                .hasMessageContaining("d");
    }

    @Test
    void should_take_a_quotient_of_medians_from_the_worst_end_to_the_best() {
        SpeedJob other = new SpeedJob("Other.rounds", Map.of(), 4);
        Map<SpeedJob, Outcome> outcomes = Map.of(
                JOB, new Outcome(Map.of("a", new double[] {6, 8, 12}, "c", new double[] {1, 1, 1})),
                other, new Outcome(Map.of("a", new double[] {2, 2, 4, 1}, "c", new double[] {1, 1, 1, 1})));
        Quantity quotient = new Quantity.Quotient(
                new Quantity.InRounds(JOB, "a", null, "c"), new Quantity.InRounds(other, "a", null, "c"));
        assertThat(quotient.jobs()).containsExactly(JOB, other);
        assertThat(quotient.of(outcomes)).isEqualTo(new Median(4, 1.5, 12, 3));
        assertThat(quotient.of(Map.of()).value()).isNaN();
    }

    @Test
    void should_not_invent_a_median() {
        assertThat(Median.of(new double[0]).text()).isEqualTo(Text.MISS);
        assertThat(Median.of(new double[] {1, Double.POSITIVE_INFINITY}).text()).isEqualTo(Text.MISS);
        assertThat(Median.of(new double[] {1, 2}).text()).isEqualTo("1.5 [1, 2]");
    }
}
