/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.listener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.GradientNormalization;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.CenterLossOutputLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.lossfunctions.LossFunctions;
import org.newton4j.optimizers.AdaHessian;
import org.newton4j.optimizers.DiffGrad;
import org.newton4j.optimizers.Kfac;
import org.newton4j.optimizers.Lion;
import org.newton4j.optimizers.Mfac;
import org.newton4j.optimizers.Mkor;
import org.newton4j.optimizers.training.Checkpoints;
import org.newton4j.optimizers.training.CurvatureListener;
import org.newton4j.optimizers.update.NonFinite;
import org.newton4j.optimizers.update.NonFiniteException;

/** A mini-batch of which no step can be made leaves a network as it was, or ends training. */
class NonFiniteIT {

    private static final int BEFORE = 5;
    private static final int AFTER = 4;

    /** Each optimizer, and updaters of Deeplearning4j, whose state is not ours. */
    static Map<String, IUpdater> optimizers() {
        Map<String, IUpdater> all = new LinkedHashMap<>(ResumedTraining.optimizers());
        all.put("Lion", new Lion(0.01));
        all.put("DiffGrad", new DiffGrad(0.01));
        all.put("Adam", new Adam(0.01));
        all.put("MkorAdam", Mkor.builder().base(new Adam(0.01)).build());
        return all;
    }

    static Stream<String> names() {
        return optimizers().keySet().stream();
    }

    private static IUpdater optimizer(String name) {
        return Objects.requireNonNull(optimizers().get(name));
    }

    /** With everything that Deeplearning4j adds between a gradient and parameters. */
    private static MultiLayerNetwork network(IUpdater updater, boolean decoupled) {
        NeuralNetConfiguration.Builder builder = SmallNetworks.builder(updater, DataType.FLOAT);
        if (decoupled) {
            builder.weightDecay(0.02).gradientNormalization(GradientNormalization.RenormalizeL2PerLayer);
        } else {
            builder.l2(0.02)
                    .l1(0.01)
                    .gradientNormalization(GradientNormalization.ClipElementWiseAbsoluteValue)
                    .gradientNormalizationThreshold(0.5);
        }
        return SmallNetworks.init(builder.list(
                new DenseLayer.Builder().nIn(SmallNetworks.FEATURES).nOut(6).build(),
                new BatchNormalization.Builder().nIn(6).nOut(6).build(),
                SmallNetworks.output(6)));
    }

    private static DataSet bad() {
        DataSet bad = SmallNetworks.data(99, DataType.FLOAT);
        bad.getFeatures().putScalar(0, 1, Double.NaN);
        return bad;
    }

    private static void train(MultiLayerNetwork net, int from, int to) {
        for (int step = from; step < to; step++) {
            net.fit(SmallNetworks.data(step, DataType.FLOAT));
        }
    }

    private static void assertSame(MultiLayerNetwork actual, MultiLayerNetwork expected) {
        assertThat(actual.getIterationCount()).isEqualTo(expected.getIterationCount());
        assertThat(actual.params()).isEqualTo(expected.params());
        assertThat(actual.getUpdater().getStateViewArray())
                .isEqualTo(expected.getUpdater().getStateViewArray());
    }

    @ParameterizedTest
    @MethodSource("names")
    void a_step_in_mid_training_should_leave_everything_but_the_iteration(String name) {
        for (boolean decoupled : new boolean[] {false, true}) {
            MultiLayerNetwork skipping = network(optimizer(name), decoupled);
            MultiLayerNetwork never = network(optimizer(name), decoupled);
            for (MultiLayerNetwork net : List.of(skipping, never)) {
                net.setListeners(new CurvatureListener());
                train(net, 0, BEFORE);
            }
            skipping.fit(bad());
            never.setIterationCount(BEFORE + 1);
            assertSame(skipping, never);
            assertThat(CurvatureListener.skippedSteps(skipping)).isEqualTo(1);
            assertThat(CurvatureListener.skippedSteps(never)).isZero();
            for (MultiLayerNetwork net : List.of(skipping, never)) {
                train(net, BEFORE, BEFORE + AFTER);
            }
            assertSame(skipping, never);
            assertThat(skipping.params().sumNumber().doubleValue()).isFinite();
        }
    }

    @ParameterizedTest
    @MethodSource("names")
    void the_first_step_should_be_no_exception_and_resume(String name, @TempDir Path folder) throws IOException {
        MultiLayerNetwork net = network(optimizer(name), false);
        net.setListeners(new CurvatureListener());
        INDArray before = net.params().dup();
        net.fit(bad());
        assertThat(net.params()).isEqualTo(before);
        Path file = folder.resolve("net.zip");
        Checkpoints.save(net, file);
        MultiLayerNetwork resumed = Checkpoints.restoreMultiLayerNetwork(file);
        resumed.setListeners(new CurvatureListener());
        train(net, 0, AFTER);
        train(resumed, 0, AFTER);
        assertSame(resumed, net);
        assertThat(net.params()).isNotEqualTo(before);
        assertThat(net.params().sumNumber().doubleValue()).isFinite();
    }

    @ParameterizedTest
    @MethodSource("names")
    void fail_should_end_training_before_anything_has_changed(String name) {
        MultiLayerNetwork failing = network(optimizer(name), true);
        MultiLayerNetwork never = network(optimizer(name), true);
        failing.setListeners(
                CurvatureListener.builder().nonFinite(NonFinite.FAIL).build());
        never.setListeners(new CurvatureListener());
        train(failing, 0, BEFORE);
        train(never, 0, BEFORE);
        assertThatThrownBy(() -> failing.fit(bad()))
                .isInstanceOf(NonFiniteException.class)
                .hasMessageContaining("No step can be made at iteration " + BEFORE)
                .hasMessageContaining("of layer 'layer0'")
                .hasMessageContaining("NonFinite.SKIP");
        assertSame(failing, never);
        // Another listener may take over after the exception.
        failing.setListeners(new CurvatureListener());
        train(failing, BEFORE, BEFORE + AFTER);
        train(never, BEFORE, BEFORE + AFTER);
        assertSame(failing, never);
    }

    @ParameterizedTest
    @CsvSource({"FLOAT, 1e30", "HALF, 6e4", "DOUBLE, 1e160", "FLOAT, 2e19", "HALF, 300", "DOUBLE, 1.4e154"})
    void a_gradient_whose_square_overflows_should_make_no_step(DataType type, double size) {
        for (IUpdater updater : List.of(
                new Lion(0.01),
                new DiffGrad(0.01),
                new AdaHessian(0.01),
                new Mfac(new Adam(0.01)),
                new Kfac(new Adam(0.01)))) {
            MultiLayerNetwork net = linear(updater, type);
            net.setListeners(new CurvatureListener());
            DataSet good = point(type, 1);
            net.fit(good);
            INDArray before = net.params().dup();
            INDArray state = net.getUpdater().getStateViewArray().dup();
            net.fit(point(type, size));
            assertThat(net.params()).as("%s", updater).isEqualTo(before);
            assertThat(net.getUpdater().getStateViewArray()).isEqualTo(state);
            assertThat(CurvatureListener.skippedSteps(net)).isEqualTo(1);
            net.fit(good);
            assertThat(net.params()).isNotEqualTo(before);
        }
    }

    @ParameterizedTest
    @CsvSource({"FLOAT, 1e18", "HALF, 200", "DOUBLE, 1e153"})
    void a_gradient_whose_square_is_finite_should_be_stepped(DataType type, double size) {
        MultiLayerNetwork net = linear(new Lion(0.01), type);
        net.setListeners(new CurvatureListener());
        INDArray before = net.params().dup();
        net.fit(point(type, size));
        assertThat(CurvatureListener.skippedSteps(net)).isZero();
        assertThat(net.params()).isNotEqualTo(before);
    }

    /** Absolute error, whose gradient is the feature. */
    private static MultiLayerNetwork linear(IUpdater updater, DataType type) {
        return SmallNetworks.init(SmallNetworks.builder(updater, type)
                .list(new OutputLayer.Builder(LossFunctions.LossFunction.MEAN_ABSOLUTE_ERROR)
                        .nIn(2)
                        .nOut(1)
                        .activation(Activation.IDENTITY)
                        .build()));
    }

    private static DataSet point(DataType type, double feature) {
        return new DataSet(
                Nd4j.createFromArray(new double[][] {{feature, 1}}).castTo(type),
                Nd4j.createFromArray(new double[][] {{100}}).castTo(type));
    }

    @Test
    void labels_without_a_finite_score_should_make_no_step_whoever_trains() {
        for (String name : List.of("Kfac", "Mkor", "Mfac", "AdaHessian", "Lion")) {
            MultiLayerNetwork net = SmallNetworks.init(SmallNetworks.builder(optimizer(name), DataType.FLOAT)
                    .list(
                            new DenseLayer.Builder().nIn(2).nOut(3).build(),
                            new OutputLayer.Builder(LossFunctions.LossFunction.MSE)
                                    .nIn(3)
                                    .nOut(1)
                                    .activation(Activation.IDENTITY)
                                    .build()));
            net.setListeners(new CurvatureListener());
            DataSet good = point(DataType.FLOAT, 1);
            net.fit(good);
            INDArray before = net.params().dup();
            net.fit(new DataSet(good.getFeatures(), good.getLabels().mul(1e28)));
            assertThat(net.params()).as(name).isEqualTo(before);
            net.fit(good);
            assertThat(net.params().sumNumber().doubleValue()).isFinite();
        }
    }

    @Test
    void a_mixed_graph_should_skip_as_a_whole_and_keep_its_class_centres() {
        ComputationGraph skipping = mixed();
        ComputationGraph never = mixed();
        for (ComputationGraph graph : List.of(skipping, never)) {
            graph.setListeners(new CurvatureListener());
            for (int step = 0; step < BEFORE; step++) {
                graph.fit(SmallNetworks.data(step, DataType.FLOAT));
            }
        }
        skipping.fit(bad());
        never.getConfiguration().setIterationCount(BEFORE + 1);
        for (int step = BEFORE; step < BEFORE + AFTER; step++) {
            assertThat(skipping.params()).isEqualTo(never.params());
            assertThat(skipping.getUpdater().getStateViewArray())
                    .isEqualTo(never.getUpdater().getStateViewArray());
            skipping.fit(SmallNetworks.data(step, DataType.FLOAT));
            never.fit(SmallNetworks.data(step, DataType.FLOAT));
        }
        assertThat(skipping.params()).isEqualTo(never.params());
    }

    private static ComputationGraph mixed() {
        ComputationGraph graph = new ComputationGraph(SmallNetworks.builder(new AdaHessian(0.01), DataType.FLOAT)
                .weightDecay(0.01)
                .graphBuilder()
                .addInputs("in")
                .addLayer(
                        "one",
                        new DenseLayer.Builder()
                                .nIn(SmallNetworks.FEATURES)
                                .nOut(6)
                                .updater(new Adam(0.01))
                                .build(),
                        "in")
                .addLayer("bn", new BatchNormalization.Builder().nIn(6).nOut(6).build(), "one")
                .addLayer(
                        "two",
                        new DenseLayer.Builder()
                                .nIn(6)
                                .nOut(4)
                                .updater(Mkor.builder().base(new Adam(0.01)).build())
                                .build(),
                        "bn")
                .addLayer(
                        "out",
                        new CenterLossOutputLayer.Builder(LossFunctions.LossFunction.MCXENT)
                                .nIn(4)
                                .nOut(SmallNetworks.CLASSES)
                                .activation(Activation.SOFTMAX)
                                .alpha(0.1)
                                .lambda(0.01)
                                .build(),
                        "two")
                .setOutputs("out")
                .build());
        graph.init();
        return graph;
    }

    @Test
    void every_segment_of_truncated_backpropagation_should_be_a_step_of_its_own() {
        MultiLayerNetwork net = SmallNetworks.lstm(new AdaHessian(0.01), DataType.FLOAT, 4);
        net.setListeners(new CurvatureListener());
        DataSet sequences = SmallNetworks.sequences(1, DataType.FLOAT, 8);
        net.fit(sequences);
        INDArray before = net.params().dup();
        DataSet broken = SmallNetworks.sequences(2, DataType.FLOAT, 8);
        broken.getFeatures().putScalar(new int[] {0, 0, 0}, Double.NaN);
        net.fit(broken);
        assertThat(net.params()).isEqualTo(before);
        assertThat(net.getIterationCount()).isEqualTo(4);
        assertThat(CurvatureListener.skippedSteps(net)).isEqualTo(2);
        net.fit(sequences);
        assertThat(net.params()).isNotEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(strings = {"AdaHessian", "SophiaG", "Mfac", "Mkor", "Kfac"})
    void a_second_listener_should_change_nothing(String name) {
        UnaryOperator<NeuralNetConfiguration.Builder> plain = builder -> builder;
        for (boolean graph : new boolean[] {false, true}) {
            Model one = graph
                    ? SmallNetworks.graph(optimizer(name), DataType.FLOAT, plain)
                    : SmallNetworks.mlp(optimizer(name), DataType.FLOAT);
            Model many = graph
                    ? SmallNetworks.graph(optimizer(name), DataType.FLOAT, plain)
                    : SmallNetworks.mlp(optimizer(name), DataType.FLOAT);
            CurvatureListener shared = new CurvatureListener();
            one.setListeners(shared);
            many.setListeners(
                    new CurvatureListener(),
                    CurvatureListener.builder().seed(5).probes(3).build(),
                    shared);
            for (int step = 0; step < 10; step++) {
                if (step == 4) {
                    many.addListeners(new CurvatureListener());
                }
                if (step == 6) {
                    many.setListeners(new CurvatureListener(), shared);
                }
                fit(one, SmallNetworks.data(step, DataType.FLOAT));
                fit(many, SmallNetworks.data(step, DataType.FLOAT));
            }
            assertThat(many.params()).as("%s, graph %s", name, graph).isEqualTo(one.params());
            assertThat(States.updater(many).getStateViewArray())
                    .isEqualTo(States.updater(one).getStateViewArray());
        }
    }

    private static void fit(Model model, DataSet batch) {
        if (model instanceof MultiLayerNetwork net) {
            net.fit(batch);
        } else {
            ((ComputationGraph) model).fit(batch);
        }
    }
}
