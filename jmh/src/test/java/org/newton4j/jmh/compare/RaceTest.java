/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.ndarray.INDArray;

class RaceTest {
    private static final Progress NONE = new Progress() {
        @Override
        public void begin(Entry entry, long seed) {}

        @Override
        public void step(Entry entry, long seed, int step, Point latest) {}

        @Override
        public void end(Run run) {}

        @Override
        public void close() {}
    };

    @TempDir
    Path folder;

    private ImageData data;

    @BeforeEach
    void read_images() throws IOException {
        TinyFolder.write(folder, 70, 30, 14);
        data = ImageData.folder(folder);
    }

    private static Entry entry(String name) {
        return Contestants.named(name).tuned(Model.CNN);
    }

    private Setting setting(Model model) {
        return new Setting(data, model, new Budget(8, 4, 2, 4), 16, List.of(1L, 2L), Goal.accuracy(0.5));
    }

    private static List<List<Double>> losses(List<Run> runs) {
        return runs.stream()
                .map(run -> run.points().stream().map(Point::trainLoss).toList())
                .toList();
    }

    @ParameterizedTest
    @EnumSource(Model.class)
    void should_draw_the_same_curve_from_the_same_seed_and_another_from_another(Model model) {
        List<Entry> entries = List.of(entry("adam"), entry("adahessian"));
        List<List<Double>> first = losses(new Race(setting(model), NONE).run(entries));
        assertThat(losses(new Race(setting(model), NONE).run(entries))).isEqualTo(first);
        assertThat(first.get(0)).isNotEqualTo(first.get(2));
    }

    @Test
    void should_start_every_optimizer_of_a_seed_from_the_same_weights() {
        List<Entry> entries = Contestants.ALL.stream().map(c -> entry(c.name())).toList();
        List<Run> runs = new Race(setting(Model.CNN), NONE).run(entries);
        for (long seed : List.of(1L, 2L)) {
            assertThat(runs.stream().filter(run -> run.seed() == seed))
                    .extracting(run -> run.points().get(0).trainLoss())
                    .hasSize(entries.size())
                    .containsOnly(runs.get(seed == 1 ? 0 : entries.size())
                            .points()
                            .get(0)
                            .trainLoss());
        }
        assertThat(runs.get(0).points().get(0).trainLoss())
                .isNotEqualTo(runs.get(entries.size()).points().get(0).trainLoss());
    }

    @Test
    void should_draw_weights_that_do_not_depend_on_the_updater() {
        Race race = new Race(setting(Model.CNN), NONE);
        INDArray adam = race.initialWeights(entry("adam"), 5);
        assertThat(race.initialWeights(entry("adahessian"), 5)).isEqualTo(adam);
        assertThat(race.initialWeights(entry("adam"), 6)).isNotEqualTo(adam);
    }

    @Test
    void should_refuse_the_seed_that_is_none() {
        assertThatThrownBy(() ->
                        new Setting(data, Model.MLP, new Budget(4, 4, 1, 4), 16, List.of(1L, 0L), Goal.accuracy(0.5)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("seed 0 is no seed");
    }

    @Test
    void should_show_the_same_batches_in_the_same_order() {
        Batches one = new Batches(data.train(), 16, 3);
        Batches two = new Batches(data.train(), 16, 3);
        Batches other = new Batches(data.train(), 16, 4);
        boolean differs = false;
        for (int i = 0; i < 10; i++) {
            var batch = one.next();
            assertThat(two.next()).isEqualTo(batch);
            differs |= !other.next().equals(batch);
        }
        assertThat(differs).isTrue();
    }

    @Test
    void should_evaluate_before_the_first_step_and_at_the_end_of_every_epoch() {
        Setting setting = setting(Model.MLP);
        Run run = new Race(setting, NONE).run(List.of(entry("lion"))).get(0);
        assertThat(setting.stepsPerEpoch()).isEqualTo(4);
        assertThat(run.points()).extracting(Point::step).containsExactly(0, 2, 4, 6, 8);
        assertThat(run.stepMillis()).hasSize(8);
    }

    @Test
    void should_measure_the_state_an_updater_keeps() {
        Setting setting = setting(Model.MLP);
        List<Run> runs = new Race(setting, NONE).run(List.of(entry("nesterovs"), entry("adam"), entry("diffgrad")));
        MultiLayerNetwork net = new MultiLayerNetwork(
                Model.MLP.configuration(data.train(), new org.nd4j.linalg.learning.config.Adam(1), 1));
        net.init();
        List<Long> arrays = new ArrayList<>();
        for (Run run : runs.subList(0, 3)) {
            arrays.add(run.memory().view() / (4 * net.numParams()));
            assertThat(run.memory().outside()).isZero();
        }
        assertThat(arrays).containsExactly(1L, 2L, 3L);
    }

    @Test
    void should_count_what_a_preconditioner_keeps_outside() {
        Run run = new Race(setting(Model.MLP), NONE).run(List.of(entry("mfac"))).get(0);
        long parameters = run.memory().view() / 4; // momentum of the base updater
        // A window of 32 gradients, its Gram matrix, a counter.
        assertThat(run.memory().outside()).isBetween(32 * 4 * parameters, 33 * 4 * parameters);
        assertThat(run.memory().bytes())
                .isEqualTo(run.memory().view() + run.memory().outside());
    }

    @Test
    void should_train_an_autoencoder_on_the_images_themselves() {
        Setting setting =
                new Setting(data, Model.AUTOENCODER, new Budget(40, 20, 1, 20), 16, List.of(1L), Goal.baselineLoss());
        Run run = new Race(setting, NONE).run(List.of(entry("adam"))).get(0);
        assertThat(run.points()).extracting(Point::step).containsExactly(0, 20, 40);
        assertThat(run.points()).allSatisfy(p -> assertThat(p.testAccuracy()).isNaN());
        // Sigmoids near one half: ln 2 for each pixel.
        double start = run.points().get(0).trainLoss();
        assertThat(start).isBetween(0.6 * 14 * 14, 0.9 * 14 * 14);
        assertThat(run.last().trainLoss()).isLessThan(0.9 * start);
    }

    /** The reference is Deeplearning4j's own score. */
    @ParameterizedTest
    @EnumSource(Model.class)
    void should_measure_the_loss_that_is_trained(Model model) {
        Setting setting = new Setting(data, model, new Budget(4, 4, 1, 4), 16, List.of(1L), Goal.loss(0.1));
        Samples samples = model.labelled(data.train());
        MultiLayerNetwork net =
                new MultiLayerNetwork(model.configuration(samples, new org.nd4j.linalg.learning.config.Adam(1), 3));
        net.init();
        int[] all = java.util.stream.IntStream.range(0, samples.count()).toArray();
        double expected = net.score(samples.batch(all, 0, all.length), false);
        assertThat(new Evaluator(setting).loss(net))
                .isCloseTo(expected, org.assertj.core.api.Assertions.withinPercentage(1e-3));
    }

    @Test
    void should_evaluate_at_fixed_steps_and_at_the_end() {
        assertThat(java.util.stream.IntStream.rangeClosed(1, 25).filter(new Budget(25, 10, 1, 9)::evaluatesAfter))
                .containsExactly(10, 20, 25);
        assertThat(java.util.stream.IntStream.rangeClosed(1, 8).filter(new Budget(8, 4, 3, 4)::evaluatesAfter))
                .containsExactly(2, 3, 4, 6, 7, 8);
    }
}
