/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.schedule.ExponentialSchedule;
import org.nd4j.linalg.schedule.ScheduleType;
import org.newton4j.optimizers.Lion;
import org.newton4j.optimizers.Mfac;

class MfacTrainingTest {

    private final INDArray features =
            Nd4j.create(new double[][] {{1, 2, -1}, {0, 1, 3}, {2, -2, 1}, {1, 1, 1}, {0, -1, 2}});
    private final INDArray labels = Nd4j.create(new double[][] {{1, 0}, {0, 1}, {1, 0}, {0, 1}, {1, 0}});

    @TempDir
    Path folder;

    private static NeuralNetConfiguration.Builder settings(IUpdater updater, DataType type) {
        return new NeuralNetConfiguration.Builder()
                .seed(5)
                .dataType(type)
                .activation(Activation.TANH)
                .updater(updater);
    }

    private static DenseLayer.Builder dense() {
        return new DenseLayer.Builder().nIn(3).nOut(4);
    }

    private static OutputLayer.Builder output() {
        return new OutputLayer.Builder().nIn(4).nOut(2).activation(Activation.SOFTMAX);
    }

    private static MultiLayerNetwork started(MultiLayerConfiguration configuration) {
        MultiLayerNetwork net = new MultiLayerNetwork(configuration);
        net.init();
        net.setListeners(new CurvatureListener());
        return net;
    }

    private static MultiLayerNetwork network(IUpdater updater, DataType type) {
        return started(settings(updater, type)
                .list()
                .layer(dense().dropOut(0.8).build())
                .layer(new BatchNormalization.Builder().nOut(4).build())
                .layer(output().build())
                .build());
    }

    private static ComputationGraph graph(IUpdater updater) {
        ComputationGraphConfiguration configuration = settings(updater, DataType.FLOAT)
                .graphBuilder()
                .addInputs("in")
                .addLayer("dense", dense().build(), "in")
                .addLayer("norm", new BatchNormalization.Builder().nOut(4).build(), "dense")
                .addLayer("out", output().build(), "norm")
                .setOutputs("out")
                .build();
        ComputationGraph net = new ComputationGraph(configuration);
        net.init();
        net.setListeners(new CurvatureListener());
        return net;
    }

    private INDArray trained(Mfac mfac, int steps) {
        Nd4j.getRandom().setSeed(3);
        MultiLayerNetwork net = network(mfac, DataType.FLOAT);
        train(net, steps);
        return net.params();
    }

    private void train(MultiLayerNetwork net, int steps) {
        for (int step = 0; step < steps; step++) {
            net.fit(new DataSet(features, labels));
        }
    }

    private static Mfac.Builder base() {
        return Mfac.builder().base(new Sgd(0.05)).gradients(4).damping(0.01);
    }

    /** Trainable parameters: 16 + 8 + 10. */
    private static final int TRAINABLE = 34;

    static Stream<UnaryOperator<Mfac.Builder>> changes() {
        return Stream.of(
                builder -> builder.base(new Adam(0.02)),
                builder -> builder.base(new Lion(0.01)),
                builder -> builder.gradients(2),
                builder -> builder.damping(0.2),
                builder -> builder.dampingSchedule(new ExponentialSchedule(ScheduleType.ITERATION, 0.01, 0.5)),
                builder -> builder.storage(DataType.BFLOAT16));
    }

    @ParameterizedTest
    @MethodSource("changes")
    void every_hyper_parameter_should_change_the_training_and_the_identity(UnaryOperator<Mfac.Builder> change) {
        Mfac before = base().build();
        Mfac after = change.apply(base()).build();
        assertThat(after).isNotEqualTo(before).doesNotHaveToString(before.toString());
        assertThat(after.clone()).isEqualTo(after).hasSameHashCodeAs(after);
        assertThat(trained(after, 6)).isNotEqualTo(trained(before, 6));
    }

    @Test
    void a_memory_budget_should_choose_the_window() {
        // 3 gradients of 34 FLOAT and 16 * 9 bytes.
        long three = 3 * TRAINABLE * 4 + 16 * 9;
        Mfac chosen = Mfac.builder()
                .base(new Sgd(0.05))
                .damping(0.01)
                .memoryBudget(three)
                .build();
        assertThat(trained(chosen, 6)).isEqualTo(trained(base().gradients(3).build(), 6));
        assertThat(chosen.hyperParameters()).doesNotContainKey("gradients").containsEntry("memoryBudget", three);
        Mfac narrow = Mfac.builder()
                .base(new Sgd(0.05))
                .damping(0.01)
                .storage(DataType.BFLOAT16)
                .memoryBudget(4 * TRAINABLE * 2 + 16 * 16)
                .build();
        assertThat(trained(narrow, 6))
                .isEqualTo(trained(base().storage(DataType.BFLOAT16).build(), 6));
    }

    @Test
    void a_window_beyond_its_budget_should_be_refused_with_the_one_that_fits() {
        MultiLayerNetwork net = network(base().memoryBudget(600).build(), DataType.FLOAT);
        INDArray before = net.params().dup();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> train(net, 1))
                .withMessageContaining("M-FAC with m = 4 on 34 FLOAT parameters needs 0.001 MB")
                .withMessageContaining("the largest m that fits is 3");
        assertThat(net.params()).isEqualTo(before);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> train(network(Mfac.builder().memoryBudget(100).build(), DataType.FLOAT), 1))
                .withMessageContaining("not even m = 1 fits");
    }

    @Test
    void a_window_beyond_the_memory_of_the_process_should_be_refused_before_it_is_made() {
        MultiLayerNetwork net = network(base().gradients(100_000_000).build(), DataType.FLOAT);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> train(net, 1))
                .withMessageContaining("m = 100000000 on 34 FLOAT parameters needs")
                .withMessageContaining("this process may take only")
                .withMessageContaining("the largest m that fits is");
    }

    @ParameterizedTest
    @MethodSource("changes")
    void a_configuration_should_survive_JSON_and_YAML(UnaryOperator<Mfac.Builder> change) {
        for (Mfac mfac : new Mfac[] {
            change.apply(base()).build(),
            change.apply(base()).memoryBudget(1 << 20).build(),
            Mfac.builder().memoryBudget(1L << 40).build(),
            new Mfac()
        }) {
            MultiLayerConfiguration configuration =
                    network(mfac, DataType.FLOAT).getLayerWiseConfigurations();
            assertThat(MultiLayerConfiguration.fromJson(configuration.toJson())).isEqualTo(configuration);
            assertThat(MultiLayerConfiguration.fromYaml(configuration.toYaml())).isEqualTo(configuration);
            ComputationGraphConfiguration graph = graph(mfac).getConfiguration();
            assertThat(ComputationGraphConfiguration.fromJson(graph.toJson())).isEqualTo(graph);
        }
    }

    @ParameterizedTest
    @MethodSource("changes")
    void D10_a_resumed_network_should_go_on_bit_by_bit(UnaryOperator<Mfac.Builder> change) throws IOException {
        for (int half : new int[] {3, 4, 7}) {
            Nd4j.getRandom().setSeed(3);
            Mfac mfac = change.apply(base()).build();
            MultiLayerNetwork uninterrupted = network(mfac, DataType.FLOAT);
            train(uninterrupted, 2 * half);

            Nd4j.getRandom().setSeed(3);
            MultiLayerNetwork net = network(mfac, DataType.FLOAT);
            train(net, half);
            Path file = folder.resolve("net.zip");
            Checkpoints.save(net, file);
            Nd4j.getRandom().setSeed(99);
            MultiLayerNetwork resumed = Checkpoints.restoreMultiLayerNetwork(file);
            resumed.setListeners(new CurvatureListener());
            train(resumed, half);
            assertThat(resumed.params()).as("half %d", half).isEqualTo(uninterrupted.params());
        }
    }

    @Test
    void D10_a_resumed_graph_should_go_on_bit_by_bit() throws IOException {
        Mfac mfac = base().base(new Nesterovs(0.01)).storage(DataType.BFLOAT16).build();
        ComputationGraph uninterrupted = graph(mfac);
        ComputationGraph net = graph(mfac);
        for (int step = 0; step < 12; step++) {
            uninterrupted.fit(new DataSet(features, labels));
        }
        for (int step = 0; step < 6; step++) {
            net.fit(new DataSet(features, labels));
        }
        Path file = folder.resolve("graph.zip");
        Checkpoints.save(net, file);
        ComputationGraph resumed = Checkpoints.restoreComputationGraph(file);
        resumed.setListeners(new CurvatureListener());
        for (int step = 0; step < 6; step++) {
            resumed.fit(new DataSet(features, labels));
        }
        assertThat(resumed.params()).isEqualTo(uninterrupted.params());
    }

    @Test
    void a_window_of_another_size_or_type_should_be_refused_when_it_is_copied() {
        MultiLayerNetwork net = network(base().build(), DataType.FLOAT);
        train(net, 2);
        MultiLayerNetwork other = network(base().storage(DataType.BFLOAT16).build(), DataType.FLOAT);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Checkpoints.copyState(net, other))
                .withMessageContaining("has 4 gradients of length 34 in FLOAT")
                .withMessageContaining("needs 4 of length 34 in BFLOAT16");
    }

    @Test
    void a_window_should_outlive_the_conversion_of_its_network_to_another_type() {
        MultiLayerNetwork net = network(base().build(), DataType.FLOAT);
        train(net, 3);
        MultiLayerNetwork wide = net.convertDataType(DataType.DOUBLE);
        Checkpoints.copyState(net, wide);
        wide.setListeners(new CurvatureListener());
        INDArray before = wide.params().dup();
        train(wide, 2);
        assertThat(wide.params()).isNotEqualTo(before);
        assertThat(NetworkPreconditioners.of(wide).states().values())
                .singleElement()
                .satisfies(state -> assertThat(state.whole("inserted")).isEqualTo(5));
    }

    /** u of one window over both layers, seen through two learning rates. */
    @Test
    void layers_with_different_learning_rates_should_share_one_window() {
        MultiLayerNetwork same = started(settings(base().build(), DataType.DOUBLE)
                .list()
                .layer(dense().build())
                .layer(output().build())
                .build());
        MultiLayerNetwork apart = started(settings(base().build(), DataType.DOUBLE)
                .list()
                .layer(dense().updater(base().base(new Sgd(0.1)).build()).build())
                .layer(output().build())
                .build());
        INDArray start = same.params().dup();
        apart.params().assign(start);
        train(same, 1);
        train(apart, 1);
        INDArray moved = same.params().sub(start);
        INDArray other = apart.params().sub(start);
        for (int i = 0; i < 26; i++) {
            double factor = i < 16 ? 2 : 1;
            assertThat(other.getDouble(i))
                    .isCloseTo(factor * moved.getDouble(i), org.assertj.core.api.Assertions.within(1e-15));
        }
    }

    @Test
    void frozen_layers_should_not_be_part_of_the_window() {
        MultiLayerNetwork net = started(settings(base().memoryBudget(1_000_000).build(), DataType.DOUBLE)
                .list()
                .layer(new FrozenLayer(dense().build()))
                .layer(output().build())
                .build());
        INDArray frozen = net.getParam("0_W").dup();
        INDArray before = net.getParam("1_W").dup();
        train(net, 3);
        assertThat(net.getParam("0_W")).isEqualTo(frozen);
        assertThat(net.getParam("1_W")).isNotEqualTo(before);
        assertThat(NetworkPreconditioners.of(net).states().values())
                .singleElement()
                .satisfies(state -> assertThat(state.array("window").shape()).isEqualTo(new long[] {4, 10}));
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"HALF", "FLOAT", "DOUBLE"})
    void training_should_lower_the_score_in_every_type(DataType type) {
        for (DataType storage : new DataType[] {null, DataType.FLOAT, DataType.BFLOAT16}) {
            Mfac.Builder builder = base().damping(0.1);
            MultiLayerNetwork net =
                    started(settings((storage == null ? builder : builder.storage(storage)).build(), type)
                            .list()
                            .layer(dense().build())
                            .layer(output().build())
                            .build());
            DataSet data = new DataSet(features.castTo(type), labels.castTo(type));
            double before = net.score(data);
            for (int step = 0; step < 40; step++) {
                net.fit(data);
            }
            assertThat(net.score(data)).isLessThan(0.7 * before);
        }
    }

    @Test
    void bad_settings_should_be_refused_by_name() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Mfac.builder().storage(DataType.HALF))
                .withMessageContaining("storage = HALF, but must be FLOAT, DOUBLE or BFLOAT16");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Mfac.builder().memoryBudget(0))
                .withMessageContaining("memoryBudget = 0, but must be at least 1 byte");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Mfac.builder().gradients(0))
                .withMessageContaining("gradients = 0, but must be at least 1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Mfac.builder().damping(Double.NaN))
                .withMessageContaining("damping = NaN");
    }
}
