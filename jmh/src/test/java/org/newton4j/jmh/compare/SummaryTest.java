/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SummaryTest {
    private static final Entry ADAM = new Entry(Contestants.named("adam"), 0.001, Entry.TUNED);

    /** A run evaluated every 10 steps with these accuracies; two gradients and half a second a step. */
    private static Run run(long seed, OptionalInt divergedAt, double... accuracies) {
        List<Point> points = IntStream.range(0, accuracies.length)
                .mapToObj(i -> new Point(10 * i, 20L * i, 5.0 * i, 1, accuracies[i]))
                .toList();
        return new Run(ADAM, seed, points, List.of(1.0, 2.0, 6.0), 80, divergedAt);
    }

    private static Run run(double... accuracies) {
        return run(1, OptionalInt.empty(), accuracies);
    }

    private static Summary summary(Run... runs) {
        return Summary.of(List.of(runs), 0.8).get(0);
    }

    @Test
    void should_take_the_first_evaluation_at_the_target() {
        Summary summary = summary(run(0.1, 0.8, 0.7, 0.9));
        assertThat(summary.steps()).isEqualTo(10);
        assertThat(summary.gradients()).isEqualTo(20);
        assertThat(summary.seconds()).isEqualTo(5);
        assertThat(summary.totalGradients()).isEqualTo(60);
        assertThat(summary.accuracy()).isEqualTo(0.9);
        assertThat(summary.spread()).isNaN();
    }

    @Test
    void should_count_a_miss_as_infinitely_late() {
        Summary summary = summary(run(0.1, 0.9), run(0.1, 0.7, 0.9), run(0.1, 0.7));
        assertThat(summary.steps()).isEqualTo(20);
        assertThat(summary.reached()).isEqualTo(2);
        assertThat(summary(run(0.1, 0.9), run(0.1, 0.7), run(0.1, 0.7)).steps()).isInfinite();
        assertThat(summary(run(0.1, 0.9), run(0.1, 0.7)).steps()).isInfinite();
    }

    @Test
    void should_leave_diverged_runs_out_of_the_accuracy_and_say_so() {
        Summary summary = summary(run(0.1, 0.8), run(2, OptionalInt.of(7), 0.1), run(3, OptionalInt.empty(), 0.1, 0.9));
        assertThat(summary.accuracy()).isEqualTo(0.85, org.assertj.core.api.Assertions.within(1e-12));
        assertThat(summary.divergedRuns()).isEqualTo(1);
        assertThat(Column.of(setting()).get(2).text().apply(summary)).endsWith("(1 of 3 diverged)");
        assertThat(Column.of(setting()).get(2).text().apply(summary(run(1, OptionalInt.of(3), 0.1))))
                .isEqualTo("diverged");
    }

    @Test
    void should_compute_medians_and_deviations() {
        assertThat(Summary.median(new double[] {3, 1, 2})).isEqualTo(2);
        assertThat(Summary.median(new double[] {4, 1, 2, 3})).isEqualTo(2.5);
        assertThat(Summary.median(new double[0])).isNaN();
        assertThat(Summary.deviation(new double[] {1, 3})).isEqualTo(Math.sqrt(2));
        Summary summary = summary(run(0.5));
        assertThat(summary.medianMillis()).isEqualTo(2);
        assertThat(summary.meanMillis()).isEqualTo(3);
    }

    @Test
    void should_star_the_best_of_each_column() {
        Summary adam = summary(run(0.1, 0.8));
        Run other = new Run(
                new Entry(Contestants.named("lion"), 1e-3, Entry.GIVEN),
                1,
                run(0.1, 0.7, 0.9).points(),
                List.of(9.0),
                40,
                OptionalInt.empty());
        Summary lion = Summary.of(List.of(other), 0.8).get(0);
        String[] lines = Table.of(setting(), List.of(adam, lion)).split("\n", -1);
        assertThat(lines[2]).contains("Adam").contains("10 *").endsWith("80 B").doesNotContain("80 B *");
        assertThat(lines[3])
                .contains("Lion")
                .contains("90.00 % *")
                .contains("40 B *")
                .doesNotContain("20 *");
    }

    private static Setting setting() {
        Samples samples = new Samples(new Idx.Images(new byte[2 * 196], 2, 14, 14), new byte[] {0, 1}, "tiny");
        return new Setting(new ImageData("tiny", samples, samples), Model.CNN, 1, 1, List.of(1L), 1, 0.8);
    }
}
