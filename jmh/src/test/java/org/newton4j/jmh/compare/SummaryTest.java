/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SummaryTest {
    private static final Entry ADAM = new Entry(Contestants.named("adam"), 0.001, Map.of(), Entry.TUNED);

    private static final Target EIGHTY = new Target(Goal.accuracy(0.8), Map.of(1L, 0.8, 2L, 0.8, 3L, 0.8));

    /** A run evaluated every 10 steps with these accuracies; two gradients and half a second a step. */
    private static Run run(long seed, OptionalInt divergedAt, double... accuracies) {
        List<Point> points = IntStream.range(0, accuracies.length)
                .mapToObj(i -> new Point(10 * i, 20L * i, 5.0 * i, 1, accuracies[i]))
                .toList();
        return new Run(ADAM, seed, points, List.of(1.0, 2.0, 6.0), new Memory(80, 0), divergedAt);
    }

    private static Run run(double... accuracies) {
        return run(1, OptionalInt.empty(), accuracies);
    }

    private static Summary summary(Run... runs) {
        return Summary.of(List.of(runs), EIGHTY).get(0);
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
        assertThat(Column.of(setting(), EIGHTY, List.of(summary)).get(2).text().apply(summary))
                .endsWith("(1 of 3 diverged)");
        assertThat(Column.of(setting(), EIGHTY, List.of(summary))
                        .get(2)
                        .text()
                        .apply(summary(run(1, OptionalInt.of(3), 0.1))))
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
                new Entry(Contestants.named("lion"), 1e-3, Map.of(), Entry.GIVEN),
                1,
                run(0.1, 0.7, 0.9).points(),
                List.of(9.0),
                new Memory(10, 30),
                OptionalInt.empty());
        Summary lion = Summary.of(List.of(other), EIGHTY).get(0);
        String[] lines = Table.of(setting(), EIGHTY, List.of(adam, lion)).split("\n", -1);
        assertThat(lines[2]).contains("Adam").contains("10 *").endsWith("80 B").doesNotContain("80 B *");
        assertThat(lines[3])
                .contains("Lion")
                .contains("90.00 % *")
                .contains("40 B *")
                .doesNotContain("20 *");
    }

    /** A run over 100 steps, evaluated every 10, with these losses from step 10 on. */
    private static Run lossRun(String name, long seed, double... losses) {
        List<Point> points = IntStream.range(0, losses.length)
                .mapToObj(i -> new Point(10 * (i + 1), 10L * (i + 1), i + 1, losses[i], Double.NaN))
                .toList();
        Entry entry = new Entry(Contestants.named(name), 0.001, Map.of(), Entry.TUNED);
        return new Run(entry, seed, points, List.of(1.0), new Memory(4, 0), OptionalInt.empty());
    }

    private static Setting lossSetting() {
        Setting s = setting();
        return new Setting(
                s.data(), Model.AUTOENCODER, new Budget(100, 10, 1, 50), 1, List.of(1L, 2L), Goal.baselineLoss());
    }

    @Test
    void should_measure_steps_to_the_loss_adam_has_at_90_percent_of_its_own_run() {
        List<Run> runs = List.of(
                // At step 90 the loss is 2 in the first seed, 4 in the second; both were reached before by noise or
                // not.
                lossRun("adam", 1, 9, 8, 7, 6, 5, 4, 3, 2.5, 2, 1),
                lossRun("adam", 2, 9, 8, 7, 6, 5, 4, 6, 5, 4, 3),
                lossRun("lion", 1, 9, 7, 2, 1, 1, 1, 1, 1, 1, 1),
                lossRun("lion", 2, 9, 7, 4, 1, 1, 1, 1, 1, 1, 1),
                lossRun("diffgrad", 1, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9),
                lossRun("diffgrad", 2, 9, 9, 9, 9, 9, 9, 9, 9, 9, 4));
        Target target = Target.of(lossSetting(), runs);
        assertThat(target.bySeed()).containsExactlyInAnyOrderEntriesOf(Map.of(1L, 2.0, 2L, 4.0));
        assertThat(target.value()).isEqualTo(3);
        List<Summary> rows = Summary.of(runs, target);
        assertThat(rows.get(0).steps()).isEqualTo((90 + 60) / 2.0);
        assertThat(rows.get(0).stepRatio()).isEqualTo(1);
        assertThat(rows.get(1).steps()).isEqualTo(30);
        // The middle of 30/90 and 30/60.
        assertThat(rows.get(1).stepRatio())
                .isEqualTo((30 / 90.0 + 30 / 60.0) / 2, org.assertj.core.api.Assertions.within(1e-12));
        assertThat(rows.get(1).secondRatio())
                .isEqualTo((3 / 9.0 + 3 / 6.0) / 2, org.assertj.core.api.Assertions.within(1e-12));
        assertThat(rows.get(2).stepRatio()).isInfinite();
        assertThat(rows.get(2).reached()).isEqualTo(1);
        String[] lines = Table.of(lossSetting(), target, rows).split("\n", -1);
        assertThat(lines[0]).contains("steps ÷ Adam's").doesNotContain("accuracy");
        assertThat(lines[3]).contains("0.417");
        assertThat(lines[4])
                .startsWith("diffGrad")
                .contains("not reached (1/2)")
                .doesNotContain("NaN");
    }

    @Test
    void should_have_no_target_where_the_baseline_diverged() {
        Run adam = lossRun("adam", 1, 9, 8);
        Run broken = new Run(adam.entry(), 1, adam.points(), List.of(1.0), new Memory(4, 0), OptionalInt.of(25));
        List<Run> runs = List.of(broken, lossRun("lion", 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1));
        Target target = Target.of(lossSetting(), runs);
        assertThat(target.value()).isNaN();
        Summary lion = Summary.of(runs, target).get(1);
        assertThat(lion.reached()).isZero();
        assertThat(lion.stepRatio()).isNaN();
    }

    private static Setting setting() {
        Samples samples = new Samples(new Idx.Images(new byte[2 * 196], 2, 14, 14), new byte[] {0, 1}, "tiny");
        return new Setting(
                new ImageData("tiny", samples, samples),
                Model.CNN,
                new Budget(1, 1, 1, 1),
                1,
                List.of(1L),
                Goal.accuracy(0.8));
    }
}
